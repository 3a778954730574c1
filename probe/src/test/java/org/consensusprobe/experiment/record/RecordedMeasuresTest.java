package org.consensusprobe.experiment.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.consensusprobe.common.Home;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.experiment.loop.Numerics;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.measure.DepthStates;
import org.consensusprobe.measure.OutputMeasures;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** All measures in a run: what they record, and that looking changes nothing. */
class RecordedMeasuresTest {
    private static final Machine MACHINE = new Machine("cpu", 1, OptionalLong.empty(), false);
    private static final int LAYERS = 8;
    private static final int PASSES = 2;
    private static final PromptSet PROMPTS = PromptSet.ofIds(
            "four",
            List.of(
                    new int[] {5, 9, 700, 31, 8, 90, 12, 71, 600, 3, 44, 29},
                    new int[] {1, 2, 3},
                    new int[] {17},
                    new int[] {4000, 17, 17, 20, 6, 8, 9, 2, 3, 1000, 5, 1}));

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16"})
    void lookingChangesNoBit(DType dtype) {
        RunReader none = run(dtype, List.of());
        RunReader all = run(dtype, MeasureNames.ALL);
        for (String file : List.of("error.npy", "curve.csv", "hidden.npy")) {
            assertThat(all.path().resolve(file))
                    .as(file)
                    .hasSameBinaryContentAs(none.path().resolve(file));
        }
    }

    @Test
    void everyMeasureHasItsAxes() {
        RunReader run = run(DType.FLOAT32, MeasureNames.ALL);
        int depths = PASSES * LAYERS + 1;
        assertThat(run.measure("pairwise-mean").shape()).containsExactly(4, depths);
        assertThat(run.measure("cosine-histogram").shape()).containsExactly(4, depths, 40);
        assertThat(run.measure("energy-deficit").shape()).containsExactly(4, depths, 4);
        int heads = run.manifest().model().heads();
        assertThat(run.measure("attention-entropy").shape()).containsExactly(4, depths, heads);
        assertThat(run.measure("output-entropy").shape()).containsExactly(4, PASSES);
        run.manifest().measures().forEach(measure -> {
            NpyArray array = run.measure(measure.name());
            assertThat(measure.axes()).as(measure.name()).hasSameSizeAs(array.shape());
            for (int axis = 2; axis < array.shape().size(); axis++) {
                assertThat(measure.labels().get(measure.axes().get(axis)))
                        .hasSize(array.shape().get(axis));
            }
        });
        double[][] contraction = run.measure("diameter-contraction").rows();
        double[][] diameter = run.measure("token-diameter").rows();
        assertThat(contraction[0][0]).isNaN();
        assertThat(contraction[0][1]).isCloseTo(diameter[0][1] / diameter[0][0], within(1e-6));
        assertThat(contraction[2]).as("one token").containsOnly(Double.NaN);
    }

    @Test
    void productsStartAgainInEveryPass() {
        double[][] product = run(DType.FLOAT64, List.of("dobrushin-product"))
                .measure("dobrushin-product")
                .rows();
        for (int prompt : new int[] {0, 1, 3}) {
            assertThat(product[prompt][0]).isNaN();
            for (int depth = 1; depth <= PASSES * LAYERS; depth++) {
                double before = (depth - 1) % LAYERS == 0 ? 1 : product[prompt][depth - 1];
                assertThat(product[prompt][depth]).isBetween(0.0, before * (1 + 1e-12));
            }
            assertThat(product[prompt][LAYERS + 1]).isGreaterThan(product[prompt][LAYERS]);
        }
        assertThat(product[2]).as("one token").containsOnly(Double.NaN);
    }

    @Test
    void outputsOfEqualStatesAreEqualAndOfZerosUniform() {
        Torch.start(1);
        RunPlan plan = plan(DType.FLOAT64, List.of());
        Subject subject = subject(plan);
        Precision precision =
                Numerics.choose(plan.dtype(), "cpu", Torch.start(1)).precision();
        Transformer model = subject.transformer();
        int width = model.sizes().width();
        try (Scope scope = Scope.open();
                WeightSource source = subject.weights(plan, precision)) {
            Kernels kernels = Kernels.plain(scope);
            Weights head = source.head(kernels, 0);
            Tensor zeros = kernels.tensors().filled(new long[] {2, 40, width}, 0, DType.FLOAT64);
            OutputMeasures.Values uniform = OutputMeasures.of(kernels, model, head, snapshot(zeros));
            double log = Math.log(model.sizes().vocabulary());
            assertThat(uniform.entropy()).containsExactly(new double[] {log, log}, within(1e-10));
            assertThat(uniform.acrossPositions()).containsExactly(new double[] {0, 0}, within(1e-12));
            assertThat(uniform.acrossPrompts()).containsExactly(new double[] {0, 0}, within(1e-12));

            try (RandomKernels.Generator generator = kernels.random().generator(3)) {
                Tensor x = kernels.tensors()
                        .convert(kernels.random().normal(generator, new long[] {2, 40, width}, 3), DType.FLOAT64);
                OutputMeasures.Values found = OutputMeasures.of(kernels, model, head, snapshot(x));
                double[][] p = distributions(kernels, model, head, x); // [2 * 40][V]
                for (int prompt = 0; prompt < 2; prompt++) {
                    double[][] own = Arrays.copyOfRange(p, prompt * 40, prompt * 40 + 40);
                    assertThat(found.entropy()[prompt]).isCloseTo(meanEntropy(own), within(1e-9));
                    assertThat(found.acrossPositions()[prompt]).isCloseTo(divergence(own), within(1e-9));
                    double across = 0;
                    for (int t = 0; t < 40; t++) {
                        across += divergence(new double[][] {p[t], p[40 + t]}) / 40;
                    }
                    assertThat(found.acrossPrompts()[prompt]).isCloseTo(across, within(1e-9));
                }
            }
        }
    }

    private static double[][] distributions(Kernels kernels, Transformer model, Weights head, Tensor x) {
        double[] logits = model.logits(kernels, head, x).toDoubles();
        int vocabulary = model.sizes().vocabulary();
        double[][] p = new double[logits.length / vocabulary][];
        for (int t = 0; t < p.length; t++) {
            double[] row = Arrays.copyOfRange(logits, t * vocabulary, (t + 1) * vocabulary);
            double sum = Arrays.stream(row).map(Math::exp).sum();
            p[t] = Arrays.stream(row).map(v -> Math.exp(v) / sum).toArray();
        }
        return p;
    }

    private static double divergence(double[][] p) {
        double[] mean = new double[p[0].length];
        for (double[] row : p) {
            for (int v = 0; v < mean.length; v++) {
                mean[v] += row[v] / p.length;
            }
        }
        return entropy(mean) - meanEntropy(p);
    }

    private static double meanEntropy(double[][] p) {
        return Arrays.stream(p)
                .mapToDouble(RecordedMeasuresTest::entropy)
                .average()
                .orElseThrow();
    }

    private static double entropy(double[] p) {
        return Arrays.stream(p).map(v -> v > 0 ? -v * Math.log(v) : 0).sum();
    }

    private static DepthStates snapshot(Tensor x) {
        return new DepthStates(2, List.of(new DepthStates.Chunk(new int[] {0, 1}, x)));
    }

    private RunReader run(DType dtype, List<String> measures) {
        RunPlan plan = plan(dtype, measures);
        Path path = folder.resolve("run-" + dtype + "-" + measures.size());
        try (RunDirectory directory = RunDirectory.create(path, false);
                RecordedRun run = RecordedRun.prepare(
                        subject(plan), plan, MACHINE, PROMPTS, Optional.empty(), Optional.empty())) {
            run.into(directory, new RunListener() {}, () -> false);
        }
        return RunReader.open(path);
    }

    private static Subject subject(RunPlan plan) {
        return Subject.fromDirectory(
                "demo", Home.models().resolve("demo-gpt2"), plan.weights().mode());
    }

    private static RunPlan plan(DType dtype, List<String> measures) {
        return Runs.plan(WeightMode.TRAINED, dtype, PASSES).with(Fields.MEASURES, measures);
    }
}
