package org.consensusprobe.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every measure of single prompts against its formula in plain float64, on clouds of all kinds. Sums of differences, as
 * {@link Clouds} writes them, do not cancel near consensus.
 */
class MeasureReferenceTest {
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

    static Stream<Arguments> clouds() {
        return Stream.of(DType.FLOAT32, DType.FLOAT64).flatMap(type -> Stream.of(
                        "random", "wide", "1e-3", "1e-6", "1e-9", "1e-12", "clusters", "rank-one", "opposite")
                .filter(kind -> type == DType.FLOAT64 || !kind.equals("1e-9") && !kind.equals("1e-12"))
                .map(kind -> Arguments.of(kind, type)));
    }

    @ParameterizedTest
    @MethodSource("clouds")
    void measuresAreThoseOfTheFormulas(String kind, DType type) {
        double[][] x = rounded(Clouds.of(kind, 12, 7, new Random(5)), type);
        Clouds c = new Clouds(x);
        // what a state's rounding is beside its size, squared where the measure is
        double floor = type == DType.FLOAT64 ? 1e-30 : 1e-13;
        compare("pairwise-mean", x, type, floor, c.pairwiseMean());
        compare("pairwise-max", x, type, floor, c.max(c.pairs()));
        compare("order-parameter", x, type, 1e-12, c.order());
        compare("max-to-token-1", x, type, floor, c.max(c.toToken(0)));
        compare("median-to-token-1", x, type, floor, c.median(c.toToken(0)));
        compare("max-without-token-1", x, type, floor, c.max(c.toToken(1)));
        compare("median-without-token-1", x, type, floor, c.median(c.toToken(1)));
        double noise = (type == DType.FLOAT64 ? 1e-15 : 1e-6) * c.norm();
        compare("mu", x, type, noise, c.mu());
        compare("mu-relative", x, type, noise / c.norm(), c.mu() / c.norm());
        compare("residual", x, type, noise / c.norm(), c.compositeResidual() / c.composite());
        compareWithout("error-projected", x, type, c, c.projected());
        compareWithout("error-without-mean", x, type, c, c.withoutMean());
        compare("token-diameter", x, type, noise, c.diameter());
        compare("token-diameter-unit", x, type, Math.sqrt(floor), Math.sqrt(2 * c.max(c.pairs())));
        compare("energy-deficit", x, type, floor, c.energy(0.1), c.energy(1), c.energy(5), c.energy(9));
        compare("dimension-share", x, type, 1e-12, c.share(1), c.share(5));
        compare("cosine-histogram", x, type, 1e-12, c.histogram(40));
        compare("cluster-components", x, type, 0, each(th ->
                (double) c.components(th).size()));
        compare(
                "cluster-largest",
                x,
                type,
                0,
                each(th -> c.components(th).stream()
                                .mapToInt(Integer::intValue)
                                .max()
                                .orElseThrow()
                        / 12.0));
        double[] sigma = c.singularValues(false);
        double[] rest = c.singularValues(true);
        compare("effective-rank", x, type, 1e-9, c.effectiveRank(sigma));
        compare("stable-rank", x, type, 1e-9, c.stableRank(sigma));
        if (c.mu() / c.norm() > (type == DType.FLOAT64 ? 1e-8 : 1e-2)) {
            compare("effective-rank-centred", x, type, 1e-9, c.effectiveRank(rest));
            compare("stable-rank-centred", x, type, 1e-9, c.stableRank(rest));
        }
        compare(
                "rank-residual",
                x,
                type,
                noise / c.norm(),
                c.mu() / c.norm(),
                rest[0] / sigma[0],
                c.compositeResidual() / c.composite());
        // where the hull all but holds 0, the reference's many small steps end short of it
        compare("hemisphere-margin", x, type, kind.equals("opposite") ? 1e-4 : 1e-6, c.margin());
    }

    /** Token by token, the same formulas; their means are the measures of prompts. */
    @ParameterizedTest
    @MethodSource("clouds")
    void tokensHaveTheirShare(String kind, DType type) {
        double[][] x = rounded(Clouds.of(kind, 12, 7, new Random(5)), type);
        double floor = type == DType.FLOAT64 ? 1e-30 : 1e-13;
        Clouds all = new Clouds(x);
        compare("error-token", x, type, floor, errors(all, 0, 12));
        compare("error-without-token-1-token", x, type, floor, errors(all, 1, 12));
        compare("to-token-1", x, type, floor, all.toToken(0));
        compare(
                "to-token-2",
                x,
                type,
                floor,
                Stream.of(new double[] {Double.NaN}, all.toToken(1))
                        .flatMapToDouble(Arrays::stream)
                        .toArray());
        double[] mean = new double[7];
        for (double[] token : x) {
            for (int d = 0; d < 7; d++) {
                mean[d] += token[d] / 12;
            }
        }
        double noise = (type == DType.FLOAT64 ? 1e-15 : 1e-14) * all.norm();
        compare(
                "mu-token",
                x,
                type,
                noise,
                Arrays.stream(x)
                        .mapToDouble(token -> {
                            double sum = 0;
                            for (int d = 0; d < 7; d++) {
                                sum += (token[d] - mean[d]) * (token[d] - mean[d]);
                            }
                            return Math.sqrt(sum);
                        })
                        .toArray());
        assertThat(Arrays.stream(errors(all, 0, 12)).average().orElseThrow())
                .isCloseTo(all.pairwiseMean(), withinPercentage(1e-6));
        assertThat(errors(all, 0, 12)[0]).isCloseTo(all.error(), withinPercentage(1e-6));
    }

    /** The mean of s_ij over the tokens from one on, of every token j from it on. */
    private static double[] errors(Clouds cloud, int from, int tokens) {
        double[] errors = new double[tokens];
        Arrays.fill(errors, Double.NaN);
        for (int j = from; j < tokens; j++) {
            errors[j] = 0;
            for (int i = from; i < tokens; i++) {
                errors[j] += cloud.pairs()[i * tokens + j] / (tokens - from);
            }
        }
        return errors;
    }

    // taken in float64 whatever the states' type; what is subtracted leaves its rounding beside what is left
    private void compareWithout(String name, double[][] x, DType type, Clouds c, Clouds rest) {
        double rounding = 2e-15 * c.weightOfRounding(rest);
        double expected = rest.error();
        compare(name, x, type, rounding * (2 * Math.sqrt(2 * expected) + rounding), expected);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void theMeanThatIsTakenAwayIsThatOfAllPrompts(DType type) {
        double[][] a = rounded(Clouds.of("1e-3", 12, 7, new Random(5)), type);
        double[][] b = rounded(Clouds.of("random", 5, 7, new Random(6)), type);
        DepthStates both = new DepthStates(
                2,
                List.of(
                        new DepthStates.Chunk(new int[] {1}, states(b, type)),
                        new DepthStates.Chunk(new int[] {0}, states(a, type))));
        double[] found = ((StateMeasure) named("error-without-mean")).of(kernels, both);
        assertThat(found[0]).isCloseTo(new Clouds(a).withoutMean(b).error(), withinPercentage(1e-6));
        assertThat(found[1]).isCloseTo(new Clouds(b).withoutMean(a).error(), withinPercentage(1e-6));
    }

    private static double[] each(Function<Double, Double> of) {
        return Stream.of(5.0, 15.0, 30.0, 60.0).mapToDouble(of::apply).toArray();
    }

    private void compare(String name, double[][] x, DType type, double floor, double... expected) {
        double[] found = measure(name, x, type);
        assertThat(found).as(name).hasSameSizeAs(expected);
        for (int i = 0; i < found.length; i++) {
            double allowed = Double.isNaN(expected[i]) ? 0 : Math.max(1e-4 * Math.abs(expected[i]), floor);
            assertThat(found[i]).as(name + "[" + i + "]").isCloseTo(expected[i], within(allowed));
        }
    }

    private double[] measure(String name, double[][] x, DType type) {
        Tensor states = states(x, type);
        Measure measure = named(name);
        return measure instanceof CloudMeasure cloud
                ? cloud.reduction().apply(new Cloud(kernels, states, 0))
                : ((StateMeasure) measure)
                        .of(kernels, new DepthStates(1, List.of(new DepthStates.Chunk(new int[] {0}, states))));
    }

    private static Measure named(String name) {
        return Measures.named(List.of(name), Similarity.COSINE).get(0);
    }

    private Tensor states(double[][] x, DType type) {
        double[] flat = Stream.of(x).flatMapToDouble(Arrays::stream).toArray();
        return kernels.tensors().convert(kernels.tensors().values(flat, 1, x.length, x[0].length), type); // [1, T, D]
    }

    private static double[][] rounded(double[][] x, DType type) {
        return type == DType.FLOAT64
                ? x
                : Stream.of(x)
                        .map(row -> Arrays.stream(row).map(v -> (float) v).toArray())
                        .toArray(double[][]::new);
    }

    @Test
    void aSpreadThatIsRoundingHasNoRank() {
        double[][] x = rounded(Clouds.of("1e-9", 12, 7, new Random(5)), DType.FLOAT32);
        assertThat(measure("effective-rank-centred", x, DType.FLOAT32)).containsExactly(Double.NaN);
        assertThat(measure("stable-rank-centred", x, DType.FLOAT32)).containsExactly(Double.NaN);
        assertThat(measure("intrinsic-dimension", x, DType.FLOAT32)).containsExactly(Double.NaN);
    }

    @Test
    void dimensionOfACloudIsThatItWasDrawnFrom() {
        Random random = new Random(2);
        SimpleMatrix plane = SimpleMatrix.random_DDRM(2, 20, -1, 1, random);
        SimpleMatrix x = SimpleMatrix.random_DDRM(1000, 2, -1, 1, random).mult(plane);
        double[][] rows = new double[1000][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = x.rows(i, i + 1).getDDRM().data.clone();
        }
        assertThat(measure("intrinsic-dimension", rows, DType.FLOAT64)[0]).isBetween(1.85, 2.15);
        assertThat(measure("intrinsic-dimension", rows, DType.FLOAT32)[0])
                .isCloseTo(measure("intrinsic-dimension", rows, DType.FLOAT64)[0], within(1e-3));
    }

    @Test
    void dimensionIsThatOfNumpy() {
        // recorded from numpy: points (i^2 mod 31, i^3 mod 37, 7 i mod 41) / 10 for i = 1..40, fit as the listing says
        double[][] x = new double[40][3];
        for (int i = 1; i <= 40; i++) {
            x[i - 1] = new double[] {i * i % 31 / 10.0, i * i * i % 37 / 10.0, 7 * i % 41 / 10.0};
        }
        assertThat(measure("intrinsic-dimension", x, DType.FLOAT64)[0]).isCloseTo(3.6004540563646135, within(1e-9));
    }

    @Test
    void aSquareWithoutItsCornersCoversFewerTokens() {
        // four directions 20 degrees apart: a chain at 30, a pair of neighbours covers all; apart at 15
        double[][] x = new double[4][];
        for (int i = 0; i < 4; i++) {
            x[i] = new double[] {Math.cos(Math.toRadians(20 * i)), Math.sin(Math.toRadians(20 * i))};
        }
        assertThat(measure("cluster-cover", x, DType.FLOAT64)).containsExactly(4, 4, 2, 1);
        assertThat(measure("cluster-components", x, DType.FLOAT64)).containsExactly(4, 4, 1, 1);
        assertThat(measure("cluster-largest", x, DType.FLOAT64)).containsExactly(.25, .25, 1, 1);
    }

    @Test
    void theMarginIsTheDistanceOfTheHull() {
        double c = Math.cos(Math.toRadians(50));
        double s = Math.sin(Math.toRadians(50));
        double[][] fan = {{c, s, 0}, {c, -s, 0}, {1, 0, 0}};
        assertThat(measure("hemisphere-margin", fan, DType.FLOAT64)[0]).isCloseTo(c, within(1e-12));
        double[][] around = {{1, 0}, {-.5, .9}, {-.5, -.9}, {0, 1}};
        assertThat(measure("hemisphere-margin", around, DType.FLOAT64)[0]).isCloseTo(0, within(1e-7));
        double[][] many = Clouds.of("random", 60, 3, new Random(1));
        assertThat(measure("hemisphere-margin", many, DType.FLOAT64)[0]).isCloseTo(0, within(1e-7));
        for (double[] token : many) {
            token[0] = Math.abs(token[0]) + .3;
        }
        assertThat(measure("hemisphere-margin", many, DType.FLOAT64)[0])
                .isCloseTo(new Clouds(many).margin(), within(1e-6));
    }

    @Test
    void oneTokenIsAtConsensusOrUndefined() {
        double[][] x = {{1, 2, 3}};
        for (String name : List.of("pairwise-mean", "pairwise-max", "max-to-token-1", "mu", "token-diameter")) {
            assertThat(measure(name, x, DType.FLOAT32)).as(name).containsExactly(0.0);
        }
        for (String name : List.of("max-without-token-1", "median-without-token-1", "intrinsic-dimension")) {
            assertThat(measure(name, x, DType.FLOAT32)).as(name).containsExactly(Double.NaN);
        }
        assertThat(measure("cosine-histogram", x, DType.FLOAT32)).containsOnly(Double.NaN);
        assertThat(measure("cluster-cover", x, DType.FLOAT32)).containsOnly(1.0);
        assertThat(measure("hemisphere-margin", x, DType.FLOAT64)[0]).isCloseTo(1, within(1e-12));
        assertThat(measure("effective-rank", x, DType.FLOAT64)[0]).isCloseTo(1, within(1e-12));
    }
}
