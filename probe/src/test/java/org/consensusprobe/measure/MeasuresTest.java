package org.consensusprobe.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.plan.Values;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MeasuresTest {
    private static final int WIDTH = 5;
    private static final int[] LENGTHS = {4, 2, 4, 1};

    private final Random random = new Random(3);
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
    @EnumSource(Similarity.class)
    void errorsAreThoseOfTheFormula(Similarity similarity) {
        double[][][] x = draw(1);
        double[] error = Measures.error(similarity).of(kernels, snapshot(x, DType.FLOAT64));
        double[] without =
                measure(MeasureNames.ERROR_WITHOUT_TOKEN_1, similarity).of(kernels, snapshot(x, DType.FLOAT64));
        for (int p = 0; p < x.length; p++) {
            // a token alone has no error
            if (x[p].length > 1) {
                assertThat(error[p]).isCloseTo(formula(x[p], 0, similarity), within(1e-14));
            } else {
                assertThat(error[p]).isNaN();
            }
            if (x[p].length > 2) {
                assertThat(without[p]).isCloseTo(formula(x[p], 1, similarity), within(1e-14));
            } else {
                assertThat(without[p]).isNaN();
            }
        }
    }

    @Test
    void nearConsensusNothingCancels() {
        double[] direction = {3, -1, 2, 0.5, 1};
        double[][][] x = {{direction, shifted(direction, 1e-4)}, {direction, negated(shifted(direction, 1e-4))}};
        double exact = formula(x[0], 0, Similarity.COSINE);
        DepthStates snapshot = snapshot(x, DType.FLOAT32);
        assertThat(exact).isBetween(1e-11, 1e-8);
        assertThat(Measures.error(Similarity.COSINE).of(kernels, snapshot)[0]).isCloseTo(exact, within(1e-2 * exact));
        double[] absolute = Measures.error(Similarity.ABSOLUTE).of(kernels, snapshot);
        assertThat(absolute[0]).isCloseTo(exact, within(1e-2 * exact));
        assertThat(absolute[1]).as("opposite tokens").isEqualTo(absolute[0]);
    }

    @Test
    void acrossPromptsIsTheMeanCosineAtTheSamePosition() {
        double[][][] x = draw(1);
        double[] similarity = measure(MeasureNames.ACROSS_PROMPT_SIMILARITY, Similarity.COSINE)
                .of(kernels, snapshot(x, DType.FLOAT64));
        for (int p = 0; p < x.length; p++) {
            double sum = 0;
            int positions = 0;
            for (int t = 0; t < x[p].length; t++) {
                double cosines = 0;
                int others = 0;
                for (int q = 0; q < x.length; q++) {
                    if (q != p && t < x[q].length) {
                        cosines += cosine(x[p][t], x[q][t]);
                        others++;
                    }
                }
                sum += others == 0 ? 0 : cosines / others;
                positions += others == 0 ? 0 : 1;
            }
            assertThat(similarity[p]).isCloseTo(sum / positions, within(1e-14));
        }
    }

    @Test
    void acrossOnePromptNothingIsDefined() {
        double[][][] one = {draw(1)[0]};
        assertThat(measure(MeasureNames.ACROSS_PROMPT_SIMILARITY, Similarity.COSINE)
                        .of(kernels, snapshot(one, DType.FLOAT32)))
                .containsExactly(Double.NaN);
    }

    @Test
    void unknownNamesAreRefused() {
        assertThatThrownBy(() -> Fields.MEASURES.parse("stable"))
                .hasMessage("--measures stable: \"stable\" is not known. Meant: stable-rank, stable-rank-centred?"
                        + " \"consensus measures\" lists all; expected names of \"consensus measures\", or all, default or"
                        + " none.");
        assertThatThrownBy(() -> Fields.MEASURES.parse("none,mu")).hasMessageContaining("\"none\" is not known");
        assertThatThrownBy(() -> Fields.MEASURES.parse("mu,mu")).hasMessageContaining("twice");
    }

    @Test
    void setsStandForTheirNames() {
        assertThat(Fields.MEASURES.parse("none")).isEmpty();
        assertThat(Fields.MEASURES.parse("error")).isEmpty();
        assertThat(Fields.MEASURES.parse("all")).isEqualTo(MeasureNames.ALL);
        for (int passes : List.of(2, 3)) {
            RunPlan plan =
                    RunPlan.of(Values.NONE.with(RouteFields.PASSES, passes).parse(Fields.MEASURES, "default,mu"));
            assertThat(plan.measures())
                    .startsWith("error-without-token-1")
                    .endsWith("mu")
                    .hasSize(MeasureNames.defaults(passes).size() + 1);
            assertThat(plan.measures().contains("pass-step")).isEqualTo(passes == 3);
            RunPlan plain = RunPlan.of(Values.NONE.with(RouteFields.PASSES, passes));
            assertThat(Fields.MEASURES.isNeutral(plain)).isTrue();
            assertThat(plain.measures()).isEqualTo(MeasureNames.defaults(passes));
        }
        assertThat(MeasureNames.ALL).doesNotHaveDuplicates().containsAll(MeasureNames.DEFAULTS);
        assertThat(Measures.all(Similarity.COSINE)).extracting(Measure::name).isEqualTo(MeasureNames.ALL);
    }

    private static StateMeasure measure(String name, Similarity similarity) {
        return (StateMeasure) Measures.named(List.of(name), similarity).get(0);
    }

    private double[][][] draw(double scale) {
        double[][][] x = new double[LENGTHS.length][][];
        for (int p = 0; p < x.length; p++) {
            x[p] = new double[LENGTHS[p]][WIDTH];
            for (double[] token : x[p]) {
                for (int d = 0; d < WIDTH; d++) {
                    token[d] = scale * random.nextGaussian();
                }
            }
        }
        return x;
    }

    /** Prompts of one length in one chunk, as runs have them. */
    private DepthStates snapshot(double[][][] x, DType dtype) {
        List<DepthStates.Chunk> chunks = new ArrayList<>();
        for (int length : new int[] {1, 2, 4}) {
            List<Integer> members = new ArrayList<>();
            for (int p = 0; p < x.length; p++) {
                if (x[p].length == length) {
                    members.add(p);
                }
            }
            if (members.isEmpty()) {
                continue;
            }
            double[] flat = members.stream()
                    .flatMap(p -> List.of(x[p]).stream())
                    .flatMapToDouble(java.util.Arrays::stream)
                    .toArray();
            chunks.add(new DepthStates.Chunk(
                    members.stream().mapToInt(Integer::intValue).toArray(),
                    kernels.tensors().convert(kernels.tensors().values(flat, members.size(), length, WIDTH), dtype)));
        }
        return new DepthStates(x.length, chunks);
    }

    private static double formula(double[][] tokens, int reference, Similarity similarity) {
        double sum = 0;
        for (int j = reference; j < tokens.length; j++) {
            double cos = cosine(tokens[reference], tokens[j]);
            sum += similarity == Similarity.ABSOLUTE ? Math.abs(cos) : cos;
        }
        return 1 - sum / (tokens.length - reference);
    }

    private static double cosine(double[] a, double[] b) {
        return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += a[d] * b[d];
        }
        return sum;
    }

    private static double[] shifted(double[] token, double by) {
        double[] shifted = token.clone();
        shifted[0] += by;
        return shifted;
    }

    private static double[] negated(double[] token) {
        return java.util.Arrays.stream(token).map(v -> -v).toArray();
    }
}
