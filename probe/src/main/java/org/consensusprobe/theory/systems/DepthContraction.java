package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;
import static org.consensusprobe.theory.FindingText.numbers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.Contraction;
import org.ejml.data.DMatrixRMaj;

/**
 * The discrete steps x' = (1 - e) x + e A x of "Verified transformer dynamics" with A doubly stochastic: the token diameter
 * after L steps against the bound (1 - e l2)^L d_0, l2 the spectral gap 1 - |A - J|_2.
 *
 * <p>The bound is a theorem for |X - 1 xbar'|_F and symmetric A; for the largest distance of two tokens it fails in
 * general, as the ring of six shows.
 *
 * @param tokens T
 * @param dim D
 * @param steps the strengths e
 * @param depths how many steps are taken
 * @param target the critical depth is where the diameter falls below this part of its start
 */
public record DepthContraction(int tokens, int dim, double[] steps, int depths, double target) implements Simulation {
    private static final DMatrixRMaj RING_START = DMatrixRMaj.wrap(6, 1, new double[] {1, 1, 1, 0, 0, 0});
    private static final int MOST_CURVES = 4;

    @Override
    public String name() {
        return "contraction";
    }

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        int d = setting.dim(dim);
        double[] start = setting.start(n, d, "start", 0);
        DMatrixRMaj x = DMatrixRMaj.wrap(n, d, start);
        DMatrixRMaj a = Contraction.doublyStochastic(weights(setting, start, n, d));
        List<Run> runs = setting.parts(steps.length, i -> run(setting, a, x, steps[i]));
        Run ring = run(setting, Contraction.ring(6), RING_START, 1);
        Run noGap = run(setting, twoGroups(a), x, 1);
        ResultBuilder result = new ResultBuilder();
        choose(result, setting, n, d, Contraction.gap(a));
        find(result, runs, noGap, ring);
        draw(result, runs, noGap, ring);
        result.array(
                "attention",
                IntStream.range(0, n)
                        .mapToObj(r -> Arrays.copyOfRange(a.data, r * n, (r + 1) * n))
                        .toList());
        result.array("strengths", steps);
        result.array("diameter", runs.stream().map(Run::diameter).toList());
        result.array("spread", runs.stream().map(Run::spread).toList());
        return result.build(
                name(),
                "Contraction by doubly stochastic attention: measured and bounded",
                "Verified transformer dynamics: for x' = (1 - e) x + e A x with A doubly stochastic the token diameter after L"
                        + " steps is at most (1 - e l2)^L d_0, with l2 the spectral gap; without a gap nothing contracts."
                        + " It holds for |X - 1 xbar'|_F; for the largest pairwise distance the ring of six is a"
                        + " counter-example.",
                2);
    }

    /** Diameter and spread at all depths for one strength. */
    private record Run(double strength, double[] diameter, double[] spread, double factor) {
        double[] bound(double[] measured) {
            return Curves.table(measured.length, l -> measured[0] * Math.pow(factor, l));
        }

        /** holds or violated. */
        String verdict(double[] measured) {
            double[] bound = bound(measured);
            // below 1e-12 of the start a measured value is rounding
            return IntStream.range(0, measured.length)
                            .allMatch(l -> measured[l] <= bound[l] * (1 + 1e-9) + 1e-12 * measured[0])
                    ? "holds"
                    : "violated";
        }

        double depthTo(double target) {
            return IntStream.range(0, diameter.length)
                    .filter(l -> diameter[l] < target * diameter[0])
                    .mapToDouble(l -> l)
                    .findFirst()
                    .orElse(Double.NaN);
        }

        double predictedDepth(double target) {
            return factor >= 1 - 1e-12 ? Double.NaN : Math.ceil(Math.log(target) / Math.log(factor));
        }
    }

    private Run run(Setting setting, DMatrixRMaj a, DMatrixRMaj start, double strength) {
        double[] diameter = new double[depths + 1];
        double[] spread = new double[depths + 1];
        DMatrixRMaj x = start;
        for (int l = 0; l <= depths; l++) {
            setting.requireGoingOn("depth", l);
            diameter[l] = Contraction.diameter(x);
            spread[l] = Contraction.spread(x);
            x = Contraction.step(a, x, strength);
        }
        return new Run(strength, diameter, spread, 1 - strength * Contraction.gap(a));
    }

    /** Positive weights: the softmax of x_i' Q'K x_j. */
    private static DMatrixRMaj weights(Setting setting, double[] x, int n, int d) {
        return AttentionField.onSphere(n, d, List.of(setting.firstHead(d)), false)
                .attention(0, x, 0)
                .copy();
    }

    /** The same weights with the first and the second half of the tokens deaf to each other. */
    private static DMatrixRMaj twoGroups(DMatrixRMaj a) {
        int n = a.numRows;
        DMatrixRMaj groups = a.copy();
        for (int i = 0; i < groups.data.length; i++) {
            groups.data[i] *= i / n < n / 2 == i % n < n / 2 ? 1 : 0;
        }
        return Contraction.doublyStochastic(groups);
    }

    private void choose(ResultBuilder result, Setting setting, int n, int d, double gap) {
        result.chosen("tokens", n + " on the unit sphere of R^" + d);
        result.chosen(
                "A",
                (setting.learned().isPresent()
                                ? "the checkpoint's attention on the start (first head, full)"
                                : "exp of x_i' Q'K x_j with random Q, K")
                        + ", balanced by Sinkhorn; the same at every step",
                "A doubly stochastic");
        result.chosen("spectral gap l2", number(gap) + " = 1 - |A - J|_2");
        result.chosen("strengths e", numbers(steps));
        result.chosen("depths", Integer.toString(depths));
        result.chosen("critical depth", "where the diameter falls below " + number(target) + " d_0");
        result.chosen("seed", Long.toString(setting.seed()));
    }

    private void find(ResultBuilder result, List<Run> runs, Run noGap, Run ring) {
        for (Run run : runs) {
            double measured = run.depthTo(target);
            result.finding(
                    "depth to " + number(target) + " d_0, e = " + number(run.strength),
                    "<= " + number(run.predictedDepth(target)),
                    Double.isNaN(measured) ? "> " + depths : number(measured),
                    "bound on the diameter " + run.verdict(run.diameter) + ", on |X - 1 xbar'|_F "
                            + run.verdict(run.spread));
        }
        result.finding(
                "two groups that do not hear each other: gap",
                "0",
                number(1 - noGap.factor),
                "diameter at the end " + number(noGap.diameter[depths] / noGap.diameter[0])
                        + " d_0: the groups never meet");
        result.finding(
                "ring of six, x = 111000: first ratio of diameters",
                "<= " + number(ring.factor),
                number(ring.diameter[1] / ring.diameter[0]),
                "the bound fails for the largest pairwise distance");
        result.finding(
                "ring of six: first ratio of |X - 1 xbar'|_F",
                "<= " + number(ring.factor),
                ring.spread[1] / ring.spread[0],
                ring.spread[1] <= ring.factor * ring.spread[0] * (1 + 1e-12));
    }

    private void draw(ResultBuilder result, List<Run> runs, Run noGap, Run ring) {
        double[] depth = Curves.table(depths + 1, i -> i);
        List<Line> curves = new ArrayList<>();
        int every = Math.max(1, (runs.size() + MOST_CURVES - 1) / MOST_CURVES);
        for (int i = 0; i < runs.size(); i += every) {
            Run run = runs.get(i);
            double[] bound = Curves.above(run.bound(run.diameter), 1e-15);
            curves.add(Line.solid("e = " + number(run.strength), i / every, depth, Curves.above(run.diameter, 1e-15)));
            curves.add(Line.dashed(i == 0 ? "bounds (1 − e λ₂)ᴸ d₀" : "", i / every, depth, bound));
        }
        result.chart(LineChart.log("Diameter against depth", "depth L", "largest distance of two tokens", curves));
        double[] predicted =
                runs.stream().mapToDouble(r -> r.predictedDepth(target)).toArray();
        double[] measured = runs.stream().mapToDouble(r -> r.depthTo(target)).toArray();
        result.chart(new LineChart(
                "Critical depth",
                "strength e",
                "depth to " + number(target) + " d₀",
                LineChart.Scale.LINEAR,
                LineChart.Scale.LOG,
                List.of(Line.dashed("bound", 1, steps, predicted), Line.dots("measured", 0, steps, measured))));
        int few = Math.min(depths, 40);
        result.chart(LineChart.linear(
                "No gap, no contraction (e = 1)",
                "depth L",
                "diameter over its start",
                List.of(
                        relative("two groups: diameter", 0, noGap.diameter, few),
                        relative("bound with λ₂ = 0", 1, noGap.bound(noGap.diameter), few))));
        int early = Math.min(depths, 8);
        result.chart(LineChart.log(
                "The ring of six (e = 1, x = 111000)",
                "depth L",
                "over its start",
                List.of(
                        relative("diameter", 0, ring.diameter, early),
                        relative("|X − 1x̄′| Frobenius", 2, ring.spread, early),
                        relative("bound (1 − λ₂)ᴸ", 1, ring.bound(ring.diameter), early))));
    }

    /** The first depths of a quantity over its start; the bound, of colour 1, dashed. */
    private static Line relative(String label, int colour, double[] y, int last) {
        double[] x = Curves.table(last + 1, l -> l);
        double[] over = Curves.table(last + 1, l -> y[l] / y[0]);
        return colour == 1 ? Line.dashed(label, colour, x, over) : Line.solid(label, colour, x, over);
    }
}
