package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.results.SimulationResult.Finding;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.Contraction;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.attention.Head;
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

    @Override
    public String name() {
        return "contraction";
    }

    /** Diameter and spread at all depths for one strength. */
    private record Run(double strength, double[] diameter, double[] spread, double factor) {
        double[] bound(double[] measured) {
            return IntStream.range(0, measured.length)
                    .mapToDouble(l -> measured[0] * Math.pow(factor, l))
                    .toArray();
        }

        static boolean within(double[] measured, double[] bound) {
            // below 1e-12 of the start a measured value is rounding
            return IntStream.range(0, measured.length)
                    .allMatch(l -> measured[l] <= bound[l] * (1 + 1e-9) + 1e-12 * measured[0]);
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

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        int d = setting.dim(dim);
        double[] start = setting.start(n, d, "start", 0);
        DMatrixRMaj x = DMatrixRMaj.wrap(n, d, start);
        DMatrixRMaj a = Contraction.doublyStochastic(attention(setting, start, n, d));
        double gap = Contraction.gap(a);
        List<Run> runs = setting.parts(steps.length, i -> run(setting, a, gap, x, steps[i]));
        Run ring = run(setting, Contraction.ring(6), Contraction.gap(Contraction.ring(6)), RING_START, 1);
        DMatrixRMaj apart = twoGroups(a);
        Run noGap = run(setting, apart, Contraction.gap(apart), x, 1);

        List<Finding> findings = new ArrayList<>();
        for (Run run : runs) {
            boolean diameterHolds = Run.within(run.diameter, run.bound(run.diameter));
            boolean spreadHolds = Run.within(run.spread, run.bound(run.spread));
            double measured = run.depthTo(target);
            findings.add(new Finding(
                    "depth to " + number(target) + " d_0, e = " + number(run.strength),
                    "<= " + number(run.predictedDepth(target)),
                    Double.isNaN(measured) ? "> " + depths : number(measured),
                    "bound on the diameter " + (diameterHolds ? "holds" : "violated") + ", on |X - 1 xbar'|_F "
                            + (spreadHolds ? "holds" : "violated")));
        }
        findings.add(new Finding(
                "two groups that do not hear each other: gap",
                "0",
                number(1 - noGap.factor),
                "diameter at the end " + number(noGap.diameter[depths] / noGap.diameter[0])
                        + " d_0: the groups never meet"));
        findings.add(new Finding(
                "ring of six, x = 111000: first ratio of diameters",
                "<= " + number(ring.factor),
                number(ring.diameter[1] / ring.diameter[0]),
                "the bound fails for the largest pairwise distance"));
        findings.add(new Finding(
                "ring of six: first ratio of |X - 1 xbar'|_F",
                "<= " + number(ring.factor),
                number(ring.spread[1] / ring.spread[0]),
                ring.spread[1] <= ring.factor * ring.spread[0] * (1 + 1e-12) ? "agrees" : "differs"));
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("attention", Trajectory.array(rows(a)));
        arrays.put("strengths", Trajectory.array(steps));
        arrays.put("diameter", Trajectory.array(runs.stream().map(Run::diameter).toArray(double[][]::new)));
        arrays.put("spread", Trajectory.array(runs.stream().map(Run::spread).toArray(double[][]::new)));
        List<Chosen> chosen = new ArrayList<>(List.of(
                new Chosen("tokens", n + " on the unit sphere of R^" + d, ""),
                new Chosen(
                        "A",
                        (setting.learned().isPresent()
                                        ? "the checkpoint's attention on the start (first head, full)"
                                        : "exp of x_i' Q'K x_j with random Q, K")
                                + ", balanced by Sinkhorn; the same at every step",
                        "A doubly stochastic"),
                new Chosen("spectral gap l2", number(gap) + " = 1 - |A - J|_2", ""),
                new Chosen(
                        "strengths e",
                        Arrays.stream(steps).mapToObj(e -> number(e)).collect(Collectors.joining(", ")),
                        ""),
                new Chosen("depths", Integer.toString(depths), ""),
                new Chosen("critical depth", "where the diameter falls below " + number(target) + " d_0", ""),
                new Chosen("seed", Long.toString(setting.seed()), "")));
        return new SimulationResult(
                name(),
                "Contraction by doubly stochastic attention: measured and bounded",
                "Verified transformer dynamics: for x' = (1 - e) x + e A x with A doubly stochastic the token diameter after L"
                        + " steps is at most (1 - e l2)^L d_0, with l2 the spectral gap; without a gap nothing contracts."
                        + " It holds for |X - 1 xbar'|_F; for the largest pairwise distance the ring of six is a"
                        + " counter-example.",
                chosen,
                findings,
                charts(runs, noGap, ring),
                2,
                arrays);
    }

    private Run run(Setting setting, DMatrixRMaj a, double gap, DMatrixRMaj start, double strength) {
        double[] diameter = new double[depths + 1];
        double[] spread = new double[depths + 1];
        DMatrixRMaj x = start;
        for (int l = 0; l <= depths; l++) {
            if (setting.stop().getAsBoolean()) {
                throw Problem.interrupted("Interrupted at depth %d; nothing was written.", l);
            }
            diameter[l] = Contraction.diameter(x);
            spread[l] = Contraction.spread(x);
            x = Contraction.step(a, x, strength);
        }
        return new Run(strength, diameter, spread, 1 - strength * gap);
    }

    /** Positive weights exp(x_i' Q'K x_j). */
    private static DMatrixRMaj attention(Setting setting, double[] x, int n, int d) {
        Draws draws = setting.draws("heads", 0);
        Head head = setting.learned()
                .map(m -> m.heads().get(0))
                .orElseGet(() -> Head.scoring(draws.uniformMatrix(d, d), draws.uniformMatrix(d, d)));
        return AttentionField.onSphere(n, d, List.of(head), false)
                .attention(0, x, 0)
                .copy();
    }

    /** The same weights with the first and the second half of the tokens deaf to each other. */
    private static DMatrixRMaj twoGroups(DMatrixRMaj a) {
        int n = a.numRows;
        DMatrixRMaj groups = a.copy();
        for (int r = 0; r < n; r++) {
            for (int c = 0; c < n; c++) {
                if (r < n / 2 != c < n / 2) {
                    groups.set(r, c, 0);
                }
            }
        }
        return Contraction.doublyStochastic(groups);
    }

    private List<Chart> charts(List<Run> runs, Run noGap, Run ring) {
        double[] depth = IntStream.rangeClosed(0, depths).mapToDouble(i -> i).toArray();
        List<Line> curves = new ArrayList<>();
        int every = Math.max(1, (runs.size() + 3) / 4);
        for (int i = 0; i < runs.size(); i += every) {
            Run run = runs.get(i);
            int colour = i / every;
            curves.add(Line.solid("e = " + number(run.strength), colour, depth, clipped(run.diameter)));
            curves.add(Line.dashed(
                    i == 0 ? "bounds (1 − e λ₂)ᴸ d₀" : "", colour, depth, clipped(run.bound(run.diameter))));
        }
        double[] strengths = runs.stream().mapToDouble(Run::strength).toArray();
        List<Line> critical = List.of(
                Line.dashed(
                        "bound",
                        1,
                        strengths,
                        runs.stream().mapToDouble(r -> r.predictedDepth(target)).toArray()),
                Line.dots(
                        "measured",
                        0,
                        strengths,
                        runs.stream().mapToDouble(r -> r.depthTo(target)).toArray()));
        int few = Math.min(depths, 40);
        double[] first = Arrays.copyOf(depth, few + 1);
        List<Line> none = List.of(
                Line.solid("two groups: diameter", 0, first, relative(noGap.diameter, few)),
                Line.dashed("bound with λ₂ = 0", 1, first, relative(noGap.bound(noGap.diameter), few)));
        int early = Math.min(depths, 8);
        double[] start = Arrays.copyOf(depth, early + 1);
        List<Line> six = List.of(
                Line.solid("diameter", 0, start, relative(ring.diameter, early)),
                Line.solid("|X − 1x̄′| Frobenius", 2, start, relative(ring.spread, early)),
                Line.dashed("bound (1 − λ₂)ᴸ", 1, start, relative(ring.bound(ring.diameter), early)));
        return List.of(
                LineChart.log("Diameter against depth", "depth L", "largest distance of two tokens", curves),
                new LineChart(
                        "Critical depth",
                        "strength e",
                        "depth to " + number(target) + " d₀",
                        LineChart.Scale.LINEAR,
                        LineChart.Scale.LOG,
                        critical),
                LineChart.linear("No gap, no contraction (e = 1)", "depth L", "diameter over its start", none),
                LineChart.log("The ring of six (e = 1, x = 111000)", "depth L", "over its start", six));
    }

    private static double[] relative(double[] y, int last) {
        return Arrays.stream(y, 0, last + 1).map(v -> v / y[0]).toArray();
    }

    private static double[] clipped(double[] y) {
        return Arrays.stream(y).map(v -> v < 1e-15 ? Double.NaN : v).toArray();
    }

    private static double[][] rows(DMatrixRMaj a) {
        return IntStream.range(0, a.numRows)
                .mapToObj(r -> Arrays.copyOfRange(a.data, r * a.numCols, (r + 1) * a.numCols))
                .toArray(double[][]::new);
    }
}
