package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.consensusprobe.experiment.LinearGpt2;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.experiment.TinyGpt2;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PassEndTest {
    private static final List<int[]> PROMPTS = Runs.prompts(50, 3, 6, 4, 6);
    private static final PromptSet SET = PromptSet.ofIds("three", PROMPTS);
    private static final List<String> OF_PASSES = List.of(
            "pass-step",
            "step-angle",
            "step-ratio",
            "pass-step-unit",
            "pass-step-token",
            "return",
            "return-unit",
            "lyapunov");

    @TempDir
    Path folder;

    /** What is remembered of passes, for measures or for an end that does not come, is no part of the states. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT64", "FLOAT32", "BFLOAT16"}) // float16 is refused on a CPU
    void aStepOfOneAndNoAnchorAreThePlainRun(DType dtype) {
        Runs plain = Runs.of(WeightMode.TRAINED, dtype, 3);
        Runs.Result bits = plain.run(Runs.demo("demo-gpt2"), PROMPTS);
        Runs.Result watched = plain.with(RouteFields.STEP, 1.0)
                .with(RouteFields.ANCHOR, 0.0)
                .with(RouteFields.UNTIL, Optional.of(1e-300))
                .with(Fields.MEASURES, OF_PASSES)
                .run(Runs.demo("demo-gpt2"), PROMPTS);
        assertThat(watched.sameBits(bits)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "'', final-norm, 1/6, 0",
        "'', final-norm, 1, 0.25",
        "'', raw, 0.5, 0.1",
        "2-5, raw, 0.5, 0",
        "2-5, raw, 1/6, 0.5",
        "2-5, final-norm, 0.5, 0.1",
        "4-7, final-norm, 0.5, 0.1"
    })
    void everyPassEndsInTheFormula(String loop, String recycle, String step, String anchor) {
        RunPlan plan = plan(Map.of(
                "loop",
                loop,
                "recycle",
                recycle,
                "step",
                step,
                "anchor",
                anchor,
                "passes",
                "3",
                "save_hidden_at",
                "pass:1-3,layer:0-7,0",
                "dtype",
                "float64"));
        RunReader run = record("run", plan);
        double s = RouteFields.STEP.of(plan);
        double b = RouteFields.ANCHOR.of(plan);
        int first = run.route().first();
        double[] start = states(run, "depth-" + first);
        double[] before = start;
        for (int pass = 1; pass <= 3; pass++) {
            boolean normed = recycle.equals("final-norm") && (loop.isEmpty() || pass < 3);
            double[] out = states(run, "depth-" + run.route().ends()[pass - 1]);
            double[] g = normed ? norm(out) : out;
            double[] after = states(run, "pass-" + pass);
            for (int i = 0; i < after.length; i++) {
                double y = before[i] + s * (g[i] - before[i]);
                double expected = (1 - b) * y + b * start[i];
                assertThat(after[i]).isCloseTo(expected, within(1e-12 * Math.max(1, Math.abs(expected))));
            }
            before = after;
        }
    }

    /** A final LayerNorm whose gain is 1 and whose bias is 0, in plain float64. */
    private static double[] norm(double[] x) {
        double[] y = x.clone();
        for (int from = 0; from < x.length; from += TinyGpt2.WIDTH) {
            int to = from + TinyGpt2.WIDTH;
            double mean = Arrays.stream(x, from, to).average().orElseThrow();
            double variance = Arrays.stream(x, from, to)
                    .map(v -> (v - mean) * (v - mean))
                    .average()
                    .orElseThrow();
            for (int i = from; i < to; i++) {
                y[i] = (x[i] - mean) / Math.sqrt(variance + 1e-5);
            }
        }
        return y;
    }

    /** g(x) = x / 2 + 1 has its settled point at 2; from there no step moves, and towards it every step goes. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 0.9, 0.5, 1 / 6.0, 0.01})
    void aSettledPointStaysOneForEveryStep(double step) {
        Path checkpoint = LinearGpt2.write(folder.resolve("half"), LinearGpt2.scaling(0.5), 1);
        Subject half = Subject.fromDirectory("half", checkpoint, WeightMode.TRAINED);
        int passes = (int) Math.ceil(50 / step);
        Runs runs = new Runs(LinearGpt2.plan(passes), Machine.CPU)
                .with(RouteFields.STEP, step)
                .with(Fields.MEASURES, List.of("pass-step", "step-ratio"));
        Map<String, double[]> measures = new TreeMap<>();
        runs.run(half, List.of(new int[] {7}, new int[] {3}), listener(measures));
        assertThat(measures.get("step-ratio 5")[1]).isCloseTo(1 - step / 2, within(1e-9));
        double[] last = measures.get("pass-step " + (passes - 1));
        assertThat(Arrays.stream(last).max().orElseThrow()).isLessThan(1e-10);
    }

    @ParameterizedTest
    @CsvSource({"'', final-norm", "2-5, raw", "2-5, final-norm"})
    void aRunThatHasSettledIsTheRunOfSoManyPasses(String loop, String recycle) {
        Map<String, String> base = Map.of(
                "loop",
                loop,
                "recycle",
                recycle,
                "step",
                "1/6",
                "measures",
                "default,return,output-entropy",
                "save_hidden_at",
                "layer:7,pass:1-2");
        RunReader all = record("all", plan(with(base, "passes", "12")));
        double[] steps = all.measure("pass-step").values();
        double bound = 1.000001 * Math.max(Math.max(at(steps, 0, 4, 12), at(steps, 1, 4, 12)), at(steps, 2, 4, 12));
        RunReader until = record("until", plan(with(with(base, "passes", "12"), "until", String.valueOf(bound))));
        int passes = until.route().passes();
        assertThat(passes).isBetween(2, 11);
        assertThat(until.manifest().at("/settling/passes").asInt()).isEqualTo(passes);
        assertThat(until.manifest().at("/settling/settled_in_pass")).allMatch(pass -> pass.asInt() >= 2);
        RunReader same = record("same", plan(with(base, "passes", String.valueOf(passes))));
        for (String file : List.of(
                "error.npy",
                "curve.csv",
                "hidden.npy",
                "measures/pass-step.npy",
                "measures/return.npy",
                "measures/output-entropy.npy",
                "hidden/pass-2.npy",
                "hidden/depth-" + same.route().blocks() + ".npy")) {
            assertThat(until.path().resolve(file))
                    .as(file)
                    .hasSameBinaryContentAs(same.path().resolve(file));
        }
        assertThat(until.manifest().section("states")).isEqualTo(same.manifest().section("states"));
    }

    @Test
    void chunksAndThreadsChangeNoBit() {
        Map<String, String> damped =
                Map.of("step", "1/6", "anchor", "0.1", "passes", "3", "measures", String.join(",", OF_PASSES));
        Runs runs = new Runs(plan(damped), Machine.CPU);
        Map<String, double[]> measures = new TreeMap<>();
        RunListener listener = listener(measures);
        Runs.Result together = runs.threads(2).run(Runs.demo("demo-gpt2"), PROMPTS, listener);
        Map<String, double[]> alone = new TreeMap<>();
        assertThat(runs.threads(1)
                        .run(Runs.demo("demo-gpt2"), PROMPTS, listener(alone))
                        .sameBits(together))
                .isTrue();
        for (String name : measures.keySet()) {
            assertThat(alone.get(name)).as(name).containsExactly(measures.get(name));
        }
        if (Runs.strictMkl()) {
            assertThat(runs.threads(1)
                            .chunk(1)
                            .run(Runs.demo("demo-gpt2"), PROMPTS)
                            .sameBits(together))
                    .isTrue();
        }
    }

    private static RunListener listener(Map<String, double[]> measures) {
        return new RunListener() {
            @Override
            public void onMeasure(int depth, String measure, double[] values) {
                measures.put(measure + " " + depth, values);
            }
        };
    }

    /** The measures, from the states that the passes hand on, written plainly. */
    @Test
    void measuresAreTheirFormulas() {
        RunReader run = record(
                "run",
                plan(Map.of(
                        "passes",
                        "10",
                        "dtype",
                        "float64",
                        "save_hidden_at",
                        "0,pass:1-10",
                        "measures",
                        String.join(",", OF_PASSES))));
        int tokens = 6;
        int width = run.manifest().model().dim();
        List<double[]> x = new ArrayList<>(List.of(prompt(states(run, "depth-0"), tokens, width)));
        for (int pass = 1; pass <= 10; pass++) {
            x.add(prompt(states(run, "pass-" + pass), tokens, width));
        }
        double[] step = run.measure("pass-step").values();
        double[] unit = run.measure("pass-step-unit").values();
        double[] angle = run.measure("step-angle").values();
        double[] ratio = run.measure("step-ratio").values();
        double[] returns = run.measure("return").values();
        double[] ofTokens = run.measure("pass-step-token").values();
        assertThat(angle[0]).isNaN();
        assertThat(ratio[0]).isNaN();
        assertThat(returns[1]).as("a lag of 2 after one pass is there").isNaN();
        for (int pass = 1; pass <= 10; pass++) {
            double[] now = x.get(pass);
            double[] before = x.get(pass - 1);
            assertThat(step[pass - 1]).isCloseTo(length(less(now, before)) / length(before), within(1e-13));
            double[] u = units(now, width);
            double[] v = units(before, width);
            assertThat(unit[pass - 1]).isCloseTo(length(less(u, v)) / length(v), within(1e-13));
            double[] token = Arrays.copyOfRange(now, 0, width);
            double[] tokenBefore = Arrays.copyOfRange(before, 0, width);
            assertThat(ofTokens[(pass - 1) * tokens])
                    .isCloseTo(length(less(token, tokenBefore)) / length(tokenBefore), within(1e-13));
            if (pass > 1) {
                double[] d = less(now, before);
                double[] e = less(before, x.get(pass - 2));
                assertThat(angle[pass - 1]).isCloseTo(inner(d, e) / length(d) / length(e), within(1e-12));
                assertThat(ratio[pass - 1]).isCloseTo(length(d) / length(e), within(1e-12));
            }
            for (int lag = 1; lag <= Math.min(8, pass); lag++) {
                assertThat(returns[(pass - 1) * 8 + lag - 1])
                        .isCloseTo(length(less(now, x.get(pass - lag))) / length(now), within(1e-13));
            }
        }
    }

    /** Of x -> x m, exponents are the logarithms of what m does to lengths: the largest factor, whatever turns. */
    @ParameterizedTest
    @CsvSource({"0.5, 0", "0.8, 90", "1.25, 30", "1, 90"})
    void exponentsOfLinearMaps(double factor, double degrees) {
        Path checkpoint = LinearGpt2.write(folder.resolve("linear"), LinearGpt2.turning(factor, degrees), 1);
        Map<String, double[]> measures = new TreeMap<>();
        new Runs(LinearGpt2.plan(12), Machine.CPU)
                .with(Fields.MEASURES, List.of("lyapunov"))
                .run(
                        Subject.fromDirectory("linear", checkpoint, WeightMode.TRAINED),
                        List.of(new int[] {7}),
                        listener(measures));
        assertThat(measures.get("lyapunov 4")[0]).as("within the burn-in").isNaN();
        assertThat(measures.get("lyapunov 5")[0]).isCloseTo(Math.log(factor), within(1e-4));
        assertThat(measures.get("lyapunov 11")[0]).isCloseTo(Math.log(factor), within(1e-4));
    }

    @Test
    void inFloat32AnExponentIsSaidWhereItIsMoreThanRounding() {
        Path checkpoint = LinearGpt2.write(folder.resolve("linear"), LinearGpt2.scaling(0.5), 1);
        Map<String, double[]> measures = new TreeMap<>();
        new Runs(LinearGpt2.plan(8), Machine.CPU)
                .with(Fields.DTYPE, DType.FLOAT32)
                .with(Fields.MEASURES, List.of("lyapunov"))
                .run(
                        Subject.fromDirectory("linear", checkpoint, WeightMode.TRAINED),
                        List.of(new int[] {7}),
                        listener(measures));
        assertThat(measures.get("lyapunov 7")[0]).isNaN();
    }

    private static double[] prompt(double[] states, int tokens, int width) {
        return Arrays.copyOf(states, tokens * width);
    }

    private static double[] less(double[] a, double[] b) {
        double[] d = a.clone();
        Arrays.setAll(d, i -> a[i] - b[i]);
        return d;
    }

    private static double inner(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double length(double[] a) {
        return Math.sqrt(inner(a, a));
    }

    private static double[] units(double[] x, int width) {
        double[] u = x.clone();
        for (int from = 0; from < x.length; from += width) {
            double n = length(Arrays.copyOfRange(x, from, from + width));
            for (int i = from; i < from + width; i++) {
                u[i] /= n;
            }
        }
        return u;
    }

    private static double at(double[] values, int prompt, int pass, int passes) {
        return values[prompt * passes + pass];
    }

    private static Map<String, String> with(Map<String, String> base, String key, String value) {
        Map<String, String> more = new TreeMap<>(base);
        more.put(key, value);
        return more;
    }

    private static RunPlan plan(Map<String, String> said) {
        Values values = Values.NONE.with(Fields.MODEL, "demo-gpt2").with(Fields.SAVE_HIDDEN, true);
        for (var field : Fields.OF_A_RUN) {
            String text = said.getOrDefault(field.name(), "");
            values = text.isEmpty() ? values : values.parse(field, text);
        }
        return RunPlan.of(values);
    }

    private RunReader record(String name, RunPlan plan) {
        Path checkpoint = new TinyGpt2(8).write(folder.resolve("model"));
        try (RecordedRun run = RecordedRun.prepare(
                        Subject.fromDirectory("tiny", checkpoint, WeightMode.TRAINED),
                        plan,
                        Machine.CPU,
                        SET,
                        Optional.empty(),
                        Optional.empty());
                RunDirectory directory = RunDirectory.create(folder.resolve(name), false)) {
            run.into(directory, new RunListener() {}, () -> false);
            return RunReader.open(directory.path());
        }
    }

    private static double[] states(RunReader run, String name) {
        NpyArray array = Npy.read(run.path().resolve("hidden/" + name + ".npy"));
        return Arrays.stream(array.values()).filter(v -> !Double.isNaN(v)).toArray();
    }
}
