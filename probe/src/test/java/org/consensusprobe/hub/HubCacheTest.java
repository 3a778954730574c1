package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.consensusprobe.hub.HubFixture.ID;
import static org.consensusprobe.hub.HubFixture.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubCacheTest {
    private static final String WEIGHTS = "model.safetensors";
    private static final byte[] CONTENT = HubFixture.safetensors(100);

    @TempDir
    Path folder;

    private FakeHub hub;
    private Path cache;

    @BeforeEach
    void startHub() {
        hub = HubFixture.hub(100);
        cache = folder.resolve("cache");
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    @Test
    void listsWhatIsThereWithSizesAndWhatIsMissing() throws IOException {
        Hub client = client(hub, cache);
        Snapshot snapshot = client.snapshot(ID, ByteProgress.SILENT);
        Files.createDirectories(cache.resolve("datasets--org--text/snapshots"));
        Files.createDirectories(cache.resolve("models--org--half/snapshots").resolve("b".repeat(40)));

        assertThat(client.list()).extracting(CachedModel::repository).containsExactly("org/half", "org/tiny");
        CachedModel.Commit commit = client.list().get(1).snapshots().get(0);
        assertThat(commit.refs()).containsExactly("main");
        assertThat(commit.directory()).isEqualTo(snapshot.directory());
        assertThat(commit.missing()).isEmpty();
        assertThat(commit.bytes())
                .isEqualTo(CONTENT.length + HubFixture.config().length + "{\"version\": \"1.0\"}".length());
        assertThat(client.list().get(0).snapshots().get(0).missing()).containsExactly("config.json", WEIGHTS);
    }

    @Test
    void verifiesEveryFileAgainstTheNameOfItsBlobWithoutARequest() throws IOException {
        Snapshot snapshot = client(hub, cache).snapshot(ID, ByteProgress.SILENT);
        int requests = hub.seen.size();
        assertThat(outcomes(client(hub, cache), snapshot))
                .containsOnly(
                        Map.entry("config.json", Verification.Outcome.RIGHT),
                        Map.entry("tokenizer.json", Verification.Outcome.RIGHT),
                        Map.entry(WEIGHTS, Verification.Outcome.RIGHT));

        byte[] damaged = CONTENT.clone();
        damaged[200] ^= 1;
        Files.write(snapshot.directory().resolve(WEIGHTS), damaged);
        Files.delete(snapshot.directory().resolve("config.json").toRealPath());

        assertThat(outcomes(client(hub, cache), snapshot))
                .containsEntry(WEIGHTS, Verification.Outcome.WRONG)
                .containsEntry("config.json", Verification.Outcome.MISSING);
        assertThat(hub.seen).hasSize(requests);
    }

    @Test
    void aDamagedIndexAndALostShardAreNamed() throws IOException {
        hub.add("org/sharded", "config.json", HubFixture.config())
                .add("org/sharded", "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"m-1.safetensors\"}}")
                .add("org/sharded", "m-1.safetensors", CONTENT);
        Snapshot snapshot = client(hub, cache).snapshot(ModelId.parse("org/sharded"), ByteProgress.SILENT);
        Files.delete(snapshot.directory().resolve("m-1.safetensors"));

        assertThat(outcomes(client(hub, cache), snapshot))
                .containsEntry("m-1.safetensors", Verification.Outcome.MISSING);

        Files.writeString(snapshot.directory().resolve("model.safetensors.index.json"), "{\"weight_map\": 5");
        assertThat(outcomes(client(hub, cache), snapshot))
                .containsEntry("model.safetensors.index.json", Verification.Outcome.WRONG);
        assertThat(client(hub, cache).list().get(0).snapshots().get(0).missing())
                .containsExactly("model.safetensors.index.json (unreadable)");
    }

    @Test
    void plainFilesAreVerifiedByPythonsListingOrTheHub() throws IOException {
        Map<String, String> environment = HubFixture.environment(hub, cache);
        Snapshot snapshot = client(environment, Links.NONE).snapshot(ID, ByteProgress.SILENT);
        assertThat(outcomes(client(environment), snapshot).values()).containsOnly(Verification.Outcome.RIGHT);

        environment.put("HF_HUB_OFFLINE", "1");
        assertThat(outcomes(client(environment), snapshot).values()).containsOnly(Verification.Outcome.UNKNOWN);

        Path trees = Files.createDirectories(cache.resolve("models--org--tiny/trees"));
        Files.writeString(
                trees.resolve(FakeHub.COMMIT + ".json"),
                "{\"format_version\": 1, \"files\": {\"model.safetensors\": {\"size\": 1, \"blob_id\": \"x\","
                        + " \"lfs_sha256\": \"" + FakeHub.etag(WEIGHTS, CONTENT) + "\", \"lfs_size\": 1}}}");
        assertThat(outcomes(client(environment), snapshot))
                .containsEntry(WEIGHTS, Verification.Outcome.RIGHT)
                .containsEntry("config.json", Verification.Outcome.UNKNOWN);
    }

    @Test
    void aBlobInTheSharedStoreIsReadThroughBothLinks() throws IOException {
        Snapshot snapshot = client(hub, cache).snapshot(ID, ByteProgress.SILENT);
        Path blob = cache.resolve("models--org--tiny/blobs").resolve(FakeHub.etag(WEIGHTS, CONTENT));
        Path store = Files.createDirectories(cache.resolve("blobs/ab")).resolve("ab" + "0".repeat(62));
        Files.move(blob, store);
        Files.createSymbolicLink(blob, blob.getParent().relativize(store));

        assertThat(client(hub, cache).cached(ID)).contains(snapshot);
        assertThat(outcomes(client(hub, cache), snapshot)).containsEntry(WEIGHTS, Verification.Outcome.RIGHT);
        assertThat(client(hub, cache).list())
                .extracting(CachedModel::repository)
                .containsExactly("org/tiny");
    }

    @Test
    void refsThatAreNoCommitsAreNoWayOut() throws IOException {
        Path refs = Files.createDirectories(cache.resolve("models--org--tiny/refs"));
        Files.writeString(refs.resolve("main"), "../../../../../etc");

        assertThat(client(hub, cache).cached(ID)).isEmpty();
    }

    @Test
    void outlinesAModelByItsConfigAndHeadersAlone() throws IOException {
        hub.add(HubFixture.REPOSITORY, WEIGHTS, HubFixture.safetensors(1_000_000));
        Path outline = Files.createDirectory(folder.resolve("outline"));

        Outline told = client(hub, cache).outline(ID, outline);

        assertThat(told.commit()).isEqualTo(FakeHub.COMMIT);
        assertThat(told.bytes()).isGreaterThan(4_000_000).isLessThan(4_001_000);
        assertThat(outline.resolve(WEIGHTS)).hasSize(HubFixture.safetensors(1_000_000).length);
        assertThat(outline.resolve("config.json")).hasBinaryContent(HubFixture.config());
        assertThat(hub.seen)
                .filteredOn(FakeHub.Seen::storage)
                .extracting(s -> s.header("Range"))
                .containsExactly("bytes=0-65535");
        assertThat(cache).doesNotExist();
    }

    @Test
    void anOutlineNeverTakesAWholeFileForItsHeader() {
        hub.add(HubFixture.REPOSITORY, WEIGHTS, HubFixture.safetensors(1_000_000));
        hub.honoursRanges = false;

        assertThatThrownBy(() -> client(hub, cache).outline(ID, Files.createDirectory(folder.resolve("outline"))))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("is larger than 65536 bytes");
    }

    private static Map<String, Verification.Outcome> outcomes(Hub client, Snapshot snapshot) {
        List<Verification> results = client.verify(snapshot, ByteProgress.SILENT);
        Map<String, Verification.Outcome> outcomes = new java.util.HashMap<>();
        results.forEach(r -> outcomes.put(r.path(), r.outcome()));
        assertThat(outcomes).hasSameSizeAs(results);
        return outcomes;
    }
}
