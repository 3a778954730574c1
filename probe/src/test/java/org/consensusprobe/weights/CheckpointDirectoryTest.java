package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointDirectoryTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    Path folder;

    @BeforeEach
    void config() throws IOException {
        put("config.json", "{\"model_type\": \"gpt2\"}");
    }

    @Test
    void opensASingleFile() throws IOException {
        weights("model.safetensors", "a", "b");
        put("tokenizer.json", "{}");

        CheckpointDirectory opened = CheckpointDirectory.open(folder);

        assertThat(opened.path()).isEqualTo(folder);
        assertThat(opened.config().get("model_type").textValue()).isEqualTo("gpt2");
        assertThat(opened.configFile()).isEqualTo(folder.resolve("config.json"));
        assertThat(opened.tensors().keySet()).containsExactly("a", "b");
        assertThat(opened.weightFiles()).containsExactly(folder.resolve("model.safetensors"));
        assertThat(opened.tokenizer()).contains(folder.resolve("tokenizer.json"));
    }

    @Test
    void opensShards() throws IOException {
        weights("model-00001-of-00002.safetensors", "a", "b");
        weights("model-00002-of-00002.safetensors", "c");
        index(
                "a",
                "model-00001-of-00002.safetensors",
                "b",
                "model-00001-of-00002.safetensors",
                "c",
                "model-00002-of-00002.safetensors");

        CheckpointDirectory opened = CheckpointDirectory.open(folder);

        assertThat(opened.tensors().keySet()).containsExactly("a", "b", "c");
        assertThat(opened.tensors().get("c").file()).isEqualTo(folder.resolve("model-00002-of-00002.safetensors"));
        assertThat(opened.weightFiles()).hasSize(2);
        assertThat(opened.tokenizer()).isEmpty();
    }

    @Test
    void prefersTheSingleFileToTheIndex() throws IOException {
        weights("model.safetensors", "whole");
        put(INDEX, "no index at all");

        assertThat(CheckpointDirectory.open(folder).tensors()).containsOnlyKeys("whole");
    }

    @Test
    void followsTheLinksOfACacheSnapshot() throws IOException {
        Path blobs = Files.createDirectory(folder.resolve("blobs"));
        Path snapshot = Files.createDirectories(folder.resolve("snapshots/1a2b"));
        new SafetensorsWriter().tensor("a", StoredType.F32, 1).write(blobs.resolve("w"));
        Files.writeString(blobs.resolve("i"), "{\"metadata\": {\"total_size\": 4}, \"weight_map\": {\"a\": \"s\"}}");
        Files.writeString(blobs.resolve("c"), "{}");
        Files.createSymbolicLink(snapshot.resolve("s"), Path.of("../../blobs/w"));
        Files.createSymbolicLink(snapshot.resolve(INDEX), Path.of("../../blobs/i"));
        Files.createSymbolicLink(snapshot.resolve("config.json"), Path.of("../../blobs/c"));

        assertThat(CheckpointDirectory.open(snapshot).tensors()).containsOnlyKeys("a");

        Files.delete(blobs.resolve("w"));
        assertThatThrownBy(() -> CheckpointDirectory.open(snapshot))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("the shard is a link to ../../blobs/w, which is missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../w.safetensors",
                "/etc/passwd",
                "sub/w.safetensors",
                "..",
                ".",
                "",
                "c:w",
                "a\\\\b",
                "a\\u0000b"
            })
    void refusesShardNamesThatLeadElsewhere(String name) throws IOException {
        put(INDEX, "{\"weight_map\": {\"a\": \"" + name + "\"}}");

        assertRefused("expected a plain file name in the same directory");
    }

    @Test
    void namesMissingShards() throws IOException {
        weights("model-00001-of-00003.safetensors", "a");
        index(
                "a",
                "model-00001-of-00003.safetensors",
                "b",
                "model-00002-of-00003.safetensors",
                "c",
                "model-00003-of-00003.safetensors");

        assertNeeded(
                List.of("b", "c"),
                "2 of 3 shards are missing: model-00002-of-00003.safetensors, model-00003-of-00003.safetensors."
                        + " Download them into " + folder);
        assertNeeded(List.of("c"), "1 of 3 shards are missing: model-00003-of-00003.safetensors.");
        assertThat(resolved("a").tensors()).containsOnlyKeys("a");
        assertThat(CheckpointDirectory.open(folder).whatIsLost().orElseThrow()).hasMessageContaining("2 of 3 shards");
    }

    @Test
    void onlyWhatIsNeededMustBeInTheShards() throws IOException {
        weights("s1.safetensors", "a", "x1");
        weights("s2.safetensors", "y");
        index("a", "s1.safetensors", "b", "s1.safetensors", "y", "s1.safetensors", "z", "s2.safetensors");

        assertThat(resolved("a", "y", "x1").tensors()).containsOnlyKeys("a", "y", "x1");
        assertNeeded(List.of("b"), "1 tensors are not in the shard it names: b (s1.safetensors).");
        assertNeeded(List.of("c"), "1 missing");
    }

    @Test
    void aTensorInTwoShardsIsTakenWhereTheIndexSays() throws IOException {
        weights("s1.safetensors", "a", "b");
        weights("s2.safetensors", "b");
        index("a", "s1.safetensors", "b", "s2.safetensors");
        assertThat(resolved("a", "b").get("b").file()).hasFileName("s2.safetensors");

        index("a", "s1.safetensors", "c", "s2.safetensors");
        assertRefused("1 tensors lie in two shards, and the index lists neither: b.");
    }

    private TensorTable resolved(String... names) {
        List<ExpectedTensor> needed =
                Arrays.stream(names).map(name -> ExpectedTensor.of(name, 1)).toList();
        TensorTable.Layout layout = new TensorTable.Layout(needed, List.of(), List.of(Pattern.compile(".*")));
        return TensorTable.resolve(layout, CheckpointDirectory.open(folder));
    }

    private void assertNeeded(List<String> names, String message) {
        assertThatThrownBy(() -> resolved(names.toArray(String[]::new)))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {}                                     | has no weight_map
            {"weight_map": {}}                     | has no weight_map
            {"weight_map": []}                     | weight_map must be an object
            {"weight_map": {"a": 1}}               | the shard of a must be a string
            {"weight_map": {"a": "s", "a": "t"}}   | 1 of 1 shards are missing: t
            []                                     | must be a JSON object
            {"weight_map": {"a": "s"}} x           | is not valid JSON
            {"metadata": {"x": [}}                 | is not valid JSON
            <html></html>                          | expected the shard index, found a web page
            """)
    void refusesAnIndexThatIsWrong(String index, String expected) throws IOException {
        put(INDEX, index);

        assertRefused(expected);
    }

    @Test
    void skipsWhatElseAnIndexHolds() throws IOException {
        weights("s", "a");
        put(INDEX, "{\"metadata\": {\"x\": [[1], {}]}, \"weight_map\": {\"a\": \"s\"}, \"y\": null, \"z\": []}");

        assertThat(CheckpointDirectory.open(folder).tensors()).containsOnlyKeys("a");

        put(INDEX, "{\"metadata\": [" + "1,".repeat(10_000) + "1], \"weight_map\": {\"a\": \"s\"}}");
        assertRefused("metadata of the shard index has more than 10000 entries");
    }

    @Test
    void refusesAConfigThatIsNone() throws IOException {
        weights("model.safetensors", "a");
        put("config.json", "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 665\n");
        assertRefused("expected the config, found a git-LFS pointer (the file itself has 665 bytes)");
        put("config.json", "<!DOCTYPE html>\n<html>");
        assertRefused("expected the config, found a web page");
        put("config.json", "[1]");
        assertRefused("the config must be a JSON object, found array");
        put("config.json", "{\"n_layer\": NULL}");
        assertRefused("the config is not valid JSON");
        put("config.json", "");
        assertRefused("found an empty file");
        put("config.json", " ".repeat(4_000_001));
        assertRefused("the config has 4000001 bytes; at most 4000000 are believed");
        Files.delete(folder.resolve("config.json"));
        assertRefused("no config.json in this directory");
    }

    @Test
    void refusesWhatIsNoDirectory() throws IOException {
        assertThatThrownBy(() -> CheckpointDirectory.open(folder.resolve("absent")))
                .isInstanceOf(Problem.class)
                .hasMessage(
                        "%s: no such directory; expected one with config.json and model.safetensors.",
                        folder.resolve("absent"));
        assertThatThrownBy(() -> CheckpointDirectory.open(folder.resolve("config.json")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("expected a directory with config.json and model.safetensors, found a file");
    }

    @Test
    void readsTheConfigOfADirectoryWithoutWeights() {
        assertThat(CheckpointDirectory.readConfig(folder).get("model_type").textValue())
                .isEqualTo("gpt2");
        assertRefused("no weights in this directory; expected model.safetensors");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            pytorch_model.bin                  | expected a file of torch.save, found something else
            pytorch_model-00001-of-00002.bin   | shards without pytorch_model.bin.index.json (pytorch_model-00001-of-00002.bin)
            model.ckpt                         | of PyTorch's files only pytorch_model.bin is read, or its index with shards; found model.ckpt
            tf_model.h5                        | weights only for TensorFlow, Flax or another framework (tf_model.h5)
            flax_model.msgpack                 | from_flax=True
            adapter_model.safetensors          | holds an adapter (adapter_model), no whole model
            model-00001-of-00002.safetensors   | shards without model.safetensors.index.json (model-00001-of-00002.safetensors)
            model.fp16.safetensors             | found model.fp16.safetensors. If that is the model, rename it
            model.q4.gguf                      | found model.q4.gguf. Give the .gguf file itself as the model
            model.safetensors.incomplete       | an unfinished download (model.safetensors.incomplete)
            training_args.bin                  | no weights in this directory
            """)
    void explainsADirectoryWithoutSafetensors(String file, String expected) throws IOException {
        put(file, "x");

        assertRefused(expected);
    }

    @Test
    void refusesAFileWithoutTensors() {
        weights("model.safetensors");

        assertRefused("the file holds no tensors");
    }

    private void assertRefused(String expected) {
        assertThatThrownBy(() -> CheckpointDirectory.open(folder))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith(folder.toString())
                .hasMessageContaining(expected)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSizeLessThanOrEqualTo(2));
    }

    private void put(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private void weights(String file, String... names) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String name : names) {
            writer.tensor(name, StoredType.F32, 1);
        }
        writer.write(folder.resolve(file));
    }

    private void index(String... tensorsAndShards) throws IOException {
        var map = org.consensusprobe.common.StrictJson.mapper().createObjectNode();
        for (int i = 0; i < tensorsAndShards.length; i += 2) {
            map.put(tensorsAndShards[i], tensorsAndShards[i + 1]);
        }
        put(INDEX, "{\"metadata\": {\"total_size\": 12}, \"weight_map\": " + map + "}");
    }
}
