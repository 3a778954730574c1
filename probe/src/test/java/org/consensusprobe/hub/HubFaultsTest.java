package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.consensusprobe.hub.HubFixture.ID;
import static org.consensusprobe.hub.HubFixture.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HubFaultsTest {
    private static final int FLOATS = 300_000;
    private static final String WEIGHTS = "model.safetensors";
    private static final byte[] CONTENT = HubFixture.safetensors(FLOATS);

    @TempDir
    Path folder;

    private FakeHub hub;
    private Path cache;
    private final HubFixture.Listener listener = new HubFixture.Listener();

    @BeforeEach
    void startHub() {
        hub = HubFixture.hub(FLOATS);
        cache = folder.resolve("cache");
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    @Test
    void aDroppedConnectionIsTakenUpWhereItBroke() {
        hub.fault(WEIGHTS, FakeHub.breakOffAfter(400_000)).fault(WEIGHTS, FakeHub.breakOffAfter(300_000));

        assertRightWeights();

        List<String> ranges = storageRanges();
        assertThat(ranges).hasSize(3);
        assertThat(ranges.get(0)).isNull();
        assertThat(start(ranges.get(1))).isBetween(1, 400_000);
        assertThat(start(ranges.get(2))).isBetween(start(ranges.get(1)), 700_000);
    }

    @Test
    void moreDropsThanAttemptsAreNoTroubleWhileBytesArrive() {
        for (int i = 0; i < 8; i++) {
            hub.fault(WEIGHTS, FakeHub.breakOffAfter(100_000));
        }

        assertRightWeights();
    }

    @Test
    void aServerWithoutRangesSendsEverythingAgain() {
        hub.honoursRanges = false;
        hub.fault(WEIGHTS, FakeHub.breakOffAfter(400_000));

        assertRightWeights();

        assertThat(listener.last).isEqualTo(listener.total);
    }

    @Test
    void aServerWithoutRangesThatAlwaysBreaksOffDoesNotGoOnForEver() {
        hub.honoursRanges = false;
        for (int i = 0; i < 20; i++) {
            hub.fault(WEIGHTS, FakeHub.breakOffAfter(400_000));
        }

        assertFails("the connection broke off");
        assertThat(hub.contentRequests(WEIGHTS)).isLessThan(12);
    }

    @Test
    void aStalledServerIsLeftAndAskedAgain() {
        hub.fault(WEIGHTS, FakeHub.stallAfter(300_000, 4000));

        long began = System.nanoTime();
        assertRightWeights();

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(3500));
        assertThat(start(storageRanges().get(1))).isPositive();
    }

    @Test
    void aServerThatNeverAnswersEndsInWords() {
        for (int i = 0; i < 4; i++) {
            hub.fault(WEIGHTS, (exchange, content) -> sleep(1500));
        }

        assertFails("no answer within 1 seconds");
    }

    @Test
    void passingStatusesAreRetried() {
        hub.fault("/api", FakeHub.status(503)).fault("/api", FakeHub.status(500));
        hub.fault(WEIGHTS, FakeHub.status(502)).fault("config.json", FakeHub.status(429));

        assertRightWeights();
    }

    @Test
    void lastingServerErrorsEndInWords() {
        for (int i = 0; i < 4; i++) {
            hub.fault("/api", FakeHub.status(503, "X-Error-Message", "Maintenance until noon."));
        }

        assertFails("answered 503: Maintenance until noon.");
        assertThat(hub.seen).hasSize(4);
    }

    @Test
    void waitsAsLongAsTheServerAsks() {
        hub.fault("/api", FakeHub.status(429, "Retry-After", "1"));

        long began = System.nanoTime();
        assertRightWeights();

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1000));
    }

    @Test
    void anUnreasonableWaitIsPassedOnToTheUser() {
        hub.fault("/api", FakeHub.status(429, "Retry-After", "3600"));

        assertFails("too many requests (429)", "asks to wait 3600 seconds: try again then");
    }

    @Test
    void readsWaitsInSecondsAsDatesAndInTheHubsOwnHeader() {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.ofInstant(Instant.now().plusSeconds(100), ZoneOffset.UTC));

        assertThat(wait("Retry-After", "7")).isEqualTo(Duration.ofSeconds(7));
        assertThat(wait("Retry-After", date)).isBetween(Duration.ofSeconds(95), Duration.ofSeconds(100));
        assertThat(wait("RateLimit", "\"api\";r=0;t=55")).isEqualTo(Duration.ofSeconds(55));
        assertThat(wait("RateLimit", "\"api\";r=12;t=55")).isNull();
        assertThat(wait("Retry-After", "soon")).isNull();
    }

    @Test
    void wrongBytesAreNeverPutInPlace() throws IOException {
        byte[] wrong = CONTENT.clone();
        wrong[wrong.length - 1] ^= 1;
        hub.claim(WEIGHTS, wrong);

        assertFails("do not have the SHA-256 that the hub names", "Nothing was put in place");
        assertThat(cache.resolve("models--org--tiny/snapshots")).doesNotExist();
        assertThat(blobs()).noneMatch(n -> n.startsWith(FakeHub.etag(WEIGHTS, wrong)));
    }

    @Test
    void wrongBytesOfASmallFileAreNoticedByItsGitHash() {
        byte[] other = Arrays.copyOf(HubFixture.config(), HubFixture.config().length);
        other[5] = 'X';
        hub.claim("config.json", other);

        assertFails("config.json of org/tiny@main", "do not have the git blob SHA-1 that the hub names");
    }

    @Test
    void anotherLengthThanTheHubsIsRefusedBeforeTheBytes() {
        hub.claim(WEIGHTS, Arrays.copyOf(CONTENT, CONTENT.length - 100));

        assertFails("offers " + CONTENT.length + " bytes where the hub names " + (CONTENT.length - 100));
    }

    @Test
    void moreBytesThanPromisedAreCutOff() {
        hub.fault(WEIGHTS, (exchange, content) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(content);
            exchange.getResponseBody().write(content);
        });

        assertFails("the server sends more than the " + CONTENT.length + " bytes");
    }

    @Test
    void aDamagedPartOfTheLastStartIsFetchedAgain() throws IOException {
        String etag = FakeHub.etag(WEIGHTS, CONTENT);
        Path blobs = Files.createDirectories(cache.resolve("models--org--tiny/blobs"));
        Files.write(blobs.resolve(etag + ".consensus-12345678.incomplete"), new byte[5000]);

        assertRightWeights();

        assertThat(listener.present).isEqualTo(5000);
        assertThat(listener.lines)
                .contains("model.safetensors: what the last start left is damaged; fetching it again.");
        assertThat(blobs()).noneMatch(n -> n.endsWith(".incomplete"));
    }

    @Test
    void filesOfARunningPythonDownloadAreLeftAlone() throws IOException {
        String etag = FakeHub.etag(WEIGHTS, CONTENT);
        Path blobs = Files.createDirectories(cache.resolve("models--org--tiny/blobs"));
        Path pythons = Files.write(blobs.resolve(etag + ".1a2b3c4d.incomplete"), new byte[5000]);

        assertRightWeights();

        assertThat(listener.present).isZero();
        assertThat(pythons).hasSize(5000);
    }

    @Test
    void aPartialContentOfAnotherRangeIsRefused() {
        hub.fault(WEIGHTS, FakeHub.breakOffAfter(400_000)).fault(WEIGHTS, (exchange, content) -> {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes 7-" + (6 + content.length) + "/" + CONTENT.length);
            exchange.sendResponseHeaders(206, content.length);
        });

        assertFails("answers with another part of the file");
    }

    @Test
    void anotherHashInTheRedirectThanInTheListingIsRefusedBeforeTheBytes() {
        hub.fault("config.json", (exchange, content) -> {
            exchange.getResponseHeaders().set("ETag", "\"" + "a".repeat(40) + "\"");
            exchange.sendResponseHeaders(200, content.length);
        });

        assertFails("config.json: the hub offers " + "a".repeat(40));
    }

    @Test
    void redirectsInACircleEnd() {
        for (int i = 0; i < 20; i++) {
            hub.fault("/api", FakeHub.status(307, "Location", "/api/models/org/tiny/revision/main"));
        }

        assertFails("more than 8 redirects");
    }

    @Test
    void redirectsToOtherSchemesAreNotFollowed() {
        hub.fault("/api", FakeHub.status(302, "Location", "file:///etc/passwd"));

        assertFails("redirects to an address that is not followed");
    }

    @Test
    void aRenamedRepositoryIsFollowed() {
        hub.fault("/api", FakeHub.status(307, "Location", "/api/models/org/tiny/revision/main?blobs=true"));

        assertThat(client(hub, cache)
                        .snapshot(ModelId.parse("org/tiny"), listener)
                        .directory())
                .exists();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!doctype html><title>Sign in to the airport</title>",
                "",
                "[]",
                "{\"sha\": \"../../../../tmp/x\", \"siblings\": []}",
                "{\"sha\": 12, \"siblings\": []}",
                "{\"sha\": \"" + FakeHub.COMMIT + "\"}",
                "{\"sha\": \"" + FakeHub.COMMIT + "\", \"siblings\": {\"a\": 1}}",
                "{\"sha\": \"" + FakeHub.COMMIT + "\", \"sha\": \"" + FakeHub.COMMIT + "\", \"siblings\": []}",
                "{\"sha\": \"" + FakeHub.COMMIT + "\", \"siblings\": [{\"rfilename\": \"../config.json\"}]}",
                "{\"sha\": \"" + FakeHub.COMMIT + "\", \"siblings\": [1, null, {\"rfilename\": 5}]}"
            })
    void hostileListingsAreRefusedWithoutAFile(String answer) {
        hub.fault("/api", (exchange, content) -> {
            exchange.sendResponseHeaders(200, answer.isEmpty() ? -1 : answer.length());
            exchange.getResponseBody().write(answer.getBytes());
        });

        assertThatThrownBy(() -> client(hub, cache).snapshot(ID, listener)).isInstanceOf(Problem.class);
        assertThat(cache).doesNotExist();
    }

    @Test
    void hostileSizesAndHashesInAListingAreNotBelieved() {
        String config = "{\"rfilename\": \"config.json\", \"size\": -1, \"blobId\": \"../../../evil\"}";
        String weights = "{\"rfilename\": \"model.safetensors\", \"size\": 5,"
                + " \"lfs\": {\"sha256\": \"/etc/passwd\", \"size\": 1e300}}";
        String json = "{\"sha\": \"" + FakeHub.COMMIT + "\", \"siblings\": [" + config + ", " + weights + "]}";
        hub.fault("/api", (exchange, content) -> {
            exchange.sendResponseHeaders(200, json.length());
            exchange.getResponseBody().write(json.getBytes());
        });

        assertRightWeights();
        assertThat(hub.seen)
                .as("asked for in the hub's headers instead")
                .filteredOn(s -> s.method().equals("HEAD"))
                .hasSize(2);
    }

    @Test
    void anIndexThatLeavesTheFolderIsRefused() {
        for (String shard :
                List.of("../model.safetensors", "/etc/x.safetensors", "a\\\\..\\\\b.safetensors", "x.bin")) {
            hub.add("org/evil", "config.json", HubFixture.config())
                    .add("org/evil", "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"" + shard + "\"}}");

            assertThatThrownBy(() -> client(hub, cache).snapshot(ModelId.parse("org/evil"), listener))
                    .isInstanceOf(Problem.class)
                    .hasMessageContaining("the shard index names '")
                    .hasMessageContaining("expected a .safetensors file in the same folder");
        }
    }

    @Test
    void anIndexThatNamesAMissingShardIsRefused() {
        hub.add("org/lost", "config.json", HubFixture.config())
                .add("org/lost", "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"m-1.safetensors\"}}");

        assertThatThrownBy(() -> client(hub, cache).snapshot(ModelId.parse("org/lost"), listener))
                .hasMessageContaining("names m-1.safetensors, which the repository lacks");
    }

    @Test
    void aServerThatIsNoHubIsNamedSo() {
        hub.fault("/api", FakeHub.status(404));

        assertFails("org/tiny@main: not found on http://127.0.0.1");
    }

    @Test
    void aMachineWithoutNetworkSaysSoAtOnce() {
        Map<String, String> environment = HubFixture.environment(hub, cache);
        environment.put("HF_ENDPOINT", "http://no-such-host.invalid");

        assertThatThrownBy(() -> client(environment).snapshot(ID, listener))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("no-such-host.invalid")
                .hasMessageContaining("is this machine online?");
    }

    @Test
    void aRefusedConnectionSaysSo() {
        Map<String, String> environment = HubFixture.environment(hub, cache);
        hub.close();

        assertThatThrownBy(() -> client(environment).snapshot(ID, listener))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("no connection");
    }

    private void assertRightWeights() {
        Snapshot snapshot = client(hub, cache).snapshot(ID, listener);
        assertThat(snapshot.directory().resolve(WEIGHTS)).hasBinaryContent(CONTENT);
    }

    private void assertFails(String... words) {
        assertThatThrownBy(() -> client(hub, cache).snapshot(ID, listener))
                .isInstanceOf(Problem.class)
                .hasMessageContainingAll(words);
        assertThat(cache.resolve("models--org--tiny/refs")).doesNotExist();
    }

    private List<String> storageRanges() {
        return hub.seen.stream()
                .filter(FakeHub.Seen::storage)
                .map(s -> s.header("Range"))
                .toList();
    }

    private static int start(String range) {
        return Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
    }

    private static Duration wait(String header, String value) {
        return HubErrors.retryAfter(java.net.http.HttpHeaders.of(Map.of(header, List.of(value)), (a, b) -> true))
                .orElse(null);
    }

    private List<String> blobs() throws IOException {
        try (Stream<Path> files = Files.list(cache.resolve("models--org--tiny/blobs"))) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
