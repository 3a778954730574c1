package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged checkpoints either open or are refused with a {@link Problem}: no other exception, no overflowing stack, in
 * bounded time and with memory in proportion to the input.
 *
 * <p>50 000 inputs in a normal test run. A million, and with other inputs each time:
 *
 * <pre>mvn -pl probe test -Dtest=CheckpointFuzzTest -Dconsensus.fuzz.tries=1000000 -Dconsensus.fuzz.seed=$RANDOM</pre>
 *
 * A failure names the input and the seed with which it comes first.
 */
@Tag("slow")
class CheckpointFuzzTest {
    private static final int TRIES = Integer.getInteger("consensus.fuzz.tries", 50_000);
    private static final long SEED = Long.getLong("consensus.fuzz.seed", 42);

    private static final Mutator.Document HEADER = Mutator.Document.of(header());
    private static final Mutator.Document INDEX = Mutator.Document.of(
            """
            {"metadata": {"total_size": 16, "parts": [1, {"a": null}]}, "weight_map": {
              "wte.weight": "one.safetensors", "h.0.ln_1.weight": "one.safetensors",
              "h.0.ln_1.bias": "two.safetensors", "h.1.attn.c_attn.weight": "two.safetensors"}}
            """);
    private static final Mutator.Document CONFIG = Mutator.Document.of(
            """
            {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 12, "n_embd": 768, "n_inner": null,
             "layer_norm_epsilon": 1e-05, "scale_attn_weights": true, "activation_function": "gelu_new",
             "attention_types": [[["global", "local"], 2]], "id2label": {"0": "LABEL_0"},
             "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default", "factors": [1.0, 2]}}
            """);

    @TempDir
    Path folder;

    private final SplittableRandom choice = new SplittableRandom(SEED);
    private int asked;
    private int answered;

    @BeforeEach
    void shards() throws IOException {
        new SafetensorsWriter()
                .tensor("wte.weight", StoredType.F32, 1)
                .tensor("h.0.ln_1.weight", StoredType.F32, 1)
                .write(folder.resolve("one.safetensors"));
        new SafetensorsWriter()
                .tensor("h.0.ln_1.bias", StoredType.F32, 1)
                .tensor("h.1.attn.c_attn.weight", StoredType.F32, 1)
                .write(folder.resolve("two.safetensors"));
    }

    @Test
    void safetensorsHeaders() {
        Path file = folder.resolve("model.safetensors");
        fuzz(file, mutator -> mutator.safetensors(HEADER, 118), this::openSafetensors);
    }

    @Test
    void shardIndexes() {
        Path file = folder.resolve("model.safetensors.index.json");
        fuzz(file, mutator -> mutator.json(INDEX), path -> {
            ShardIndex index = ShardIndex.read(path);
            assertThat(index.shardOf().values()).noneMatch(name -> name.contains("/") || name.equals(".."));
            Map<String, StoredTensor> tensors = index.openShards(folder);
            assertThat(tensors).isNotEmpty();
            Set<String> lost = new HashSet<>(index.shardOf().keySet());
            lost.removeAll(tensors.keySet());
            assertThat(index.whyMissing(folder, lost).isPresent()).isEqualTo(!lost.isEmpty());
            index.whyMissing(folder, lost).ifPresent(Fuzz::requireReadable);
            assertThat(tensors.values()).allMatch(t -> folder.equals(t.file().getParent()));
        });
    }

    @Test
    void configs() {
        Path file = folder.resolve("config.json");
        fuzz(file, mutator -> mutator.json(CONFIG), path -> {
            JsonNode config = CheckpointDirectory.readConfig(folder);
            ask(JsonFields.of(config, path));
        });
        assertThat(answered).as("answers to %d questions", asked).isBetween(asked / 10, asked * 9 / 10);
    }

    private void openSafetensors(Path path) {
        SafetensorsFile read = SafetensorsFile.read(path);
        long data =
                read.tensors().values().stream().mapToLong(StoredTensor::bytes).sum();
        long size = path.toFile().length();
        assertThat(read.tensors().values()).allMatch(t -> t.offset() + t.bytes() <= size);
        long first = read.tensors().values().stream()
                .mapToLong(StoredTensor::offset)
                .min()
                .orElse(size);
        assertThat(first + data).isEqualTo(size);
    }

    /** Any accessor on a third of the keys: each answers or refuses. */
    private void ask(JsonFields fields) {
        for (String key : List.copyOf(fields.unread())) {
            if (choice.nextInt(3) > 0) {
                continue;
            }
            List<Runnable> questions = List.of(
                    () -> fields.positiveInt(key, 1000),
                    () -> fields.optionalPositiveInt(key, 1000),
                    () -> fields.number(key),
                    () -> fields.positiveNumberOr(key, 1),
                    () -> fields.bool(key),
                    () -> fields.optionalText(key),
                    () -> fields.texts(key),
                    () -> fields.integers(key, 0, 9),
                    () -> fields.implementedOnly(key, "gpt2", 1, null),
                    () -> fields.object(key).ifPresent(this::ask));
            answersOrRefuses(questions.get(choice.nextInt(questions.size())));
        }
    }

    private void answersOrRefuses(Runnable question) {
        asked++;
        try {
            question.run();
            answered++;
        } catch (Problem e) {
            Fuzz.requireReadable(e);
        }
    }

    /** A third of the tries each, so that the three tests together make {@link #TRIES}. */
    private void fuzz(Path file, Function<Mutator, byte[]> inputs, Consumer<Path> open) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            new Fuzz(SEED, (TRIES + 2) / 3)
                    .run(
                            file.getFileName().toString(),
                            seed -> inputs.apply(new Mutator(new SplittableRandom(seed))),
                            input -> overwrite(channel, input),
                            () -> open.accept(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Not by truncating and writing anew, which some file systems answer with a flush to the disk. */
    private static void overwrite(FileChannel channel, byte[] content) throws IOException {
        channel.write(ByteBuffer.wrap(content), 0);
        channel.truncate(content.length);
    }

    private static String header() {
        byte[] file = new SafetensorsWriter()
                .metadata("format", "pt")
                .metadata("source", "a test")
                .tensor("wte.weight", StoredType.F32, 5, 3)
                .tensor("h.0.attn.bias", StoredType.U8, 1, 1, 2, 2)
                .tensor("scale", StoredType.BF16)
                .tensor("none", StoredType.F16, 0, 7)
                .tensor("h.1.ln_1.weight", StoredType.F64, 6)
                .tensor("ids", StoredType.I16, 2)
                .bytes();
        return new String(file, 8, file.length - 8 - 118, java.nio.charset.StandardCharsets.UTF_8);
    }
}
