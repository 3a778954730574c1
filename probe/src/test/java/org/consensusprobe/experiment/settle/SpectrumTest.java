package org.consensusprobe.experiment.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.experiment.LinearGpt2;
import org.consensusprobe.experiment.TinyGpt2;
import org.consensusprobe.experiment.loop.Experiment;
import org.consensusprobe.experiment.loop.LoopMap;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.theory.spectrum.Eigenvalue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Eigenvalues against closed forms: a block whose attention is the mean of the tokens so far, times a matrix m, has the Jacobian A x m, A
 * lower triangular with 1, 1/2, 1/3 ... on its diagonal. Its eigenvalues are those of m, on the consensus subspace, which A keeps, and
 * 1/2, 1/3 ... of them on the complement.
 */
class SpectrumTest {
    private static final List<int[]> PROMPT = List.of(new int[] {7, 3, 11});

    @TempDir
    Path folder;

    private Spectrum of(double[][] m) {
        Path checkpoint = LinearGpt2.write(folder.resolve("linear"), m, 1);
        Subject subject = Subject.fromDirectory("linear", checkpoint, WeightMode.TRAINED);
        double[] x = new double[3 * TinyGpt2.WIDTH];
        Arrays.setAll(x, i -> 1 + Math.sin(i));
        try (Experiment experiment = Experiment.prepare(subject, LinearGpt2.plan(1), Machine.CPU, PROMPT);
                LoopMap map = experiment.map()) {
            return Spectrum.at(0, x, 3, near -> map.apply(0, near));
        }
    }

    @ParameterizedTest
    @CsvSource({"0.8, 30", "1.25, 90", "0.95, 0", "0.5, 180"})
    void ofScaledRotations(double factor, double degrees) {
        Spectrum spectrum = of(LinearGpt2.turning(factor, degrees));
        assertThat(spectrum.converged()).isTrue();
        assertThat(spectrum.leaves()).isLessThan(1e-8);
        isValue(spectrum.whole().get(0), factor, degrees);
        isValue(spectrum.consensus().get(0), factor, degrees);
        isValue(spectrum.complement().get(0), factor / 2, degrees);
    }

    private static void isValue(Eigenvalue value, double modulus, double degrees) {
        assertThat(value.modulus()).isCloseTo(modulus, within(1e-4));
        assertThat(Math.toDegrees(Math.atan2(value.im(), value.re()))).isCloseTo(degrees, within(1e-2));
    }

    @Test
    void ofFactorsAlongTheAxes() {
        Spectrum spectrum = of(LinearGpt2.diagonal(Map.of(0, 0.9, 1, -0.7, 5, 0.6), 0.2));
        assertThat(spectrum.consensus().stream().limit(3).mapToDouble(Eigenvalue::re))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-4 ? 0 : 1)
                .containsExactly(0.9, -0.7, 0.6);
        assertThat(spectrum.complement().stream().limit(3).mapToDouble(Eigenvalue::re))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-4 ? 0 : 1)
                .containsExactly(0.45, -0.35, 0.3);
        assertThat(Spectrum.words(spectrum.whole().get(0))).isEqualTo("decays by 0.900");
        assertThat(Spectrum.words(spectrum.whole().get(1))).isEqualTo("decays by 0.700, to and fro");
        assertThat(Spectrum.words(new Eigenvalue(0, 1.5))).isEqualTo("grows by 1.50, turning 90.0 degrees");
    }

    /** A damped pass has the eigenvalues 1 - s + s lambda, an anchored one (1 - b) times those. */
    @Test
    void ofTheRunsOwnPass() {
        Eigenvalue of = Spectrum.ofPass(new Eigenvalue(-0.9, 0.3), 0.5, 0.2);
        assertThat(of.re()).isCloseTo(0.8 * 0.05, within(1e-15));
        assertThat(of.im()).isCloseTo(0.8 * 0.15, within(1e-15));
    }

    /** The map of a pass is what a pass of a run does, bit for bit, with the final norm where it belongs to it. */
    @ParameterizedTest
    @CsvSource({"'', final-norm", "1-2, raw", "1-2, final-norm"})
    void theMapIsTheRuns(String loop, String recycle) {
        Path model = new TinyGpt2(4).write(folder.resolve("tiny"));
        RunPlan plan = RunPlan.of(LinearGpt2.plan(3)
                .values()
                .with(IngredientFields.SKIP, true)
                .with(IngredientFields.NORM, true)
                .with(IngredientFields.FEED_FORWARD, true)
                .with(RouteFields.LOOP, RouteFields.LOOP.parse(loop))
                .with(RouteFields.RECYCLE, RouteFields.RECYCLE.parse(recycle))
                .with(Fields.SAVE_HIDDEN_AT, Fields.SAVE_HIDDEN_AT.parse("pass:1-2")));
        Subject subject = Subject.fromDirectory("tiny", model, WeightMode.TRAINED);
        PromptSet prompts = PromptSet.ofIds("one", PROMPT);
        Path out = folder.resolve("run");
        try (RecordedRun run =
                        RecordedRun.prepare(subject, plan, Machine.CPU, prompts, Optional.empty(), Optional.empty());
                RunDirectory directory = RunDirectory.create(out, false)) {
            run.into(directory, new RunListener() {}, () -> false);
        }
        try (Experiment experiment = Experiment.prepare(subject, plan, Machine.CPU, PROMPT);
                LoopMap map = experiment.map()) {
            double[] handed = Npy.read(out.resolve("hidden/pass-1.npy")).values();
            double[] next = Npy.read(out.resolve("hidden/pass-2.npy")).values();
            for (int again = 0; again < 3; again++) {
                assertThat(map.apply(0, new double[][] {handed})[0]).containsExactly(next);
            }
        }
    }
}
