package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.weights.CheckpointEditor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user may get wrong, and what the program says: exit code 2, a line or two, and nothing left behind. */
class WrongInputTest {
    @TempDir
    Path folder;

    private Path model;
    private Path out;

    @BeforeEach
    void copyAModel() {
        model = editor().write(folder.resolve("model"));
        out = folder.resolve("out");
    }

    private static CheckpointEditor editor() {
        return CheckpointEditor.read(Reference.folder("tiny-gpt2"));
    }

    private CommandResult run(String... more) {
        List<String> args = new ArrayList<>(List.of("run", "--offline", "--out", out.toString()));
        if (!Arrays.asList(more).contains("--model")) {
            args.addAll(List.of("--model", model.toString()));
        }
        if (!Arrays.asList(more).contains("--passes")) {
            args.addAll(List.of("--passes", "2"));
        }
        if (!Arrays.asList(more).contains("--prompts")) {
            args.addAll(List.of("--prompts", "random:2x8"));
        }
        args.addAll(List.of(more));
        return CommandResult.of(args.toArray(String[]::new));
    }

    private void assertRefused(CommandResult result, String... texts) {
        result.refused(2, texts);
        assertThat(result.out()).isEmpty();
        assertThat(out).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            --dtype float8            | --dtype float8: expected one of float64, float32, bfloat16, float16.
            --dtype int64             | --dtype int64: expected one of
            --device gpu              | --device gpu: expected auto, cpu, cuda, cuda:0 (or another index) or mps.
            --device cuda:            | --device cuda:: expected
            --weights trainned        | --weights trainned: expected one of trained, shuffled, random, random-each-pass.
            --prompts paperr          | Prompts 'paperr': unknown form; expected paper, random:COUNTxLENGTH[@SEED], FILE.json, FILE.jsonl, FILE.txt.
            --prompts random:0x8      | Random prompts: count and length must be at least 1, found 0x8.
            --prompts random:2x8@     | random:2x8@
            --prompts random:2x65     | have 65 tokens each; model has a context of 64.
            --prompts paper           | have 200 tokens each; model has a context of 64.
            --prompts absent.json     | absent.json
            --limit-prompts 0         | --limit-prompts
            --passes 0                | --passes 0: expected an integer from 1 to 1000000.
            --passes many             | --passes many: expected an integer from 1 to 1000000.
            --seed -1                 | --seed -1: expected an integer from 0.
            --chunk 0                 | --chunk 0: expected an integer from 1 to 16777216.
            --threads 0               | --threads 0: expected an integer from 1 to 4096.
            --threads 5000            | --threads 5000: expected an integer from 1 to 4096.
            --memory lots             | --memory lots: expected a size such as 4g or 900m.
            --memory 0                | --memory 0: expected a size such as 4g or 900m.
            --memory 100m             | The run needs about
            --memory 100m             | a smaller --chunk, or raise --memory.
            --dtype float16           | float16 products on a CPU are some 100 times slower
            --dtype float16           | Use --dtype bfloat16 (half the memory) or float32 on the CPU, or --device cuda.
            --tokenizer absent.json   | --tokenizer absent.json: no such file; expected a tokenizer.json.
            --no-feedforward          | Unknown option: '--no-feedforward'
            --measure mean            | Unknown option
            --modle gpt2              | did you mean --model?
            surplus                   | Unmatched argument
            --device mps              | --device mps: this machine has no Apple GPU
            --device cuda:7           | --device cuda:7:
            """)
    void anOption(String options, String expected) {
        String[] more = options.split(" ");
        if (more[0].equals("--device") && more[1].equals("mps") && onMac()) {
            return;
        }

        assertRefused(run(more), expected);
    }

    private static boolean onMac() {
        return System.getProperty("os.name").startsWith("Mac");
    }

    /** What a config of today may ask for: keys of the top, or of its rope_parameters. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            rope_type=proportional    | rope_parameters.rope_type must be one of default, linear, dynamic, llama3, yarn, longrope
            rope_type=llama3          | rope_parameters.factor is missing
            rope_type=longrope        | rope_parameters.short_factor is missing; expected a list
            partial_rotary_factor=0.5 | rope_parameters.partial_rotary_factor is 0.5; only 1 is implemented.
            full_attention={}         | rope_parameters.full_attention is an object of 0; only null is implemented.
            num_key_value_heads=3     | num_key_value_heads must be a divisor of num_attention_heads, 4, found 3.
            num_key_value_heads=4     | of another shape: 3 x model.layers.N.self_attn.k_proj.weight
            head_dim=11               | head_dim: heads of 11 entries have no halves for rotary positions to turn
            num_hidden_layers=4       | 9 missing.
            attention_bias=true       | missing: 3 x model.layers.N.self_attn.q_proj.bias
            hidden_act=mish           | hidden_act: the activation "mish" is not implemented
            quantization_config={}    | quantization_config.quant_method is "", which is not read
            text_config={"model_type":"llama"} | Its text part is a llama: save that alone
            text_config={"model_type":"x"}     | Its text part, x, is not known either; known: albert,
            text_config={"model_type":"x","model_type_of_the_whole":"llava"} | text_config.model_type: "x" is not known
            text_config={"model_type":"llava","model_type_of_the_whole":"llava"} | text_config.model_type must be that of a model of text
            """)
    void aConfigOfARotaryDecoder(String field, String expected) throws IOException {
        Path llama = CheckpointEditor.read(Reference.folder("tiny-llama")).write(folder.resolve("llama"));
        ObjectNode config = (ObjectNode) StrictJson.readObject(llama.resolve("config.json"), 1 << 20, "config");
        String key = field.substring(0, field.indexOf('='));
        String value = field.substring(field.indexOf('=') + 1);
        boolean rope =
                List.of("rope_type", "partial_rotary_factor", "full_attention").contains(key);
        ObjectNode target = rope ? (ObjectNode) config.get("rope_parameters") : config;
        if (value.matches("[a-z].*") && !value.equals("true")) {
            target.put(key, value.strip());
        } else {
            target.set(key, StrictJson.mapper().readTree(value));
        }
        if (key.equals("text_config")) {
            config.put(
                    "model_type",
                    config.path("text_config").path("model_type_of_the_whole").asText("some_vlm"));
        }
        Files.writeString(llama.resolve("config.json"), config.toString());

        assertRefused(run("--model", llama.toString()), expected);
    }

    @Test
    void theCommandLineItself() {
        CommandResult.of().refused(2, "No command given.", "--help");
        CommandResult.of("runn").refused(2, "runn");
        CommandResult.of("run").refused(2, "Missing required option: '--model");
        CommandResult.of("run", "--model").refused(2, "--model");
        CommandResult.of("run", "--model", "").refused(2, "--model : it is empty; expected an alias");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            gpt2-xxl       | gpt2-xl
            gpt-neo-2.7    | gpt-neo-2.7b
            /no/such/place | /no/such/place: no such directory or .gguf file; expected one with config.json and safetensors.
            ./here         | no such directory
            """)
    void anUnknownModel(String name, String expected) {
        assertRefused(run("--model", name), expected);
    }

    @Test
    void aFileInPlaceOfADirectory() {
        Path file = model.resolve("model.safetensors");
        assertRefused(run("--model", file.toString()), file.toString(), "directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"trained", "shuffled"})
    void missingFiles(String weights) throws IOException {
        Files.delete(model.resolve("model.safetensors"));
        assertRefused(run("--weights", weights), "no weights in this directory; expected model.safetensors");
        Files.delete(model.resolve("config.json"));
        assertRefused(run("--weights", weights), "no config.json in this directory");
    }

    @Test
    void drawnWeightsNeedNoMoreThanAConfig() throws IOException {
        Files.delete(model.resolve("model.safetensors"));
        run("--weights", "random").succeeded();
    }

    @Test
    void missingUnexpectedAndMisshapenTensors() {
        assertTensors(
                editor().without("transformer.h.1.attn.c_attn.bias"), "1 missing", "transformer.h.1.attn.c_attn.bias");
        assertTensors(
                editor().withZeros("transformer.h.3.ln_1.weight", 48), "1 unexpected", "transformer.h.3.ln_1.weight");
        assertTensors(editor().withZeros("extra.weight", 2, 48), "1 unexpected", "extra.weight");
        assertTensors(
                editor().reshaped("transformer.h.0.attn.c_attn.weight", 144, 48),
                "1 of another shape",
                "transformer.h.0.attn.c_attn.weight: expected [48, 144], found [144, 48]");
        assertTensors(
                editor().retyped("transformer.wpe.weight", "I32"),
                "1 of a type that is no weight (F64, F32, F16, BF16)",
                "transformer.wpe.weight: found I32");
        assertTensors(
                editor().renamed(n -> n.startsWith("transformer.h") ? n.substring("transformer.".length()) : n),
                "tensor names carry different prefixes");
    }

    private void assertTensors(CheckpointEditor edited, String... texts) {
        assertRefused(run("--model", edited.write(model).toString()), texts);
    }

    @Test
    void aMissingShardAndAMissingIndex() throws IOException {
        Path sharded = editor().writeShards(folder.resolve("sharded"), 3);
        Files.delete(sharded.resolve("model-00002-of-00003.safetensors"));
        assertRefused(run("--model", sharded.toString()), "model-00002-of-00003.safetensors", "missing");
        Files.delete(sharded.resolve("model.safetensors.index.json"));
        assertRefused(run("--model", sharded.toString()), "shards without model.safetensors.index.json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            model_type                       | "llama5"          | model_type "llama5" is not known; known: albert,
            model_type                       | null              | no model_type; expected one of albert,
            n_head                           | 5                 | n_head
            n_head                           | "4"               | n_head
            n_embd                           | 0                 | n_embd
            n_layer                          | -1                | n_layer
            n_layer                          | 2                 | unexpected
            n_layer                          | 4                 | 12 missing
            vocab_size                       | 210               | transformer.wte.weight: expected [210, 48], found [211, 48]
            vocab_size                       | 1e99              | vocab_size
            n_inner                          | 100               | expected [48, 100], found [48, 192]
            activation_function              | "gelu_7"          | the activation "gelu_7" is not implemented; known: gelu, gelu_accurate
            layer_norm_epsilon               | 0                 | layer_norm_epsilon
            layer_norm_epsilon               | "small"           | layer_norm_epsilon
            scale_attn_weights               | 1                 | scale_attn_weights
            add_cross_attention              | true              | add_cross_attention
            quantization_config              | {"bits": 4}       | quantization_config
            """)
    void aConfigThatDoesNotFit(String key, String value, String expected) throws IOException {
        Path config = model.resolve("config.json");
        ObjectNode json = (ObjectNode) StrictJson.readObject(config, 1 << 20, "config");
        json.set(key, StrictJson.mapper().readTree(value));
        Files.writeString(config, json.toString());

        assertRefused(run(), model.toString(), expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            attention_types                  | [[["global"], 3]]              | kinds for num_layers = 4 layers
            attention_types                  | [[["global", "sparse"], 2]]    | made of "global" and "local"
            attention_types                  | [["global", 4]]                | pairs of a list of kinds and a count
            attention_types                  | [[["global"], 1000000000]]     | kinds for num_layers = 4 layers
            attention_types                  | [[[], 1000000000]]             | pairs of a list of kinds and a count
            attention_layers                 | ["local","local","local","local"] | the expansion of attention_types
            window_size                      | 0                              | window_size
            num_heads                        | 7                              | num_heads
            """)
    void aGptNeoConfigThatDoesNotFit(String key, String value, String expected) throws IOException {
        CheckpointEditor.read(Reference.folder("tiny-gpt-neo")).write(model);

        aConfigThatDoesNotFit(key, value, expected);
    }

    @Test
    void aDamagedFile() throws IOException {
        Path file = model.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 100));
        assertRefused(run(), file.toString(), "truncated: 100 bytes are missing");
        Files.write(file, Arrays.copyOf(whole, 1000));
        assertRefused(run(), file.toString(), "ends", "before its header does");
        Files.write(file, Arrays.copyOf(whole, 5));
        assertRefused(run(), file.toString(), "5 bytes");
        Files.write(file, new byte[0]);
        assertRefused(run(), file.toString(), "an empty file");
        try (RandomAccessFile longer = new RandomAccessFile(file.toFile(), "rw")) {
            longer.write(whole);
            longer.write(new byte[3]);
        }
        assertRefused(run(), file.toString(), "3 bytes follow the last tensor");
        byte[] headerTooLong = whole.clone();
        ByteBuffer.wrap(headerTooLong).order(ByteOrder.LITTLE_ENDIAN).putLong(0, whole.length);
        Files.write(file, headerTooLong);
        assertRefused(run(), file.toString(), "header");
        ByteBuffer.wrap(headerTooLong).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Long.MAX_VALUE);
        Files.write(file, headerTooLong);
        assertRefused(run(), file.toString(), "9223372036854775807 bytes");
    }

    @Test
    void offsetsThatOverlapOrLeaveTheFile() throws IOException {
        String name = "transformer.ln_f.weight";
        replaceInHeader(name, offsets -> new long[] {offsets[0] - 4, offsets[1] - 4});
        assertRefused(run(), name, "overlaps are not allowed");
        editor().write(model);
        replaceInHeader(name, offsets -> new long[] {offsets[0], offsets[1] + 4_000_000});
        assertRefused(run(), name);
        editor().write(model);
        replaceInHeader(name, offsets -> new long[] {-192, 0});
        assertRefused(run(), name);
    }

    private void replaceInHeader(String name, java.util.function.UnaryOperator<long[]> change) throws IOException {
        Path file = model.resolve("model.safetensors");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) bytes.getLong(0);
        ObjectNode header =
                (ObjectNode) StrictJson.mapper().readTree(new String(bytes.array(), 8, length, StandardCharsets.UTF_8));
        var offsets = header.get(name).get("data_offsets");
        long[] changed =
                change.apply(new long[] {offsets.get(0).asLong(), offsets.get(1).asLong()});
        header.withObject("/" + name).putArray("data_offsets").add(changed[0]).add(changed[1]);
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer edited = ByteBuffer.allocate(bytes.capacity() - length + json.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(bytes.array(), 8 + length, bytes.capacity() - 8 - length);
        Files.write(file, edited.array());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            version https://git-lfs.github.com/spec/v1~oid sha256:ab~size 396208~ | a git-LFS pointer (the file itself has 396208 bytes)
            <!DOCTYPE html><html><head><title>Sign in</title></head></html>       | a web page
            {"error": "Invalid username or password."}                            | JSON text, perhaps a server's answer
            """)
    void somethingElseInPlaceOfWeights(String content, String expected) throws IOException {
        Files.writeString(model.resolve("model.safetensors"), content.replace('~', '\n'));

        assertRefused(run(), model.resolve("model.safetensors").toString(), expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"transformer.h.2.attn.c_attn.weight", "transformer.h.2.mlp.c_fc.weight", "transformer.ln_f.bias"
            })
    void weightsThatAreNotANumber(String name) {
        for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            editor().withValue(name, 7, value).write(model);
            CommandResult result = run("--force");
            result.refused(2, model.resolve("model.safetensors").toString(), name, "NaN or infinite");
        }
    }

    @Test
    void activationsThatOverflow() throws IOException {
        editor().filled("transformer.h.1.mlp.c_proj.weight", 3e38f).write(model);

        run().refused(
                        1,
                        "depth 2 (layer 1 of pass 1): the error of prompt 1 is not a number: activations are NaN or infinite.");

        assertThat(Files.readString(out.resolve("manifest.json"))).contains("\"failed\"", "layer 1 of pass 1");
        try (Stream<Path> files = Files.list(out)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .contains("manifest.json")
                    .doesNotContain("error.npy", "curve.csv")
                    .noneMatch(n -> n.endsWith(".partial"));
        }
        run("--force", "--dtype", "float64").succeeded();
    }

    @Test
    void aTokenWithoutDirection() {
        editor().filled("transformer.wte.weight", 0)
                .filled("transformer.wpe.weight", 0)
                .write(model);

        CommandResult all = run().succeeded();
        assertThat(all.err())
                .containsOnlyOnce("warning: prompt 1, token 1 (id ")
                .contains("more tokens, in ");

        // a block makes zeros of what was something
        editor().filled("transformer.h.0.attn.c_proj.weight", 0)
                .filled("transformer.h.0.attn.c_proj.bias", 0)
                .write(model);
        run("--force", "--no-skip", "--no-feed-forward")
                .refused(1, "layer 0 of pass 1", "a token became the zero vector, which has no direction");
    }

    @Test
    void anOutputDirectoryThatIsTaken() throws IOException {
        Files.createDirectory(out);
        Files.writeString(out.resolve("thesis.tex"), "mine");
        run().refused(2, out + ": not empty (it holds thesis.tex).", "--out", "--force");
        assertThat(out.resolve("thesis.tex")).hasContent("mine");

        Path file = Files.writeString(folder.resolve("file"), "mine");
        CommandResult.of("run", "--model", model.toString(), "--prompts", "random:1x2", "--out", file.toString())
                .refused(2, file + ": cannot be a run directory");
        CommandResult.of("run", "--model", model.toString(), "--prompts", "random:1x2", "--out", file + "/below")
                .refused(2, file.toString(), "is not a directory");
        assertThat(file).hasContent("mine");
    }

    @Test
    void trainedWeightsOfAnAliasWithoutFiles() {
        assertRefused(run("--model", "gpt2-xl"), "openai-community/gpt2-xl", "consensus models pull");
        assertRefused(
                run("--model", "gpt-neo-2.7b", "--weights", "shuffled"),
                "EleutherAI/gpt-neo-2.7B",
                "is not in the cache");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            [[1, 2], [3, 211]]   | token 2 is 211; the vocabulary of model has ids 0 to 210.
            [[-1]]               | token 1 is -1; the vocabulary of model has ids 0 to 210.
            [[1], []]            | the prompt is empty; expected at least one token.
            []                   | the file has no prompts.
            [[1.5]]              | prompts.json
            [["a"]]              | prompts.json
            ["some text"]        | is text, and model has no tokenizer. Name one with --tokenizer FILE
            {"ids": [1]}         | prompts.json
            [[1, 2]              | prompts.json
            """)
    void promptsThatDoNotFit(String content, String expected) throws IOException {
        Path prompts = Files.writeString(folder.resolve("prompts.json"), content);

        assertRefused(run("--prompts", prompts.toString()), prompts.toString(), expected);
    }

    @Test
    void aPromptLongerThanTheContext() throws IOException {
        Path prompts = Files.writeString(
                folder.resolve("p.jsonl"), "{\"ids\": [1]}\n{\"ids\": " + Arrays.toString(new int[65]) + "}\n");

        assertRefused(
                run("--prompts", prompts.toString()), "65 tokens; model has a context of 64. Shorten the prompt.");
    }

    @Test
    void debugShowsTheStackTrace() {
        CommandResult result = run("--debug", "--dtype", "float8");

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err()).contains("\tat org.consensusprobe").contains("consensus: --dtype float8");
    }
}
