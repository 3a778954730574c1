package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.consensusprobe.hub.HubFixture.ID;
import static org.consensusprobe.hub.HubFixture.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubDownloadTest {
    private static final int FLOATS = 300_000;

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
    void fetchesConfigTokenizerAndWeightsOnceAndNothingElse() throws IOException {
        Snapshot snapshot = client(hub, cache).snapshot(ID, listener);

        assertThat(snapshot.commit()).isEqualTo(FakeHub.COMMIT);
        assertThat(names(snapshot.directory()))
                .containsExactlyInAnyOrder("config.json", "model.safetensors", "tokenizer.json");
        assertThat(snapshot.directory().resolve("model.safetensors")).hasBinaryContent(HubFixture.safetensors(FLOATS));
        assertThat(listener.whole).isTrue();
        assertThat(listener.last).isEqualTo(listener.total);
        int requests = hub.seen.size();
        assertThat(client(hub, cache).snapshot(ID, listener).directory()).isEqualTo(snapshot.directory());
        assertThat(hub.seen).as("a cached model is used without a request").hasSize(requests);
    }

    @Test
    void laysTheCacheOutAsHuggingfaceHubDoes() throws IOException {
        client(hub, cache).snapshot(ID, listener);

        Path model = cache.resolve("models--org--tiny");
        String etag = FakeHub.etag("model.safetensors", HubFixture.safetensors(FLOATS));
        Path link = model.resolve("snapshots").resolve(FakeHub.COMMIT).resolve("model.safetensors");
        assertThat(Files.readSymbolicLink(link)).hasToString("../../blobs/" + etag);
        assertThat(model.resolve("refs/main")).hasContent(FakeHub.COMMIT);
        assertThat(model.resolve(".no_exist").resolve(FakeHub.COMMIT).resolve("model.safetensors.index.json"))
                .isEmptyFile();
        assertThat(cache.resolve(".locks/models--org--tiny").resolve(etag + ".lock"))
                .exists();
        assertThat(cache.resolve("CACHEDIR.TAG")).content().startsWith("Signature: 8a477f597d28d172789f06886806bc55");
        assertThat(names(model.resolve("blobs"))).hasSize(3).noneMatch(n -> n.endsWith(".incomplete"));
    }

    @Test
    void takesShardsThatTheIndexNamesAndOnlyThose() throws IOException {
        hub.add("org/sharded", "config.json", HubFixture.config())
                .add(
                        "org/sharded",
                        "model.safetensors.index.json",
                        "{\"weight_map\": {\"a\": \"model-1.safetensors\", \"b\": \"model-2.safetensors\","
                                + " \"c\": \"model-1.safetensors\"}}")
                .add("org/sharded", "model-1.safetensors", HubFixture.safetensors(10))
                .add("org/sharded", "model-2.safetensors", HubFixture.safetensors(20))
                .add("org/sharded", "consolidated.safetensors", HubFixture.safetensors(30));

        Snapshot snapshot = client(hub, cache).snapshot(ModelId.parse("org/sharded"), listener);

        assertThat(names(snapshot.directory()))
                .containsExactlyInAnyOrder(
                        "config.json", "model.safetensors.index.json", "model-1.safetensors", "model-2.safetensors");
    }

    @Test
    void asksForSizeAndHashOfEachFileWhereTheListingLeavesThemOut() {
        hub.listsBlobs = false;

        Snapshot snapshot = client(hub, cache).snapshot(ID, listener);

        assertThat(snapshot.directory().resolve("model.safetensors")).hasBinaryContent(HubFixture.safetensors(FLOATS));
        assertThat(hub.seen).filteredOn(s -> s.method().equals("HEAD")).hasSize(3);
    }

    @Test
    void pinsACommit() throws IOException {
        ModelId pinned = ID.at(FakeHub.COMMIT);

        Snapshot snapshot = client(hub, cache).snapshot(pinned, listener);

        assertThat(snapshot.directory()).endsWith(Path.of(FakeHub.COMMIT));
        assertThat(cache.resolve("models--org--tiny/refs")).doesNotExist();
        assertThat(client(hub, cache).cached(pinned)).isPresent();
        assertThat(client(hub, cache).cached(ID)).isEmpty();
    }

    @Test
    void anUnknownRevisionIsNamed() {
        assertThatThrownBy(() -> client(hub, cache).snapshot(ID.at("v9"), listener))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("org/tiny has no revision 'v9'");
    }

    @Test
    void offlineNothingIsAskedAndTheWayOutIsNamed() {
        Map<String, String> environment = HubFixture.environment(hub, cache);
        environment.put("HF_HUB_OFFLINE", "1");

        assertThatThrownBy(() -> client(environment).snapshot(ID, listener))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("org/tiny@main is not in the cache " + cache)
                .hasMessageContaining("consensus models pull org/tiny@main");
        assertThat(hub.seen).isEmpty();
    }

    @Test
    void offlineAPartOfAModelIsNotTakenForTheWhole() throws IOException {
        Snapshot snapshot = client(hub, cache).snapshot(ID, listener);
        Files.delete(snapshot.directory().resolve("model.safetensors"));
        Map<String, String> environment = HubFixture.environment(hub, cache);
        environment.put("HF_HUB_OFFLINE", "1");

        assertThatThrownBy(() -> client(environment).snapshot(ID, listener))
                .hasMessageContaining("only partly in")
                .hasMessageContaining("without model.safetensors");
    }

    @Test
    void aFullDiskIsNoticedBeforeTheDownload() {
        Hub small = new Hub(
                HubSettings.from(HubFixture.environment(hub, cache)), HubFixture.QUICK, Links.SYMBOLIC, f -> 1_000_000);

        assertThatThrownBy(() -> small.snapshot(ID, listener))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.FAILED))
                .hasMessageContaining("needs 1.20 MB more")
                .hasMessageContaining("where 1.00 MB are free")
                .hasMessageContaining("HF_HUB_CACHE");
        assertThat(hub.contentRequests("model.safetensors")).isZero();
    }

    @Test
    void withoutLinksTheSnapshotHoldsPlainFiles() throws IOException {
        Links impossible = (link, target) -> {
            throw new IOException("a required privilege is not held by the client");
        };
        Hub plain = client(HubFixture.environment(hub, cache), impossible);

        Snapshot snapshot = plain.snapshot(ID, listener);

        Path weights = snapshot.directory().resolve("model.safetensors");
        assertThat(Files.isRegularFile(weights, LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThat(weights).hasBinaryContent(HubFixture.safetensors(FLOATS));
        assertThat(names(cache.resolve("models--org--tiny/blobs"))).isEmpty();
        int requests = hub.seen.size();
        assertThat(plain.cached(ID)).contains(snapshot);
        plain.pull(ID, listener);
        assertThat(hub.seen).as("only the commit is asked for").hasSize(requests + 1);
    }

    @Test
    void aBlobThatAnotherSnapshotMayNeedIsCopiedWhereLinksAreImpossible() throws IOException {
        client(hub, cache).snapshot(ID, listener);
        Path snapshots = cache.resolve("models--org--tiny/snapshots");
        Files.move(snapshots.resolve(FakeHub.COMMIT), snapshots.resolve("f".repeat(40)));

        Snapshot plain = client(HubFixture.environment(hub, cache), Links.NONE).pull(ID, listener);

        assertThat(plain.directory().resolve("model.safetensors")).hasBinaryContent(HubFixture.safetensors(FLOATS));
        assertThat(names(cache.resolve("models--org--tiny/blobs"))).hasSize(3);
        assertThat(hub.contentRequests("model.safetensors")).isEqualTo(1);
    }

    @Test
    void twoFilesOfTheSameContentShareABlobWithLinksAndWithout() {
        hub.add(HubFixture.REPOSITORY, "special_tokens_map.json", "{}")
                .add(HubFixture.REPOSITORY, "added_tokens.json", "{}");

        for (Links links : List.of(Links.SYMBOLIC, Links.NONE)) {
            Path own = folder.resolve(links == Links.NONE ? "plain" : "linked");
            Snapshot snapshot = client(HubFixture.environment(hub, own), links).snapshot(ID, listener);
            assertThat(snapshot.directory().resolve("special_tokens_map.json")).hasContent("{}");
            assertThat(snapshot.directory().resolve("added_tokens.json")).hasContent("{}");
        }
    }

    @Test
    void aBlobThatIsThereUnderAnotherCommitIsNotFetchedAgain() throws IOException {
        client(hub, cache).snapshot(ID, listener);
        Path snapshots = cache.resolve("models--org--tiny/snapshots");
        Files.move(snapshots.resolve(FakeHub.COMMIT), snapshots.resolve("f".repeat(40)));

        client(hub, cache).pull(ID, listener);

        assertThat(hub.contentRequests("model.safetensors")).isEqualTo(1);
        assertThat(client(hub, cache).cached(ID)).isPresent();
    }

    @Test
    void aDamagedBlobOfTheWrongSizeIsReplaced() throws IOException {
        Snapshot snapshot = client(hub, cache).snapshot(ID, listener);
        Files.write(snapshot.directory().resolve("model.safetensors"), new byte[] {1});

        client(hub, cache).pull(ID, listener);

        assertThat(snapshot.directory().resolve("model.safetensors")).hasBinaryContent(HubFixture.safetensors(FLOATS));
    }

    @Test
    void fetchesOnlyTheTokenizerForASnapshotThatLacksIt() throws IOException {
        Snapshot snapshot = client(hub, cache).snapshot(ID, listener);
        Files.delete(snapshot.directory().resolve("tokenizer.json"));
        Files.delete(cache.resolve("models--org--tiny/blobs")
                .resolve(FakeHub.etag("tokenizer.json", "{\"version\": \"1.0\"}".getBytes())));
        hub.seen.clear();

        assertThat(client(hub, cache).tokenizer(snapshot, listener)).get().satisfies(t -> assertThat(t)
                .hasContent("{\"version\": \"1.0\"}"));
        assertThat(hub.contentRequests("tokenizer.json")).isEqualTo(1);
        assertThat(hub.contentRequests("model.safetensors")).isZero();
    }

    @Test
    void aTokenizerKnownToBeMissingIsNotAskedForAgain() throws IOException {
        hub.add("org/bare", "config.json", HubFixture.config())
                .add("org/bare", "model.safetensors", HubFixture.safetensors(3));
        Snapshot snapshot = client(hub, cache).snapshot(ModelId.parse("org/bare"), listener);
        hub.seen.clear();

        assertThat(client(hub, cache).tokenizer(snapshot, listener)).isEmpty();
        assertThat(hub.seen).isEmpty();
    }

    @Test
    void aTokenizerOfVocabularyFilesIsFetchedWithItsSettings() {
        hub.add("org/own", "config.json", HubFixture.config())
                .add("org/own", "model.safetensors", HubFixture.safetensors(3))
                .add("org/own", "vocab.json", "{}")
                .add("org/own", "merges.txt", "a b")
                .add("org/own", "tokenizer_config.json", "{}");

        Path file =
                client(hub, cache).tokenizer(ModelId.parse("org/own"), listener).orElseThrow();

        assertThat(file.getParent().resolve("merges.txt")).hasContent("a b");
        assertThat(file.getParent().resolve("tokenizer_config.json")).hasContent("{}");
        assertThat(file).hasFileName("vocab.json");
        assertThat(hub.contentRequests("model.safetensors")).isZero();
        assertThat(client(hub, cache).cached(ModelId.parse("org/own")))
                .as("half a model")
                .isEmpty();
    }

    @Test
    void pickledWeightsAreFetchedOnlyWhereThereAreNoOthersAndThatIsSaid() {
        hub.add("org/pickle", "config.json", HubFixture.config())
                .add("org/pickle", "pytorch_model.bin", new byte[] {1, 2, 3});
        hub.add("org/shards", "config.json", HubFixture.config())
                .add("org/shards", "pytorch_model.bin.index.json", "{\"weight_map\": {\"a\": \"one.bin\"}}")
                .add("org/shards", "one.bin", new byte[] {4, 5});

        Snapshot both = client(hub, cache).snapshot(ID, listener);
        assertThat(listener.lines).noneMatch(line -> line.contains("no safetensors"));
        Snapshot single = client(hub, cache).snapshot(ModelId.parse("org/pickle"), listener);
        Snapshot shards = client(hub, cache).snapshot(ModelId.parse("org/shards"), listener);

        assertThat(both.directory().resolve("pytorch_model.bin")).doesNotExist();
        assertThat(single.directory().resolve("pytorch_model.bin")).hasBinaryContent(new byte[] {1, 2, 3});
        assertThat(shards.directory().resolve("one.bin")).hasBinaryContent(new byte[] {4, 5});
        assertThat(listener.lines)
                .filteredOn(line -> line.contains("there are no safetensors; pytorch_model.bin"))
                .hasSize(2);
        assertThat(client(hub, cache).cached(ModelId.parse("org/shards"))).isPresent();
    }

    @Test
    void repositoriesWithoutSafetensorsAreRefusedWithWords() {
        hub.add("org/pickle", "config.json", HubFixture.config()).add("org/pickle", "model.ckpt", "x");
        hub.add("org/gguf", "model-q4.gguf", "x");
        hub.add("org/adapter", "adapter_config.json", "{}").add("org/adapter", "adapter_model.safetensors", "x");
        hub.add("org/mistral", "config.json", "{}").add("org/mistral", "consolidated.safetensors", "x");
        hub.add("org/empty", "README.md", "x");

        assertRefused(
                "org/pickle", "of PyTorch's files pytorch_model.bin is read, found model.ckpt", "save_pretrained");
        assertRefused("org/gguf", "only GGUF files", "safetensors they were made from");
        assertRefused("org/adapter", "an adapter (adapter_config.json)", "--adapter");
        assertRefused("org/mistral", "found consolidated.safetensors, which is another layout");
        assertRefused("org/empty", "no config.json, so it is not a transformers checkpoint");
    }

    private void assertRefused(String repository, String... words) {
        assertThatThrownBy(() -> client(hub, cache).snapshot(ModelId.parse(repository), listener))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.WRONG_INPUT))
                .hasMessageContainingAll(words);
        assertThat(cache.resolve("models--" + repository.replace("/", "--"))).doesNotExist();
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }
}
