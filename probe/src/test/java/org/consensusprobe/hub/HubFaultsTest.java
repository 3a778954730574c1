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
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@Tag("slow")
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
    void anInterruptedDownloadKeepsWhatItHas() throws Exception {
        hub.storageChunk = 100_000;
        hub.storagePauseMillis = 100;
        Thread test = Thread.currentThread();
        Thread interrupter = new Thread(() -> {
            while (listener.last < 200_000) {
                sleep(5);
            }
            test.interrupt();
        });
        interrupter.start();

        assertThatThrownBy(() -> client(hub, cache).snapshot(ID, listener))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.INTERRUPTED))
                .hasMessageContaining("kept for the next start");
        assertThat(Thread.interrupted()).isTrue();
        interrupter.join();
        hub.storagePauseMillis = 0;

        assertRightWeights();
        assertThat(listener.present).isGreaterThanOrEqualTo(200_000);
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
        hub.fault(WEIGHTS, FakeHub.stallAfter(300_000, 60_000));

        long began = System.nanoTime();
        assertRightWeights();

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
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
    void aRenamedRepositoryIsFollowed() {
        hub.fault("/api", FakeHub.status(307, "Location", "/api/models/org/tiny/revision/main?blobs=true"));

        assertThat(client(hub, cache)
                        .snapshot(ModelId.parse("org/tiny"), listener)
                        .directory())
                .exists();
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
