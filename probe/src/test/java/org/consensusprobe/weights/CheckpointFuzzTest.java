package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.BeforeEach;
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
class CheckpointFuzzTest {
    private static final int TRIES = Integer.getInteger("consensus.fuzz.tries", 50_000);
    private static final long SEED = Long.getLong("consensus.fuzz.seed", 42);

    /** Buffers, a stack trace and a message. */
    private static final long FIXED_BYTES = 150_000;

    /** A tree of nodes for the config; fields, maps and strings for the header. */
    private static final long BYTES_PER_INPUT_BYTE = 120;

    private static final long MOST_NANOS = 1_000_000_000;

    /** So many inputs load the classes, whose loading is not measured. */
    private static final int WARM_UP = 500;

    private static final String OPENED = "opened";

    private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** One or two lines without characters that steer a terminal. */
    private static final Pattern READABLE = Pattern.compile("[^\\p{Cc}\\p{Cf}]+(\\R[^\\p{Cc}\\p{Cf}]+)?");

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
            assertThat(tensors.keySet()).isEqualTo(index.shardOf().keySet());
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
                    () -> fields.oneOf(key, List.of("gpt2", "gelu_new")),
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
            requireReadable(e);
        }
    }

    /** A third of the tries each, so that the three tests together make {@link #TRIES}. */
    private void fuzz(Path file, Function<Mutator, byte[]> inputs, Consumer<Path> open) {
        Map<String, Long> outcomes = new TreeMap<>();
        int tries = (TRIES + 2) / 3;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < tries; i++) {
                byte[] input = inputs.apply(new Mutator(new SplittableRandom(SEED + i)));
                overwrite(channel, input);
                try {
                    String outcome = i < WARM_UP ? outcome(file, open) : boundedOutcome(file, open, input.length);
                    outcomes.merge(outcome, 1L, Long::sum);
                } catch (Throwable e) {
                    throw new AssertionError("consensus.fuzz.seed=" + (SEED + i) + ", input " + shown(input), e);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long opened = outcomes.getOrDefault(OPENED, 0L);
        System.out.printf(
                "%s: %d damaged inputs, %d opened, the others refused in %d ways%n",
                file.getFileName(), tries, opened, outcomes.size() - 1);
        requireVariety(tries, opened, outcomes.size());
    }

    /** The property would hold of a reader that refuses everything, and of a mutator that changes nothing. */
    private static void requireVariety(int tries, long opened, int outcomes) {
        if (tries > WARM_UP) {
            assertThat(opened).as("opened").isBetween(tries / 100L, tries * 3L / 4);
            assertThat(outcomes).as("outcomes").isGreaterThanOrEqualTo(4);
        }
    }

    /** Not by truncating and writing anew, which some file systems answer with a flush to the disk. */
    private static void overwrite(FileChannel channel, byte[] content) throws IOException {
        channel.write(ByteBuffer.wrap(content), 0);
        channel.truncate(content.length);
    }

    private String boundedOutcome(Path file, Consumer<Path> open, int inputBytes) {
        long thread = Thread.currentThread().getId();
        long bytesBefore = THREAD.getThreadAllocatedBytes(thread);
        long nanosBefore = THREAD.getCurrentThreadCpuTime();
        String outcome = outcome(file, open);
        long nanos = THREAD.getCurrentThreadCpuTime() - nanosBefore;
        long bytes = THREAD.getThreadAllocatedBytes(thread) - bytesBefore;
        if (bytes > FIXED_BYTES + BYTES_PER_INPUT_BYTE * inputBytes) {
            throw new AssertionError(bytes + " bytes allocated for " + inputBytes + " bytes of input");
        }
        if (nanos > MOST_NANOS) {
            throw new AssertionError(nanos + " ns of processor time for " + inputBytes + " bytes of input");
        }
        return outcome;
    }

    /** {@link #OPENED}, or the check that refused: the lines its problem came through. */
    private static String outcome(Path file, Consumer<Path> open) {
        try {
            open.accept(file);
            return OPENED;
        } catch (Problem e) {
            requireReadable(e);
            return Arrays.stream(e.getStackTrace())
                    .limit(4)
                    .map(frame -> frame.getMethodName() + ":" + frame.getLineNumber())
                    .collect(Collectors.joining(" "));
        }
    }

    private static void requireReadable(Problem problem) {
        String message = problem.getMessage();
        assertThat(READABLE.matcher(message).matches()).as(message).isTrue();
        assertThat(message.length()).as(message).isLessThan(1500);
        assertThat(problem.exitCode()).isEqualTo(Problem.WRONG_INPUT);
    }

    private static String shown(byte[] input) {
        String base64 = Base64.getEncoder().encodeToString(input);
        return base64.length() > 4000 ? base64.substring(0, 4000) + "... (Base64)" : base64 + " (Base64)";
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
