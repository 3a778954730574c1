package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hidden states and attention matrices that leave a run on its way, and states that enter one. */
@Tag("slow")
class StatesTest {
    private static final int LAYERS = 3;
    private static final int WIDTH = 48;
    private static final int HEADS = 4;
    /** Three prompts of unequal length, the longest of 6 tokens, not in the order in which chunks take them. */
    private static final String PROMPTS = "[[5, 9, 200, 31, 8, 77], [1, 2, 3], [40, 17, 17, 20, 6]]";

    private static final int[] LENGTHS = {6, 3, 5};
    private static final int TOKENS = 6;

    @TempDir
    Path folder;

    private Path prompts;
    private int runs;

    @BeforeEach
    void writePrompts() throws IOException {
        prompts = Files.writeString(folder.resolve("prompts.json"), PROMPTS);
    }

    @ParameterizedTest
    @CsvSource({
        "float64, trained, final-norm",
        "float32, trained, final-norm",
        "float32, random, raw",
        "bfloat16, shuffled, raw"
    })
    void statesFedBackContinueTheRunBitForBit(String dtype, String weights, String recycle) {
        String[] common = {"--dtype", dtype, "--weights", weights, "--recycle", recycle, "--save-hidden"};
        Path whole = run(common, "--passes", "4", "--save-hidden-at", "pass:2");
        Path rest = run(
                common,
                "--passes",
                "2",
                "--initial",
                whole.resolve("hidden/pass-2.npy").toString());
        double[][] all = error(whole);
        double[][] later = error(rest);
        for (int prompt = 0; prompt < all.length; prompt++) {
            assertThat(Arrays.copyOfRange(later[prompt], 1, 2 * LAYERS + 1))
                    .isEqualTo(Arrays.copyOfRange(all[prompt], 2 * LAYERS + 1, 4 * LAYERS + 1));
        }
        assertThat(rest.resolve("hidden.npy")).hasSameBinaryContentAs(whole.resolve("hidden.npy"));
    }

    @Test
    void statesAreThoseThatTheErrorIsMeasuredOn() {
        Path run =
                run(new String[] {"--dtype", "float64"}, "--passes", "2", "--save-hidden-at", "0%,67%,layer:2,pass:1");
        double[][] error = error(run);
        for (int depth : new int[] {0, 2, 3, 6}) {
            NpyArray hidden = Npy.read(run.resolve("hidden/depth-" + depth + ".npy"));
            assertThat(hidden.shape()).containsExactly(3, TOKENS, WIDTH);
            for (int prompt = 0; prompt < 3; prompt++) {
                assertThat(errorOf(hidden, prompt)).isCloseTo(error[prompt][depth], within(1e-13));
            }
        }
        assertThat(Npy.read(run.resolve("hidden/pass-1.npy")).shape()).containsExactly(3, TOKENS, WIDTH);
    }

    @Test
    void attentionMatricesAreThoseThatValuesAreAveragedWith() {
        Path run = run(new String[] {"--dtype", "float64"}, "--passes", "2", "--save-attention-at", "1,layer:1,pass:2");
        JsonNode files = RunReader.open(run).manifest().section("states").path("files");
        assertThat(files).hasSize(5); // depths 1, 2 and 4 to 6
        for (JsonNode file : files) {
            NpyArray matrices = Npy.read(run.resolve(file.path("file").asText()));
            assertThat(matrices.shape()).containsExactly(3, HEADS, TOKENS, TOKENS);
            assertThat(file.path("shape").toString()).isEqualTo("[3,4,6,6]");
            assertThat(file.path("axes").toString()).isEqualTo("[\"prompt\",\"head\",\"token\",\"token seen\"]");
            for (int prompt = 0; prompt < 3; prompt++) {
                for (int row = 0; row < HEADS * TOKENS; row++) {
                    requireRow(
                            matrices.values(), (prompt * HEADS * TOKENS + row) * TOKENS, row % TOKENS, LENGTHS[prompt]);
                }
            }
        }
        assertThat(run.resolve("error.npy"))
                .hasSameBinaryContentAs(run(new String[] {"--dtype", "float64"}, "--passes", "2")
                        .resolve("error.npy"));
    }

    /** Causal rows sum to 1 over the tokens seen; behind the prompt's end all is NaN. */
    private static void requireRow(double[] values, int start, int token, int length) {
        double sum = 0;
        for (int seen = 0; seen < TOKENS; seen++) {
            double a = values[start + seen];
            if (token >= length || seen >= length) {
                assertThat(a).isNaN();
            } else {
                sum += a;
                assertThat(seen <= token ? a > 0 : a == 0).isTrue();
            }
        }
        if (token < length) {
            assertThat(sum).isCloseTo(1, within(1e-12));
        }
    }

    @Test
    void uniformDirectionsKeepTheEmbeddingsNorms() {
        String[] common = {"--dtype", "float64", "--passes", "1", "--save-hidden-at", "0"};
        NpyArray embedding = Npy.read(run(common).resolve("hidden/depth-0.npy"));
        Path uniform = run(common, "--initial", "uniform", "--chunk", "1");
        NpyArray drawn = Npy.read(uniform.resolve("hidden/depth-0.npy"));
        for (int prompt = 0; prompt < 3; prompt++) {
            for (int token = 0; token < LENGTHS[prompt]; token++) {
                double[] a = token(embedding, prompt, token);
                double[] b = token(drawn, prompt, token);
                assertThat(norm(b)).isCloseTo(norm(a), within(1e-12));
                assertThat(Math.abs(dot(a, b))).isLessThan(0.7 * norm(a) * norm(a));
            }
        }
        assertThat(run(common, "--initial", "uniform", "--chunk", "3").resolve("hidden/depth-0.npy"))
                .as("the draw does not depend on chunks")
                .hasSameBinaryContentAs(uniform.resolve("hidden/depth-0.npy"));
        assertThat(run(common, "--initial", "uniform", "--seed", "43").resolve("error.npy"))
                .binaryContent()
                .isNotEqualTo(bytes(uniform.resolve("error.npy")));
        assertThat(uniform.resolve("figure.svg")).content().contains("from uniform directions (seed 42)");
        assertThat(run(common, "--initial", "uniform@42", "--seed", "43").resolve("hidden/depth-0.npy"))
                .as("a seed of its own")
                .hasSameBinaryContentAs(uniform.resolve("hidden/depth-0.npy"));
    }

    @Test
    void perturbedTokensAreAsFarFromConsensusAsAskedFor() {
        String[] common = {"--dtype", "float64", "--passes", "1", "--save-hidden-at", "0"};
        NpyArray embedding = Npy.read(run(common).resolve("hidden/depth-0.npy"));
        NpyArray near = Npy.read(run(common, "--initial", "consensus+1e-6").resolve("hidden/depth-0.npy"));
        for (int prompt = 0; prompt < 3; prompt++) {
            double[] first = token(embedding, prompt, 0);
            for (int token = 0; token < LENGTHS[prompt]; token++) {
                double[] move = token(near, prompt, token);
                for (int i = 0; i < WIDTH; i++) {
                    move[i] -= first[i];
                }
                assertThat(norm(move) / norm(first)).isCloseTo(1e-6, within(1e-12));
            }
        }
        double[][] equal = error(run(common, "--initial", "consensus+0"));
        assertThat(Arrays.stream(equal).flatMapToDouble(Arrays::stream)).allMatch(e -> e < 1e-28);
    }

    @Test
    void aFileBringsItsPromptsWhereNoneAreNamed() {
        Path states = run(new String[] {"--dtype", "float32"}, "--passes", "1", "--save-hidden-at", "0")
                .resolve("hidden/depth-0.npy");
        Path usual = run(new String[] {"--dtype", "float32"}, "--passes", "2");
        Path out = folder.resolve("own-prompts");
        CommandResult.of(
                        "run",
                        "--model",
                        Reference.folder("tiny-gpt2").toString(),
                        "--passes",
                        "2",
                        "--initial",
                        states.toString(),
                        "--out",
                        out.toString())
                .succeeded();
        assertThat(out.resolve("error.npy")).hasSameBinaryContentAs(usual.resolve("error.npy"));
        JsonNode plan = RunReader.open(out).manifest().section("plan");
        assertThat(plan.path("prompts").asText()).isEqualTo("the states of depth-0.npy");
        assertThat(plan.path("initial").asText()).isEqualTo("depth-0.npy");
        assertThat(plan.path("initial_sha256").asText()).hasSize(64);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            --save-hidden-at 7          | --save-hidden-at 7: depth 7 is not there; this run has depths 0 to 6: 2 passes of 3 layers.
            --save-hidden-at 101%       | cannot read "101%"
            --save-hidden-at layer:3    | layer 3 is not there
            --save-hidden-at pass:3     | pass 3 is not there
            --save-hidden-at pass:0     | layers count from 0, passes from 1
            --save-hidden-at all        | cannot read "all"; expected depths (0,8,16-24), N%, layer:L or pass:N, joined by commas; layers
            --save-hidden-at 3-1        | "3-1" is no range
            --save-attention-at 0       | --save-attention-at 0: depth 0 is not there; this run has depths 1 to 6
            --save-attention-at 1,      | cannot read ""
            --initial somewhere         | --initial somewhere: expected embedding, uniform, uniform@SEED, consensus+SIZE
            --initial consensus+2       | a perturbation is 0 to 1
            --initial consensus         | expected embedding, uniform
            --initial absent.npy        | absent.npy: the array is missing.
            """)
    void whatCannotBeIsRefused(String options, String expected) {
        refused(expected, options.split(" "));
    }

    @Test
    void filesThatDoNotFitAreRefused() throws IOException {
        double[] states = new double[3 * TOKENS * WIDTH];
        Arrays.fill(states, 1);
        for (int prompt = 0; prompt < 3; prompt++) {
            Arrays.fill(states, (prompt * TOKENS + LENGTHS[prompt]) * WIDTH, (prompt + 1) * TOKENS * WIDTH, Double.NaN);
        }
        Path file = folder.resolve("states.npy");
        String[] initial = {"--initial", file.toString()};
        Npy.write(file, Arrays.copyOf(states, 2 * TOKENS * WIDTH), 2, TOKENS, WIDTH);
        refused("states of 2 prompts; there are 3 prompts.", initial);
        Npy.write(file, states, 3, TOKENS * 2, WIDTH / 2);
        refused("states of width 24; tiny-gpt2 has 48.", initial);
        Npy.write(file, states, 3 * TOKENS, WIDTH);
        refused("expected hidden states [prompts, tokens, dim], found shape [18, 48].", initial);
        double[] broken = states.clone();
        broken[WIDTH + 1] = Double.POSITIVE_INFINITY;
        Npy.write(file, broken, 3, TOKENS, WIDTH);
        refused("prompt 1, token 2: NaN or infinity", initial);
        broken = states.clone();
        Arrays.fill(broken, WIDTH, 2 * WIDTH, Double.NaN);
        Npy.write(file, broken, 3, TOKENS, WIDTH);
        refused("prompt 1, token 3: numbers after NaN", initial);
        broken = states.clone();
        Arrays.fill(broken, (2 * TOKENS + 4) * WIDTH, (2 * TOKENS + 5) * WIDTH, Double.NaN);
        Npy.write(file, broken, 3, TOKENS, WIDTH);
        refused("prompt 3 has 4 tokens in it; the prompt given has 5.", initial);
        Npy.write(file, states, 3, TOKENS, WIDTH);
        Files.write(file, Arrays.copyOf(bytes(file), 2000));
        refused("the file has 2000", initial);
        Files.write(file, bytes(prompts));
        refused("it does not start as a numpy array file", initial);
    }

    @Test
    void sizesAreAnnouncedAndAnImpossibleOneRefusedBeforeAnythingIsWritten() {
        CommandResult result = CommandResult.of(
                arguments(folder.resolve("run"), new String[0], "--passes", "2", "--save-hidden-at", "0-6")
                        .toArray(String[]::new));
        assertThat(result.succeeded().err()).contains("keeping states: 7 files, 1 MiB to write (");
        Path out = folder.resolve("too-large");
        // 30000 files of 330 MB
        List<String> args = arguments(out, new String[0], "--passes", "10000", "--save-attention-at", "1-30000");
        args.set(args.indexOf("--prompts") + 1, "random:5000x64");
        CommandResult.of(args.toArray(String[]::new)).refused(2, "need ", "and the disk has ", "Name fewer depths");
        assertThat(out).doesNotExist();
    }

    private void refused(String expected, String... options) {
        Path out = folder.resolve("refused");
        CommandResult.of(arguments(out, options, "--passes", "2").toArray(String[]::new))
                .refused(2, expected);
        assertThat(out).doesNotExist();
    }

    private Path run(String[] common, String... more) {
        Path out = folder.resolve("run-" + runs++);
        CommandResult.of(arguments(out, common, more).toArray(String[]::new)).succeeded();
        return out;
    }

    private List<String> arguments(Path out, String[] common, String... more) {
        List<String> args = new ArrayList<>(List.of("run", "--offline", "--out", out.toString()));
        args.addAll(List.of("--model", Reference.folder("tiny-gpt2").toString(), "--prompts", prompts.toString()));
        args.addAll(List.of(common));
        args.addAll(List.of(more));
        return args;
    }

    private static double[][] error(Path run) {
        return Npy.read(run.resolve("error.npy")).rows();
    }

    private static double errorOf(NpyArray hidden, int prompt) {
        double[] first = token(hidden, prompt, 0);
        double sum = 0;
        for (int i = 0; i < LENGTHS[prompt]; i++) {
            double[] other = token(hidden, prompt, i);
            sum += dot(first, other) / (norm(first) * norm(other));
        }
        return 1 - sum / LENGTHS[prompt];
    }

    private static double[] token(NpyArray states, int prompt, int token) {
        int start = (prompt * TOKENS + token) * WIDTH;
        return Arrays.copyOfRange(states.values(), start, start + WIDTH);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double norm(double[] a) {
        return Math.sqrt(dot(a, a));
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
