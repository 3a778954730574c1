package org.consensusprobe.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.AttentionField.Weighting;
import org.consensusprobe.theory.attention.CircleDensity;
import org.consensusprobe.theory.attention.Contraction;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Hemisphere;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.attention.Span;
import org.consensusprobe.theory.attention.UnitTokens;
import org.consensusprobe.theory.ode.Constraint;
import org.consensusprobe.theory.ode.DormandPrince;
import org.consensusprobe.theory.ode.RungeKutta4;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The exact oracles of the papers, and what every simulation must keep. */
class TheoremsTest {
    private static Setting setting() {
        return new Setting(
                3,
                new DormandPrince(1e-11, 0.1),
                OptionalDouble.empty(),
                400,
                Optional.empty(),
                Optional.empty(),
                () -> false,
                (done, all) -> {});
    }

    private static Trajectory run(List<Head> heads, boolean causal, double[] start, int dim, double end) {
        return Trajectory.of(
                setting(),
                AttentionField.onSphere(start.length / dim, dim, heads, causal),
                Metric.euclidean(dim).unitTokens(),
                start,
                dim,
                new TimeGrid(end, 400));
    }

    private static List<Head> randomHeads(int count, int dim) {
        return IntStream.range(0, count)
                .mapToObj(h -> {
                    Draws draws = Draws.of(11, "test heads", h);
                    return Head.scoring(draws.uniformMatrix(dim, dim), draws.uniformMatrix(dim, dim));
                })
                .toList();
    }

    /** Tokens in the hemisphere of the first axis. */
    private static double[] hemisphere(int tokens, int dim, int seed) {
        double[] x = Draws.of(seed, "test start", 0).sphere(tokens, dim);
        for (int i = 0; i < x.length; i += dim) {
            x[i] = 0.3 + Math.abs(x[i]);
        }
        Metric.euclidean(dim).unitTokens().restore(x);
        return x;
    }

    private static double rate(Trajectory run, Trajectory.Measure measure, double from, double to) {
        return -Slope.ofLog(run.grid().times(), run.series(measure), from, to);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void causalErrorDecaysAtTheNumberOfHeads(int heads) {
        Trajectory run = run(randomHeads(heads, 3), true, hemisphere(3, 3, 1), 3, 36.0 / heads);

        double rate = rate(run, (t, x) -> UnitTokens.of(x, 3).error(), 24.0 / heads, 36.0 / heads);

        assertThat(rate).isCloseTo(heads, within(0.02 * heads));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void fullErrorDecaysAtTwiceTheNumberOfHeads(int heads) {
        Trajectory run = run(randomHeads(heads, 3), false, hemisphere(8, 3, 2), 3, 16.0 / heads);

        double rate = rate(run, (t, x) -> UnitTokens.of(x, 3).error(), 9.0 / heads, 15.0 / heads);

        assertThat(rate).isCloseTo(2 * heads, within(0.04 * heads));
    }

    @Test
    void theLeadingEigenvectorAttractsAtTwiceTheGap() {
        double l2 = 0.9;
        Trajectory run = symmetric(l2, 4, 48);

        assertThat(rate(run, (t, x) -> UnitTokens.of(x, 3).apart(3, new double[] {1, 0, 0}), 30, 48))
                .isCloseTo(2 * (1 - l2), within(0.02 * 2 * (1 - l2)));
        assertThat(rate(run, (t, x) -> UnitTokens.of(x, 3).error(), 34, 46))
                .isCloseTo(2 * (1 - l2 / 2), within(0.02 * 2 * (1 - l2 / 2)));
    }

    @Test
    void aNegativeSecondEigenvalueLeavesTheLastTokenSlowest() {
        double l2 = -2;
        int tokens = 4;
        Trajectory run = symmetric(l2, tokens, 22);

        double expected = 2 * (1 - l2 / tokens);
        assertThat(rate(run, (t, x) -> UnitTokens.of(x, 3).apart(tokens - 1, new double[] {1, 0, 0}), 12, 20))
                .isCloseTo(expected, within(0.02 * expected));
    }

    private static Trajectory symmetric(double l2, int tokens, double end) {
        DMatrixRMaj u = CommonOps_DDRM.diag(1, l2, Math.min(l2 - 0.3, -0.5));
        Head head = randomHeads(1, 3).get(0).withValue(u);
        return run(List.of(head), true, hemisphere(tokens, 3, 4), 3, end);
    }

    @Test
    void aNegativeLeadingEigenvalueDrivesTokensOutOfTheHemisphere() {
        DMatrixRMaj u = CommonOps_DDRM.diag(-0.2, -0.5, -1);
        Trajectory run = run(List.of(Head.IDENTITY.withValue(u)), true, hemisphere(6, 3, 5), 3, 30);

        double lowest =
                IntStream.range(0, 6).mapToDouble(i -> run.last()[3 * i]).min().orElseThrow();
        assertThat(lowest).isNegative();
    }

    @Test
    void tokensStayOnSphereAndEllipsoid() {
        for (Metric metric : List.of(Metric.euclidean(3), new Metric(new double[] {1, 2, 3}))) {
            double[] x = hemisphere(10, 3, 6);
            metric.unitTokens().restore(x);
            AttentionField field =
                    new AttentionField(10, randomHeads(2, 3), false, 1, Weighting.SOFTMAX, Optional.of(metric));

            Trajectory run = Trajectory.of(setting(), field, metric.unitTokens(), x, 3, new TimeGrid(10, 333));

            assertThat(run.violation(metric)).isLessThan(1e-12);
        }
    }

    @Test
    void twoAntipodalTokensStay() {
        double[] x = {0.6, 0.8, 0, -0.6, -0.8, 0};

        Trajectory run = run(List.of(Head.IDENTITY), false, x, 3, 20);

        assertThat(run.last()).containsExactly(x, within(1e-12));
    }

    @Test
    void equalTokensStayEqual() {
        double[] one = Draws.of(8, "one", 0).sphere(1, 5);
        double[] x = IntStream.range(0, 30).mapToDouble(i -> one[i % 5]).toArray();

        Trajectory run = run(randomHeads(2, 5), true, x, 5, 10);

        assertThat(run.last()).containsExactly(x, within(1e-12));
    }

    /** At beta 0 each token follows the mean: R never falls; on the circle equal weights keep the mean's direction. */
    @Test
    void withoutBetaTheMeanDirectionStaysOnTheCircle() {
        double[] x = Draws.of(9, "circle", 0).sphere(2, 2);
        AttentionField field = new AttentionField(
                2, List.of(Head.IDENTITY), false, 0, Weighting.SOFTMAX, Optional.of(Metric.euclidean(2)));

        Trajectory run = Trajectory.of(setting(), field, Metric.euclidean(2).unitTokens(), x, 2, new TimeGrid(10, 100));

        double[] direction = run.series((t, s) -> Math.atan2(s[1] + s[3], s[0] + s[2]));
        assertThat(direction).containsOnly(new double[] {direction[0]}, within(1e-9));
    }

    /** With many tokens what equal weights keep on the circle is the mean of the angles: their couplings are odd. */
    @Test
    void withoutBetaTheMeanAngleStaysOnTheCircle() {
        double[] angles = {-1.3, -0.9, -0.2, 0.1, 0.4, 1.2}; // within a half circle: no angle crosses the cut at pi
        double[] x = new double[2 * angles.length];
        for (int i = 0; i < angles.length; i++) {
            x[2 * i] = Math.cos(angles[i]);
            x[2 * i + 1] = Math.sin(angles[i]);
        }
        AttentionField field = new AttentionField(
                angles.length, List.of(Head.IDENTITY), false, 0, Weighting.SOFTMAX, Optional.of(Metric.euclidean(2)));

        Trajectory run = Trajectory.of(setting(), field, Metric.euclidean(2).unitTokens(), x, 2, new TimeGrid(10, 100));

        double[] mean = run.series((t, s) -> IntStream.range(0, angles.length)
                .mapToDouble(i -> Math.atan2(s[2 * i + 1], s[2 * i]))
                .average()
                .orElseThrow());
        double start = java.util.Arrays.stream(angles).average().orElseThrow();
        assertThat(mean).containsOnly(new double[] {start}, within(1e-8));
        assertThat(run.series((t, s) -> UnitTokens.of(s, 2).disorder())[100]).isLessThan(1e-4);
    }

    @Test
    void withoutBetaTheOrderParameterNeverFalls() {
        double[] x = Draws.of(10, "many", 0).sphere(20, 3);
        AttentionField field = new AttentionField(
                20, List.of(Head.IDENTITY), false, 0, Weighting.SOFTMAX, Optional.of(Metric.euclidean(3)));

        Trajectory run = Trajectory.of(setting(), field, Metric.euclidean(3).unitTokens(), x, 3, new TimeGrid(10, 100));

        double[] disorder = run.series((t, s) -> UnitTokens.of(s, 3).disorder());
        for (int i = 1; i < disorder.length; i++) {
            assertThat(disorder[i]).isLessThanOrEqualTo(disorder[i - 1] + 1e-12);
        }
        assertThat(disorder[100]).isLessThan(1e-5);
    }

    @Test
    void wendelsProbabilityAgainstDraws() {
        int draws = 100_000;
        Draws random = Draws.of(12, "wendel", 0);

        long shared = IntStream.range(0, draws)
                .filter(i -> Hemisphere.pole(random.sphere(10, 3), 3).isPresent())
                .count();

        double p = Hemisphere.probability(10, 3);
        assertThat(p).isCloseTo(46.0 / 512, within(1e-15));
        assertThat((double) shared / draws).isCloseTo(p, within(4 * Math.sqrt(p * (1 - p) / draws)));
    }

    @Test
    void theRingOfSixBreaksTheBoundOnTheDiameter() {
        DMatrixRMaj ring = Contraction.ring(6);
        DMatrixRMaj x = DMatrixRMaj.wrap(6, 1, new double[] {1, 1, 1, 0, 0, 0});

        DMatrixRMaj next = Contraction.step(ring, x, 1);

        assertThat(1 - Contraction.gap(ring)).isCloseTo(0.666, within(1e-12));
        assertThat(Contraction.diameter(next) / Contraction.diameter(x)).isCloseTo(0.999, within(1e-12));
        assertThat(Contraction.spread(next)).isLessThanOrEqualTo(0.666 * Contraction.spread(x) * (1 + 1e-12));
    }

    @Test
    void sinkhornBalancesRowsAndColumns() {
        DMatrixRMaj positive = Draws.of(13, "a", 0).uniformMatrix(20, 20);
        CommonOps_DDRM.elementExp(positive, positive);

        DMatrixRMaj a = Contraction.doublyStochastic(positive);

        assertThat(CommonOps_DDRM.sumRows(a, null).data).containsOnly(new double[] {1}, within(1e-12));
        assertThat(CommonOps_DDRM.sumCols(a, null).data).containsOnly(new double[] {1}, within(1e-12));
    }

    @Test
    void theSpanOfTheStartHoldsTheWholeRun() {
        double[] x = Draws.of(14, "span", 0).sphere(4, 9);
        List<Head> heads = randomHeads(2, 9);
        Span span = Span.of(x, 9);
        List<Head> reduced = heads.stream()
                .map(h -> Head.scoring(
                        span.restrict(h.queries().orElseThrow()),
                        span.restrict(h.keys().orElseThrow())))
                .toList();

        Trajectory whole = run(heads, true, x, 9, 5);
        Trajectory small = run(reduced, true, span.coordinates(), 4, 5);

        assertThat(small.series((t, s) -> UnitTokens.of(s, 4).error()))
                .containsExactly(whole.series((t, s) -> UnitTokens.of(s, 9).error()), within(1e-9));
    }

    @Test
    void finiteVolumesKeepMassAndTendToParticles() {
        double[] worst = new double[3];
        TimeGrid grid = new TimeGrid(3, 30);
        double[] particles = particleOrder(400, grid);
        int[] cells = {64, 128, 256};
        for (int k = 0; k < cells.length; k++) {
            CircleDensity field = new CircleDensity(cells[k], 1);
            double[] mass = IntStream.range(0, cells[k])
                    .mapToDouble(i -> (1 + 0.5 * Math.cos(field.centre(i))) / field.width())
                    .toArray();
            double total = Arrays.stream(mass).sum();
            double[] unit = Arrays.stream(mass).map(m -> m / total).toArray();
            int index = k;
            new RungeKutta4(field.stableStep()).integrate(field, Constraint.NONE, unit, grid, (sample, t, m) -> {
                assertThat(Arrays.stream(m).sum()).isCloseTo(1, within(1e-12));
                worst[index] = Math.max(worst[index], Math.abs(field.order(m) - particles[sample]));
            });
        }
        assertThat(worst[1]).isLessThan(worst[0] / 2.5);
        assertThat(worst[2]).isLessThan(worst[1] / 2.5).isLessThan(2e-3);
    }

    /** R of particles at quantiles of 1 + 0.5 cos a. */
    private static double[] particleOrder(int count, TimeGrid grid) {
        double[] x = new double[2 * count];
        for (int i = 0; i < count; i++) {
            double part = 2 * Math.PI * (i + 0.5) / count - Math.PI;
            double angle = part;
            for (int newton = 0; newton < 50; newton++) {
                angle -= (angle + 0.5 * Math.sin(angle) - part) / (1 + 0.5 * Math.cos(angle));
            }
            x[2 * i] = Math.cos(angle);
            x[2 * i + 1] = Math.sin(angle);
        }
        Metric circle = Metric.euclidean(2);
        AttentionField field = new AttentionField(
                count, List.of(Head.IDENTITY), false, 1, Weighting.UNNORMALISED, Optional.of(circle));
        return Trajectory.of(setting(), field, circle.unitTokens(), x, 2, grid)
                .series((t, s) -> Math.sqrt(1 - UnitTokens.of(s, 2).disorder()));
    }

    @Test
    void interruptionEndsASimulation() {
        Setting stopped = new Setting(
                1,
                new RungeKutta4(0.1),
                OptionalDouble.empty(),
                10,
                Optional.empty(),
                Optional.empty(),
                () -> true,
                (done, all) -> {});

        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> new org.consensusprobe.theory.systems.HemisphereFlow(10, 2, 1, new double[] {1, 2, 3})
                                .run(stopped))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.INTERRUPTED));
    }
}
