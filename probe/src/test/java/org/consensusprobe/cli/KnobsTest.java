package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The switches and factors of a block, from the command line to the run directory. */
@Tag("slow")
class KnobsTest {
    private static final List<String> MODELS = List.of("tiny-gpt2", "tiny-gpt-neo");
    private static final String PASSES = "3";

    @TempDir
    Path folder;

    private int runs;

    /** The references come from transformers' modules and written-out attention: scripts/reference-knobs.py. */
    @TestFactory
    Stream<DynamicTest> everyKnobIsThatOfTheReference() {
        return MODELS.stream().flatMap(model -> {
            JsonNode expected =
                    StrictJson.readObject(Reference.folder(model).resolve("expected-knobs.json"), 1 << 20, "reference");
            List<String> cases = new ArrayList<>();
            expected.fieldNames().forEachRemaining(cases::add);
            assertThat(cases).hasSizeGreaterThan(10);
            return cases.stream()
                    .map(words -> DynamicTest.dynamicTest(
                            model + ": " + words, () -> compare(model, options(words), expected.get(words))));
        });
    }

    private void compare(String model, String[] options, JsonNode expected) {
        Path run = run(model, "float64", options);
        double[][] error = Npy.read(run.resolve("error.npy")).rows();
        NpyArray hidden = Npy.read(run.resolve("hidden.npy"));
        int perPrompt = hidden.values().length / error.length;
        for (int prompt = 0; prompt < error.length; prompt++) {
            for (int depth = 0; depth < error[prompt].length; depth++) {
                assertThat(error[prompt][depth])
                        .isCloseTo(expected.get("error").get(prompt).get(depth).asDouble(), within(1e-9));
            }
            for (int i = 0; i < 8; i++) {
                double wanted = expected.get("hidden_first").get(prompt).get(i).asDouble();
                double scale = Math.max(1, Math.abs(wanted));
                assertThat(hidden.values()[prompt * perPrompt + i] / scale).isCloseTo(wanted / scale, within(1e-9));
            }
        }
    }

    private static String[] options(String words) {
        return switch (words) {
            case "neutral" -> new String[0];
            case "all at once" -> ("--mask window:5 --beta 1.5 --attention-scale 2 --no-skip --no-norm --heads 0,2-3")
                    .split(" ");
            default -> Arrays.stream(words.split(", "))
                    .flatMap(knob -> Arrays.stream(("--" + knob).split(" ")))
                    .toArray(String[]::new);
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--mask own",
                "--beta 1",
                "--attention-scale 1.0",
                "--heads 0-3",
                "--mask own --beta 1 --attention-scale 1 --heads 0,1,2,3 --initial embedding"
            })
    void neutralKnobsChangeNoBit(String knobs) {
        for (String model : MODELS) {
            for (String dtype : List.of("float64", "float32", "bfloat16")) {
                Path without = run(model, dtype);
                Path with = run(model, dtype, knobs.split(" "));
                for (String file : List.of("error.npy", "hidden.npy", "curve.csv")) {
                    assertThat(with.resolve(file)).hasSameBinaryContentAs(without.resolve(file));
                }
            }
        }
    }

    @Test
    void aCausalMaskIsGpt2sOwn() {
        Path own = run("tiny-gpt2", "float32");
        assertThat(run("tiny-gpt2", "float32", "--mask", "causal").resolve("error.npy"))
                .hasSameBinaryContentAs(own.resolve("error.npy"));
        assertThat(run("tiny-gpt2", "float32", "--mask", "window:64").resolve("error.npy"))
                .hasSameBinaryContentAs(own.resolve("error.npy"));
    }

    @Test
    void withoutAttentionAndFeedForwardOnlyTheFinalNormIsLeft() {
        Path run = run(
                "tiny-gpt2",
                "float64",
                "--attention-scale",
                "0",
                "--no-feed-forward",
                "--recycle",
                "raw",
                "--save-hidden-at",
                "0,3,9,pass:2");
        double[] start = Npy.read(run.resolve("hidden/depth-0.npy")).values();
        for (String same : List.of("depth-3", "depth-9", "pass-2")) {
            assertThat(Npy.read(run.resolve("hidden/" + same + ".npy")).values())
                    .as(same)
                    .isEqualTo(start);
        }
        double[] last = Npy.read(run.resolve("hidden.npy")).values();
        assertThat(last).isNotEqualTo(start);
        // the gain and bias of the tiny checkpoint's final norm differ from 1 and 0, so the norm is seen without them
        Path again = run(
                "tiny-gpt2",
                "float64",
                "--attention-scale",
                "0",
                "--no-feed-forward",
                "--initial",
                run.resolve("hidden/depth-9.npy").toString(),
                "--save-hidden-at",
                "pass:1");
        assertThat(Npy.read(again.resolve("hidden/pass-1.npy")).values()).isEqualTo(last);
    }

    @Test
    void whatIsTurnedIsInManifestAndTitle() {
        Path run = run("tiny-gpt2", "float32", options("all at once"));
        RunReader reader = RunReader.open(run);
        JsonNode plan = reader.manifest().section("plan");
        assertThat(plan.path("mask").asText()).isEqualTo("window:5");
        assertThat(plan.path("beta").asDouble()).isEqualTo(1.5);
        assertThat(plan.path("attention_scale").asDouble()).isEqualTo(2);
        assertThat(plan.path("skip").asBoolean(true)).isFalse();
        assertThat(plan.path("norm").asBoolean(true)).isFalse();
        assertThat(plan.path("heads").asText()).isEqualTo("0,2,3");
        String title = "window of 5, beta 1.5, attention x 2, no skips, no norms, heads 0,2,3 only";
        assertThat(run.resolve("figure.svg")).content().contains(title);
        assertThat(run.resolve("report.html")).content().contains(title);
        assertThat(run("tiny-gpt2", "float32").resolve("figure.svg")).content().doesNotContain("heads");
    }

    @Test
    void aRunIsGoneOnWithUnderTheSameKnobsOnly() {
        Path run = run("tiny-gpt2", "float32", "--beta", "2");
        resume(run, "--beta", "2").succeeded();
        resume(run, "--beta", "2.5").refused(2, "they differ in beta: 2.0 there, 2.5 here");
        resume(run).refused(2, "they differ in beta: 2.0 there, 1.0 here");
        resume(run, "--beta", "2", "--mask", "full").refused(2, "they differ in mask: own there, full here");
    }

    private CommandResult resume(Path run, String... knobs) {
        List<String> args = arguments("tiny-gpt2", "float32", run, knobs);
        args.add("--resume");
        return CommandResult.of(args.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            --mask diagonal          | --mask diagonal: expected own, causal, full or window:K.
            --mask window:0          | --mask window:0: expected own, causal, full or window:K.
            --mask window            | --mask window: expected
            --beta hot               | --beta hot: expected a finite number
            --beta NaN               | --beta NaN: expected a finite number
            --attention-scale -Infinity | --attention-scale -Infinity: expected a finite number
            --heads 4                | --heads 4: tiny-gpt2 has 4 heads a layer, counted from 0 to 3.
            --heads 1-99             | tiny-gpt2 has 4 heads a layer
            --heads 3-1              | --heads 3-1: expected heads counted from 0, such as 0,2,4-7.
            --heads ,                | --heads ,: expected heads counted from 0
            --heads -1               | expected heads counted from 0
            """)
    void whatCannotBeReadIsRefused(String options, String expected) {
        Path out = folder.resolve("refused");
        List<String> args = arguments(
                "tiny-gpt2",
                "float64",
                out,
                options.replace("--heads -1", "--heads=-1").split(" "));
        CommandResult.of(args.toArray(String[]::new)).refused(2, expected);
        assertThat(out).doesNotExist();
    }

    @Test
    void activationsThatOverflowAreToldFromABrokenCheckpoint() {
        List<String> args = arguments("tiny-gpt2", "float32", folder.resolve("run"), "--no-norm", "--beta", "3");
        args.set(args.indexOf("--passes") + 1, "300");
        CommandResult result = CommandResult.of(args.toArray(String[]::new));
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err())
                .contains("Without norms activations grow or vanish")
                .doesNotContain("at fault");
    }

    private Path run(String model, String dtype, String... knobs) {
        Path out = folder.resolve("run-" + runs++);
        CommandResult.of(arguments(model, dtype, out, knobs).toArray(String[]::new))
                .succeeded();
        return out;
    }

    private static List<String> arguments(String model, String dtype, Path out, String... knobs) {
        Path reference = Reference.folder(model);
        List<String> args =
                new ArrayList<>(List.of("run", "--offline", "--model", reference.toString(), "--passes", PASSES));
        args.addAll(List.of("--prompts", reference.resolve("prompts.json").toString(), "--dtype", dtype));
        args.addAll(List.of("--save-hidden", "--out", out.toString()));
        args.addAll(List.of(knobs));
        return args;
    }
}
