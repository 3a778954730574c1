package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files of {@code torch.save} either open or are refused, as {@link CheckpointFuzzTest} asks of other files.
 *
 * <p>30 000 inputs in a normal test run. A million, and with other inputs each time:
 *
 * <pre>mvn -pl probe test -Dtest=TorchFileFuzzTest -Dconsensus.fuzz.tries=1000000 -Dconsensus.fuzz.seed=$RANDOM</pre>
 */
@Tag("slow")
class TorchFileFuzzTest {
    private static final int TRIES = Integer.getInteger("consensus.fuzz.tries", 30_000);
    private static final long SEED = Long.getLong("consensus.fuzz.seed", 42);

    /** Opcodes, among them those that are refused, and bytes of lengths. */
    private static final byte[] OPCODES =
            bytes("().01RQbthjqrsuaeld}]NXJKMGciopPSVFIL\u0080\u0081\u0082\u0085\u0086\u0087\u0088"
                    + "\u0089\u008a\u008b\u008c\u008d\u008e\u0090\u0093\u0094\u0095\u0000\u0001\u007f\u00ff");

    private static final List<byte[]> FRAGMENTS = List.of(
            bytes("cposix\nsystem\n"),
            bytes("ctorch\nBoolStorage\n"),
            bytes("ctorch\nSize\n"),
            bytes("ctorch._utils\n_rebuild_tensor_v3\n"),
            bytes("\u008a\u0008\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f"),
            bytes("J\u00ff\u00ff\u00ff\u007f"),
            bytes("X\u00ff\u00ff\u00ff\u00ff"),
            bytes("X\u0001\u0000\u0000\u0000a"),
            bytes("K\u0000K\u0004\u0086"),
            bytes("}}}}}}}}"));

    @TempDir
    Path folder;

    private static byte[] valid() {
        TorchWriter writer = new TorchWriter();
        String shared = writer.storage(new byte[48]);
        return writer.tensor("a", StoredType.F32, shared, 0, List.of(3L, 4L), List.of(4L, 1L))
                .tensor("b", StoredType.F32, shared, 1, List.of(2L, 3L), List.of(1L, 4L))
                .tensor("c", StoredType.BF16, List.of(3L), new byte[6])
                .bytes();
    }

    @Test
    void damagedFiles() throws IOException {
        Path file = folder.resolve("pytorch_model.bin");
        byte[] whole = valid();
        int pickle = new String(whole, StandardCharsets.ISO_8859_1).indexOf("\u0080\u0002c");
        int end = new String(whole, StandardCharsets.ISO_8859_1).indexOf("u.PK") + 2;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            new Fuzz(SEED, TRIES)
                    .run(
                            "pytorch_model.bin",
                            seed -> damaged(whole, pickle, end, new SplittableRandom(seed)),
                            input -> {
                                channel.write(ByteBuffer.wrap(input), 0);
                                channel.truncate(input.length);
                            },
                            () -> open(file));
        }
    }

    private static void open(Path file) {
        Map<String, StoredTensor> tensors = WeightFormat.TORCH.read(file);
        long size = file.toFile().length();
        assertThat(tensors.values()).allMatch(t -> t.offset() >= 0 && t.offset() + t.bytes() <= size);
    }

    private static byte[] damaged(byte[] whole, int pickle, int end, SplittableRandom random) {
        byte[] bytes = whole.clone();
        boolean inPickle = random.nextInt(3) > 0;
        int from = inPickle ? pickle : random.nextBoolean() ? end : 0;
        int to = inPickle ? end : whole.length;
        int rounds = 1 + random.nextInt(3);
        for (int i = 0; i < rounds; i++) {
            int at = from + random.nextInt(to - from);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2, 3 -> bytes[at] = OPCODES[random.nextInt(OPCODES.length)];
                case 4 -> {
                    byte[] fragment = FRAGMENTS.get(random.nextInt(FRAGMENTS.size()));
                    System.arraycopy(fragment, 0, bytes, at, Math.min(fragment.length, to - at));
                }
                default -> {
                    int source = from + random.nextInt(to - from);
                    int count = random.nextInt(Math.min(64, to - Math.max(at, source)) + 1);
                    System.arraycopy(whole, source, bytes, at, count);
                }
            }
        }
        return random.nextInt(16) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 40)) : bytes;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
