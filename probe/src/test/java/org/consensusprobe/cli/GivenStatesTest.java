package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code consensus states}: what another program made gives what a run gives. */
class GivenStatesTest {
    private static final int LAYERS = 3;
    private static final int PASSES = 2;
    private static final int WIDTH = 48;
    private static final int HEADS = 4;
    private static final int TOKENS = 6;
    private static final String IDS = "[[5, 9, 200, 31, 8, 77], [1, 2, 3], [40, 17, 17, 20, 6]]";

    @TempDir
    Path folder;

    private int made;

    @Test
    void whatARunKeptGivesTheRunsOwnMeasuresBitForBit() throws IOException {
        Path run = run("--measures", "all", "--save-hidden-at", "0-6,pass:1-2", "--save-attention-at", "1-6");
        Path names = Files.writeString(
                folder.resolve("names.json"),
                "{\"model\": \"tiny\", \"passes\": [\"there\", \"back\"], \"attention\": \"causal\", \"prompts\": \"three\","
                        + " \"ids\": " + IDS + "}");
        Path states = states(run, "--names", names.toString());
        RunReader there = RunReader.open(run);
        RunReader here = RunReader.open(states);
        assertThat(states.resolve("error.npy")).hasSameBinaryContentAs(run.resolve("error.npy"));
        assertThat(here.manifest().measures()).hasSizeGreaterThan(60);
        here.manifest().measures().forEach(m -> assertThat(states.resolve("measures/" + m.name() + ".npy"))
                .as(m.name())
                .hasSameBinaryContentAs(run.resolve("measures/" + m.name() + ".npy")));
        assertThat(here.route()).isEqualTo(there.route());
        assertThat(here.manifest().promptsHash()).isEqualTo(there.manifest().promptsHash());
        assertThat(here.depthNames()).hasSize(7).contains("depth 1 of there", "depth 6 of back");
        assertThat(states.resolve("figure.svg")).content().contains("tiny · states of another program");
        assertThat(CommandResult.of("compare", run.toString(), states.toString(), "--out", fresh().toString())
                        .succeeded()
                        .out())
                .contains("paired");
    }

    @Test
    void everyFormOfTheSameStatesGivesTheSameBytes() throws IOException {
        Path run = run("--save-hidden-at", "0-6", "--measures", "none");
        List<NpyArray> arrays = arrays(run);
        double[] all =
                arrays.stream().flatMapToDouble(a -> Arrays.stream(a.values())).toArray();
        Path npy = folder.resolve("hidden.npy");
        Npy.write(npy, all, arrays.size(), 3, TOKENS, WIDTH);
        Path safetensors = Files.write(folder.resolve("hidden.safetensors"), safetensors(arrays));
        for (Path form : List.of(run.resolve("hidden"), npy, safetensors)) {
            assertThat(states(form, "--measures", "none").resolve("error.npy"))
                    .as("%s", form)
                    .hasSameBinaryContentAs(run.resolve("error.npy"));
        }
    }

    @Test
    void tokensBehindThoseThatHaveIdsAreNotLookedAt() throws IOException {
        Path run = run("--save-hidden-at", "0-6", "--measures", "none");
        Path padded = Files.createDirectory(folder.resolve("padded"));
        List<NpyArray> arrays = arrays(run);
        for (int depth = 0; depth < arrays.size(); depth++) {
            double[] values = arrays.get(depth).values().clone();
            Arrays.setAll(values, i -> Double.isNaN(values[i]) ? 7 : values[i]);
            Npy.write(padded.resolve("depth-" + 4 * depth + ".npy"), values, 3, TOKENS, WIDTH);
        }
        Files.writeString(padded.resolve("states.json"), "{\"ids\": " + IDS + "}");
        Path states = states(padded, "--measures", "none");
        assertThat(states.resolve("error.npy")).hasSameBinaryContentAs(run.resolve("error.npy"));
        assertThat(RunReader.open(states).depthNames()).contains("depth 0", "depth 24");
    }

    /** Made by scripts/dump-hidden-states.py with --dtype float64 --attention from the tiny GPT-2 of the parity tests. */
    @Test
    void whatTheScriptTookFromTransformersGivesTheRunsMeasures() {
        Path prompts = Reference.table("states/prompts.json");
        Path run = fresh();
        CommandResult.of(
                        "run",
                        "--model",
                        Reference.folder("tiny-gpt2").toString(),
                        "--prompts",
                        prompts.toString(),
                        "--passes",
                        "1",
                        "--dtype",
                        "float64",
                        "--measures",
                        "all",
                        "--out",
                        run.toString())
                .succeeded();
        Path states = states(Reference.table("states/tiny-gpt2"));
        RunReader here = RunReader.open(states);
        RunReader there = RunReader.open(run);
        assertClose("error", here.error(), there.error());
        assertThat(here.manifest().promptsHash()).isEqualTo(there.manifest().promptsHash());
        here.manifest().measures().stream()
                .filter(m -> !m.isPerPass()) // a run's last pass hands on what has passed the final norm
                .forEach(m -> assertClose(
                        m.name(),
                        new double[][] {here.measure(m.name()).values()},
                        new double[][] {there.measure(m.name()).values()}));
    }

    private static void assertClose(String name, double[][] here, double[][] there) {
        for (int row = 0; row < there.length; row++) {
            for (int i = 0; i < there[row].length; i++) {
                double expected = there[row][i];
                if (Double.isNaN(expected)) {
                    assertThat(here[row][i]).as(name).isNaN();
                } else {
                    assertThat(here[row][i])
                            .as(name)
                            .isCloseTo(expected, within(1e-9 * Math.max(1, Math.abs(expected))));
                }
            }
        }
    }

    @Test
    void theoryHoldsThemToWhatStatesAllow() {
        Path run = run("--save-hidden-at", "0-6", "--measures", "none");
        Path states = states(run, "--save-hidden-at", "0-6");
        String own = CommandResult.of("theory", states.toString()).succeeded().out();
        assertThat(own).contains("Lyapunov", "name the model that made the states with --model");
        String model = Reference.folder("tiny-gpt2").toString();
        String words = CommandResult.of("theory", states.toString(), "--model", model)
                .refused(2, "has 3 of width 48")
                .err();
        assertThat(words).contains("6 layers"); // as long as nobody says that there were two passes
    }

    @Test
    void whatCannotBeStatesIsRefusedInALine() throws IOException {
        Path good = Files.createDirectory(folder.resolve("good"));
        double[] ones = new double[2 * 3 * 4];
        Arrays.setAll(ones, i -> i % 5 + 1);
        for (int depth = 0; depth < 3; depth++) {
            Npy.write(good.resolve("depth-" + depth + ".npy"), ones, 2, 3, 4);
        }
        states(good);
        refused(folder.resolve("nowhere"), "there is no such file or folder");
        refused(Files.createDirectory(folder.resolve("empty")), "holds no states; expected depth-0.npy");
        refused(Files.writeString(folder.resolve("a.txt"), "x"), "not a file of states");
        refused(
                good.resolve("depth-0.npy"),
                "expected one array [depths, prompts, tokens, dim], found shape [2, 3, 4]");
        Path one = copyOf(good);
        Files.delete(one.resolve("depth-1.npy"));
        Files.delete(one.resolve("depth-2.npy"));
        refused(one, "states at one depth only");
        Path other = copyOf(good);
        Npy.write(other.resolve("depth-2.npy"), ones, 3, 2, 4);
        refused(other, "depth-2.npy", "shape [3, 2, 4]; the first depth, depth-0.npy, has [2, 3, 4]");
        Path infinite = copyOf(good);
        double[] broken = ones.clone();
        broken[17] = Double.POSITIVE_INFINITY;
        Npy.write(infinite.resolve("depth-1.npy"), broken, 2, 3, 4);
        refused(infinite, "depth-1.npy", "prompt 2, token 2: NaN or infinity");
        Path longer = copyOf(good);
        double[] ending = ones.clone();
        Arrays.fill(ending, 8, 12, Double.NaN);
        Npy.write(longer.resolve("depth-0.npy"), ending, 2, 3, 4);
        refused(longer, "prompt 1 has more tokens than at the first depth, where it has 2");
        Path cut = copyOf(good);
        Files.write(cut.resolve("depth-1.npy"), Arrays.copyOf(Files.readAllBytes(cut.resolve("depth-1.npy")), 200));
        refused(cut, "depth-1.npy", "needs 320 bytes, the file has 200");
        Path described = copyOf(good);
        for (String[] wrong : new String[][] {
            {"{\"depths\": [\"a\"]}", "names 1 depths; there are states at 3"},
            {"{\"passes\": 4}", "has 4 passes; 2 blocks"},
            {"{\"passes\": 0}", "passes must be an integer from 1"},
            {"{\"width\": 4}", "width is not known"},
            {"{\"ids\": [[1, 2, 3]]}", "ids of 1 prompts of up to 3 tokens"},
            {"{\"ids\": [[1], [-2]]}", "ids must be lists of token ids"},
            {"{\"attention\": \"none\"}", "attention must be causal or full"},
            {"{", "states.json"}
        }) {
            Files.writeString(described.resolve("states.json"), wrong[0]);
            refused(described, wrong[1]);
        }
        refused(good, "lyapunov cannot be taken from states alone", "--measures", "mu,lyapunov");
        refused(good, "states are measured in float32 or float64", "--dtype", "bfloat16");
    }

    @Test
    void whatCannotBeAttentionIsRefusedInALine() throws IOException {
        Path run = run("--save-hidden-at", "0-6", "--save-attention-at", "1-6", "--measures", "none");
        Path good = run.resolve("attention");
        Path states = run.resolve("hidden");
        states(states, "--attention", good.toString(), "--measures", "dobrushin");
        Path first = folder.resolve("first");
        Files.createDirectory(first);
        Npy.write(
                first.resolve("depth-0.npy"),
                Npy.read(good.resolve("depth-1.npy")).values(),
                3,
                HEADS,
                TOKENS,
                TOKENS);
        refused(states, "depth 0, where there are no states, or where they begin", "--attention", first.toString());
        Path shape = Files.createDirectory(folder.resolve("shape"));
        Npy.write(shape.resolve("depth-1.npy"), new double[3 * HEADS * 5 * 5], 3, HEADS, 5, 5);
        refused(
                states,
                "expected attention matrices [3 prompts, heads, 6 tokens, 6 tokens]",
                "--attention",
                shape.toString());
        Path sums = Files.createDirectory(folder.resolve("sums"));
        double[] zeros = new double[3 * HEADS * TOKENS * TOKENS];
        Npy.write(sums.resolve("depth-1.npy"), zeros, 3, HEADS, TOKENS, TOKENS);
        Path out = fresh();
        CommandResult.of("states", states.toString(), "--attention", sums.toString(), "--out", out.toString())
                .refused(2, "rows of attention matrices are at least 0 and sum to 1");
        assertThat(RunReader.open(out).manifest().reason()).isPresent();
    }

    private void refused(Path states, String expected, String... more) {
        refused(states, new String[] {expected}, more);
    }

    private void refused(Path states, String first, String second) {
        refused(states, new String[] {first, second});
    }

    private void refused(Path states, String[] expected, String... more) {
        List<String> args = new ArrayList<>(List.of("states", states.toString(), "--out", fresh().toString()));
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).refused(2, expected);
    }

    private Path copyOf(Path states) throws IOException {
        Path copy = fresh();
        Files.createDirectory(copy);
        try (Stream<Path> files = Files.list(states)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private static List<NpyArray> arrays(Path run) {
        List<NpyArray> arrays = new ArrayList<>();
        for (int depth = 0; depth <= PASSES * LAYERS; depth++) {
            arrays.add(Npy.read(run.resolve("hidden/depth-" + depth + ".npy")));
        }
        return arrays;
    }

    /** As numpy's own would be, but for a header that leaves no value aligned. */
    private static byte[] safetensors(List<NpyArray> arrays) throws IOException {
        StringBuilder header = new StringBuilder("{");
        int bytes = 3 * TOKENS * WIDTH * Double.BYTES;
        ByteBuffer data = ByteBuffer.allocate(arrays.size() * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int depth = 0; depth < arrays.size(); depth++) {
            header.append(depth == 0 ? "" : ",")
                    .append("\"hidden_states.%d\":{\"dtype\":\"F64\",\"shape\":[3,%d,%d],\"data_offsets\":[%d,%d]}"
                            .formatted(depth, TOKENS, WIDTH, depth * bytes, (depth + 1) * bytes));
            Arrays.stream(arrays.get(depth).values()).forEach(data::putDouble);
        }
        byte[] text = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
        int odd = text.length % 2 == 0 ? 1 : 0;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length + odd)
                .array());
        out.write(text);
        out.writeBytes(" ".repeat(odd).getBytes(StandardCharsets.UTF_8));
        out.writeBytes(data.array());
        return out.toByteArray();
    }

    private Path fresh() {
        return folder.resolve("out-" + made++);
    }

    private Path states(Path states, String... more) {
        Path out = fresh();
        List<String> args = new ArrayList<>(List.of("states", states.toString(), "--out", out.toString()));
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        return out;
    }

    private Path run(String... more) {
        Path out = fresh();
        Path prompts = folder.resolve("prompts.json");
        try {
            Files.writeString(prompts, IDS);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        List<String> args = new ArrayList<>(
                List.of("run", "--model", Reference.folder("tiny-gpt2").toString(), "--prompts", prompts.toString()));
        args.addAll(List.of("--passes", String.valueOf(PASSES), "--dtype", "float64", "--out", out.toString()));
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        return out;
    }
}
