package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.gguf.GgmlType;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged GGUF files either open or are refused, as {@link CheckpointFuzzTest} asks of other files.
 *
 * <p>20 000 inputs in a normal test run. A million, and with other inputs each time:
 *
 * <pre>mvn -pl probe test -Dtest=GgufFuzzTest -Dconsensus.fuzz.tries=1000000 -Dconsensus.fuzz.seed=$RANDOM</pre>
 */
class GgufFuzzTest {
    private static final int TRIES = Integer.getInteger("consensus.fuzz.tries", 20_000);
    private static final long SEED = Long.getLong("consensus.fuzz.seed", 42);

    private static final long[] NUMBERS = {
        0,
        1,
        2,
        3,
        4,
        8,
        9,
        13,
        31,
        32,
        48,
        64,
        255,
        256,
        1 << 20,
        250_000,
        Integer.MAX_VALUE,
        1L << 31,
        0xffffffffL,
        1_000_000_000,
        1L << 40,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -32
    };

    @TempDir
    Path folder;

    private static GgufWriter valid() {
        return new GgufWriter()
                .text("general.architecture", "llama")
                .uint32("llama.block_count", 1)
                .uint32("llama.context_length", 16)
                .uint32("llama.embedding_length", 32)
                .uint32("llama.feed_forward_length", 32)
                .uint32("llama.attention.head_count", 2)
                .uint32("llama.attention.head_count_kv", 1)
                .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .uint32("general.alignment", 32)
                .texts("tokenizer.ggml.tokens", List.of("a", "b", "é"))
                .int32s("tokenizer.ggml.token_type", List.of(1, 1, 3))
                .bool("tokenizer.ggml.add_bos_token", false)
                .zeros("token_embd.weight", GgmlType.Q8_0, 3, 32)
                .zeros("blk.0.attn_q.weight", GgmlType.Q4_0, 32, 32)
                .zeros("blk.0.attn_k.weight", GgmlType.F16, 16, 32)
                .zeros("output_norm.weight", GgmlType.F32, 32)
                .floats("rope_freqs.weight", new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 8);
    }

    @Test
    void damagedFiles() throws IOException {
        damage("model.gguf", valid().bytes(), TRIES, () -> open(folder.resolve("model.gguf")));
    }

    /** Of every architecture there are files; what is in them has been made by llama.cpp's own converter. */
    @Test
    void damagedFilesOfEveryArchitecture() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(Reference.gguf("families"))) {
            files = all.filter(path -> path.toString().endsWith(".gguf"))
                    .sorted()
                    .toList();
        }
        for (Path each : files) {
            String name = each.getFileName().toString();
            damage(name, Files.readAllBytes(each), TRIES / 200, () -> GgufCheckpoint.open(folder.resolve(name)));
        }
    }

    private void damage(String name, byte[] whole, int tries, Runnable open) throws IOException {
        Path file = folder.resolve(name);
        int header = header(whole, file);
        Fuzz fuzz = new Fuzz(SEED, tries);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            fuzz.run(
                    name,
                    seed -> damaged(whole, header, new SplittableRandom(seed)),
                    input -> {
                        channel.write(ByteBuffer.wrap(input), 0);
                        channel.truncate(input.length);
                    },
                    open::run);
        }
    }

    private static void open(Path file) {
        GgufCheckpoint checkpoint = GgufCheckpoint.open(file);
        long size = file.toFile().length();
        assertThat(checkpoint.tensors().values()).allMatch(t -> t.offset() + t.bytes() <= size);
        assertThat(checkpoint.config().path("hidden_size").asLong()).isPositive();
    }

    /** Where the data begins: before it, damage is seen. */
    private static int header(byte[] whole, Path file) throws IOException {
        Files.write(file, whole);
        return (int) GgufFile.read(file).tensors().values().iterator().next().offset();
    }

    private static byte[] damaged(byte[] whole, int header, SplittableRandom random) {
        byte[] bytes = whole.clone();
        int rounds = 1 + random.nextInt(3);
        for (int i = 0; i < rounds; i++) {
            int at = random.nextInt(header - 8);
            long number = NUMBERS[random.nextInt(NUMBERS.length)];
            ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            switch (random.nextInt(7)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> b.putInt(at, (int) number);
                case 3 -> b.putLong(at, number);
                case 4 -> b.putLong(at, b.getLong(at) + random.nextInt(-9, 10));
                case 5 -> System.arraycopy(whole, at, bytes, random.nextInt(header), 8);
                default -> {
                    int from = random.nextInt(header);
                    int count = random.nextInt(Math.min(64, header - Math.max(at, from)));
                    System.arraycopy(whole, from, bytes, at, count);
                }
            }
        }
        return random.nextInt(8) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 40)) : bytes;
    }
}
