package org.consensusprobe.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.consensusprobe.model.AttentionRows;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Measures of attention against their formulas, on two prompts of three heads. */
class AttentionMeasuresTest {
    private static final int T = 6;
    private static final int HEADS = 3;

    private Scope scope;
    private Kernels kernels;

    @BeforeEach
    void load() {
        Torch.start(1);
        scope = Scope.open();
        kernels = Kernels.plain(scope);
    }

    @AfterEach
    void free() {
        scope.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void measuresOfAHeadAreThoseOfTheFormulas(boolean causal) {
        SimpleMatrix[] a = stochastic(2 * HEADS, causal);
        Attended attended = attended(a, HEADS, 0.5);
        double[] entropy = measure("attention-entropy", attended);
        double[] first = measure("attention-to-token-1", attended);
        double[] dobrushin = measure("dobrushin", attended);
        for (int h = 0; h < a.length; h++) {
            double expectedEntropy = 0;
            double expectedFirst = 0;
            for (int i = 1; i < T; i++) {
                double sum = 0;
                for (int j = 0; j < T; j++) {
                    double p = a[h].get(i, j);
                    sum -= p > 0 ? p * Math.log(p) : 0;
                }
                expectedEntropy += sum / Math.log(causal ? i + 1 : T) / (T - 1);
                expectedFirst += a[h].get(i, 0) / (T - 1);
            }
            assertThat(entropy[h]).isCloseTo(expectedEntropy, within(1e-12));
            assertThat(first[h]).isCloseTo(expectedFirst, within(1e-12));
            assertThat(dobrushin[h]).isCloseTo(overlap(a[h]), within(1e-12));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void boundsAreThoseOfTheMeanOfTheHeads(boolean causal) {
        SimpleMatrix[] a = stochastic(2 * HEADS, causal);
        Attended attended = attended(a, HEADS, 0.5);
        double[] rho = measure("contraction-bound", attended);
        double[] verified = measure("verified-bound", attended);
        double[] defect = measure("doubly-stochastic-defect", attended);
        double[] dobrushin = measure("dobrushin-product", attended); // of the first block
        for (int b = 0; b < 2; b++) {
            SimpleMatrix mean =
                    a[b * HEADS].plus(a[b * HEADS + 1]).plus(a[b * HEADS + 2]).divide(HEADS);
            SimpleMatrix centre = SimpleMatrix.identity(T).minus(SimpleMatrix.filled(T, T, 1.0 / T));
            double norm = centre.mult(mean).mult(centre).svd().getSingularValues()[0];
            assertThat(rho[b]).isCloseTo(0.5 + 0.5 * norm, within(1e-10));
            double[] moduli = mean.eig().getEigenvalues().stream()
                    .mapToDouble(e -> -e.getMagnitude())
                    .sorted()
                    .toArray();
            assertThat(verified[b]).isCloseTo(1 - 0.5 * (1 + moduli[1]), within(1e-9));
            double largest = IntStream.range(0, T)
                    .mapToDouble(j -> Math.abs(mean.getColumn(j).elementSum() - 1))
                    .max()
                    .orElseThrow();
            assertThat(defect[b]).isCloseTo(largest, within(1e-12));
            assertThat(dobrushin[b]).isCloseTo(overlap(mean), within(1e-12));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aProductOfCoefficientsBoundsThatOfTheProduct(boolean causal) {
        SimpleMatrix product = SimpleMatrix.identity(T);
        double bound = 1;
        for (SimpleMatrix a : stochastic(5, causal)) {
            product = a.mult(product);
            bound *= measure("dobrushin-product", attended(new SimpleMatrix[] {a}, 1, 1))[0];
            assertThat(overlap(product)).isLessThanOrEqualTo(bound + 1e-12);
        }
        assertThat(bound).isLessThan(1);
    }

    /** The ring of six, on which the verified bound fails for the diameter. */
    @Test
    void theBoundOfARingIsItsSecondEigenvalue() {
        SimpleMatrix ring = new SimpleMatrix(T, T);
        for (int i = 0; i < T; i++) {
            for (int step = -1; step <= 1; step++) {
                ring.set(i, (i + step + T) % T, 1.0 / 3);
            }
        }
        SimpleMatrix a = ring.scale(.999).plus(SimpleMatrix.filled(T, T, .001 / T));
        Attended attended = attended(new SimpleMatrix[] {a}, 1, 1);
        assertThat(measure("verified-bound", attended)[0]).isCloseTo(.999 * 2 / 3, within(1e-12));
        assertThat(measure("contraction-bound", attended)[0]).isCloseTo(.999 * 2 / 3, within(1e-12));
        assertThat(measure("doubly-stochastic-defect", attended)[0]).isCloseTo(0, within(1e-12));
        assertThat(measure("dobrushin", attended)[0])
                .as("opposite tokens share J alone")
                .isCloseTo(.999, within(1e-12));
    }

    @Test
    void aStepBeyondOneHasNoContractionBound() {
        Attended attended = attended(stochastic(1, true), 1, 1.5);
        assertThat(measure("attention-step", attended)[0]).isCloseTo(1.5, within(1e-12));
        assertThat(measure("contraction-bound", attended)).containsExactly(Double.NaN);
    }

    /** With sinks rows sum to less than 1: bounds that want a stochastic matrix are not numbers; shares of it still are. */
    @Test
    void whereRowsDoNotSumToOneBoundsAreUndefined() {
        Tensor a = kernels.tensors().values(new double[] {.5, 0, .2, .3, .4, 0, .1, .6}, 1, 2, 2, 2);
        Tensor x = normal(2, 5);
        Attended attended = new Attended(new Given(a, 2, false, false), x, x);

        for (String bound : List.of("attention-entropy", "dobrushin")) {
            assertThat(measure(bound, attended)).containsExactly(Double.NaN, Double.NaN);
        }
        for (String bound : List.of("dobrushin-product", "contraction-bound", "verified-bound")) {
            assertThat(measure(bound, attended)).containsExactly(Double.NaN);
        }
        assertThat(measure("attention-to-token-1", attended)).containsExactly(.2, .1);
        assertThat(measure("doubly-stochastic-defect", attended)[0]).isCloseTo(.55, within(1e-12));
    }

    /** Matrices of a prompt that is too long for whole ones are reduced by rows: the same numbers, summed in another order. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void longPromptsAreReducedByRows(boolean causal) {
        int tokens = AttentionRows.WHOLE + 3;
        Tensor a = kernels.attentionMatrices(
                normal(tokens, 1),
                normal(tokens, 2),
                0,
                tokens,
                new AttentionShape(2, 2, 1, causal, 0, 0, 1),
                null,
                null);
        AttentionRows rows = new Given(a, 2, !causal, true);
        Attended attended = new Attended(rows, normal(tokens, 3), normal(tokens, 4));

        assertThat(rows.rowsAtATime()).isLessThan(tokens);
        assertThat(measure("attention-entropy", attended))
                .containsExactly(kernels.measures().reduce("attention_entropy", a), within(1e-12));
        assertThat(measure("attention-to-token-1", attended))
                .containsExactly(kernels.measures().reduce("attention_to_first", a), within(1e-12));
        double[] whole = kernels.measures().derive("mean_attention", a).toDoubles();
        assertThat(Arrays.equals(attended.mean(kernels).toDoubles(), whole)).isTrue();
    }

    private Tensor normal(int tokens, long seed) {
        double[] values = new Random(seed).doubles(tokens * 4L, -1, 1).toArray();
        return kernels.tensors().values(values, 1, tokens, 4); // [1, T, 4]
    }

    /** Matrices that are there. */
    private record Given(Tensor a, int heads, boolean seesLater, boolean sumToOne) implements AttentionRows {
        @Override
        public int tokens() {
            return (int) a.size(3);
        }

        @Override
        public Tensor whole(Kernels k) {
            return a;
        }

        @Override
        public Tensor rows(Kernels k, int first, int last) {
            long[] byPromptAndHead = {a.size(0) * a.size(1), a.size(2), a.size(3)};
            Tensor some = k.tensors().tokensView(k.tensors().reshape(a, byPromptAndHead), first, last);
            return k.tensors().reshape(some, new long[] {a.size(0), a.size(1), last - first, a.size(3)});
        }

        @Override
        public AttentionRows ofHead(Kernels k, int head) {
            return new Given(k.tensors().tokensView(a, head, head + 1L), 1, seesLater, sumToOne);
        }

        @Override
        public void keepIn(Scope scope) {}
    }

    private double[] measure(String name, Attended attended) {
        AttentionMeasure measure = (AttentionMeasure)
                Measures.named(List.of(name), Similarity.COSINE).get(0);
        return measure.reduction().apply(kernels, attended);
    }

    private Attended attended(SimpleMatrix[] a, int heads, double step) {
        int prompts = a.length / heads;
        double[] flat = Arrays.stream(a)
                .flatMapToDouble(m -> Arrays.stream(m.getDDRM().data))
                .toArray();
        double[] ones = new double[prompts * T * 2];
        Arrays.fill(ones, 1);
        Tensor x = kernels.tensors().values(ones, prompts, T, 2);
        return new Attended(
                new Given(kernels.tensors().values(flat, prompts, heads, T, T), heads, false, true),
                kernels.scale(kernels.tensors().copy(x), step),
                x);
    }

    private static SimpleMatrix[] stochastic(int count, boolean causal) {
        Random random = new Random(4);
        SimpleMatrix[] all = new SimpleMatrix[count];
        for (int m = 0; m < count; m++) {
            all[m] = new SimpleMatrix(T, T);
            for (int i = 0; i < T; i++) {
                int seen = causal ? i + 1 : T;
                double[] row = IntStream.range(0, seen)
                        .mapToDouble(j -> Math.exp(2 * random.nextGaussian()))
                        .toArray();
                double sum = Arrays.stream(row).sum();
                for (int j = 0; j < seen; j++) {
                    all[m].set(i, j, row[j] / sum);
                }
            }
        }
        return all;
    }

    private static double overlap(SimpleMatrix a) {
        double least = 1;
        for (int i = 0; i < T; i++) {
            for (int j = 0; j < T; j++) {
                double shared = 0;
                for (int k = 0; k < T; k++) {
                    shared += Math.min(a.get(i, k), a.get(j, k));
                }
                least = Math.min(least, shared);
            }
        }
        return 1 - least;
    }
}
