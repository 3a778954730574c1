package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.states.StatesRun;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Values;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Folders of states with a damaged file in them are measured, or refused in a line or two; more inputs with
 * {@code -Dconsensus.fuzz.tries=N}.
 */
@Tag("slow")
class StatesFuzzTest {
    private static final int TRIES = Integer.getInteger("consensus.fuzz.tries", 1000);
    private static final long SEED = Long.getLong("consensus.fuzz.seed", 42);

    /** Of headers: what a number, a shape or a brace may turn into. */
    private static final byte[] CHARACTERS =
            "0123456789{}[]()\"',:<>|fFiuTe.- \n\u0000\u00ff".getBytes(StandardCharsets.ISO_8859_1);

    @TempDir
    Path folder;

    @Test
    void damagedFolders() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        Map<String, byte[]> files = new TreeMap<>();
        for (int depth = 0; depth < 3; depth++) {
            files.put("npy/depth-" + depth + ".npy", npy("(2, 3, 4)", floats(24, random)));
        }
        files.put("npy/attention/depth-1.npy", npy("(2, 1, 3, 3)", thirds(18)));
        files.put(
                "npy/states.json",
                "{\"model\": \"tiny\", \"attention\": \"full\", \"depths\": [\"a\", \"b\", \"c\"]}"
                        .getBytes(StandardCharsets.UTF_8));
        files.put("tensors/states.safetensors", safetensors(random));
        List<Integer> opened = new ArrayList<>();
        Machine machine = Machine.of(Values.NONE);
        Path out = folder.resolve("out");
        String[] names = files.keySet().toArray(String[]::new);
        for (int i = 0; i < TRIES; i++) {
            String damaged = names[random.nextInt(names.length)];
            byte[] content = damage(files.get(damaged), random);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path path = folder.resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.write(path, file.getKey().equals(damaged) ? content : file.getValue());
            }
            Path states = damaged.startsWith("npy") ? folder.resolve("npy") : folder.resolve(damaged);
            String what = "seed " + SEED + ", input " + i + ", " + damaged;
            try (StatesRun run = StatesRun.open(states, Optional.empty(), Optional.empty(), Values.NONE, machine)) {
                assertThat(run.plan().measures()).as(what).isNotEmpty();
                opened.add(i);
            } catch (Problem e) {
                assertThat(e.exitCode()).as(what).isEqualTo(Problem.WRONG_INPUT);
                assertThat(e.getMessage().lines()).as(what).hasSizeBetween(1, 2);
            }
            if (!opened.isEmpty() && opened.size() % 100 == 0) { // what opens can be measured, or says what it holds
                CommandResult result = CommandResult.of(
                        "states", states.toString(), "--measures", "none", "--force", "--out", out.toString());
                assertThat(result.exit()).as(what + ": " + result.err()).isIn(0, 1, 2);
                assertThat(result.err()).as(what).doesNotContain("Exception", "\tat ");
            }
        }
        System.out.println("states: " + TRIES + " damaged folders, " + opened.size() + " opened");
        assertThat(opened).hasSizeBetween(1, TRIES - 1);
    }

    private static byte[] damage(byte[] whole, SplittableRandom random) {
        byte[] bytes = whole.clone();
        int head = Math.min(bytes.length, 200);
        int changes = 1 + random.nextInt(2);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(random.nextInt(4) == 0 ? bytes.length : head);
            bytes[at] = random.nextBoolean()
                    ? CHARACTERS[random.nextInt(CHARACTERS.length)]
                    : (byte) (bytes[at] ^ 1 << random.nextInt(8));
        }
        return random.nextInt(12) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 30)) : bytes;
    }

    private static byte[] npy(String shape, byte[] values) {
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
        String header = text + " ".repeat(117 - text.length()) + "\n";
        return ByteBuffer.allocate(10 + header.length() + values.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
                .putShort((short) header.length())
                .put(header.getBytes(StandardCharsets.US_ASCII))
                .put(values)
                .array();
    }

    private static byte[] safetensors(SplittableRandom random) {
        StringBuilder header = new StringBuilder("{");
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (int depth = 0; depth < 3; depth++) {
            header.append(depth == 0 ? "" : ",")
                    .append("\"hidden_states.%d\":{\"dtype\":\"F32\",\"shape\":[2,3,4],\"data_offsets\":[%d,%d]}"
                            .formatted(depth, 96 * depth, 96 * (depth + 1)));
            data.writeBytes(floats(24, random));
        }
        byte[] json = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data.toByteArray())
                .array();
    }

    private static byte[] floats(int count, SplittableRandom random) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) random.nextDouble());
        }
        return bytes.array();
    }

    /** Rows of attention over three tokens. */
    private static byte[] thirds(int count) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat(1f / 3);
        }
        return bytes.array();
    }
}
