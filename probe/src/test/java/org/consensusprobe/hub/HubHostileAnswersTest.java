package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.consensusprobe.hub.HubFixture.ID;
import static org.consensusprobe.hub.HubFixture.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
class HubHostileAnswersTest {
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
    void aPartialContentOfAnotherRangeIsRefused() {
        hub.fault(WEIGHTS, FakeHub.breakOffAfter(400_000)).fault(WEIGHTS, (exchange, content) -> {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes 7-" + (6 + content.length) + "/" + CONTENT.length);
            exchange.sendResponseHeaders(206, content.length);
            exchange.getResponseBody()
                    .write(content); // a head alone may be lost with the connection, and be asked for again
        });

        assertFails("answers with another part of the file");
    }

    @Test
    void anotherHashInTheRedirectThanInTheListingIsRefusedBeforeTheBytes() {
        hub.fault("config.json", (exchange, content) -> {
            exchange.getResponseHeaders().set("ETag", "\"" + "a".repeat(40) + "\"");
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
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

    private List<String> blobs() throws IOException {
        try (Stream<Path> files = Files.list(cache.resolve("models--org--tiny/blobs"))) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }
}
