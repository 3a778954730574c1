package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.stats.PhaseRates;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;

/** How passes moved the states of a run, over its passes: medians over prompts, of the states and of their directions alone. */
final class PassCharts {
    private static final String UNITS = "-unit";
    private static final String PASS = "pass";
    private static final String MEDIAN = "median over prompts";
    private static final int GREY = 4;

    private PassCharts() {}

    /** Steps and their ratios, and the angles between them; nothing where a run did not compare passes. */
    static List<Chart> of(RunReader run) {
        Set<String> recorded = run.manifest().measures().stream()
                .map(ManifestSections.Measure::name)
                .collect(Collectors.toSet());
        List<Line> steps = new ArrayList<>();
        steps.addAll(lines(run, recorded, MeasureNames.PASS_STEP, "step |d| / |x|", 0));
        steps.addAll(lines(run, recorded, MeasureNames.STEP_RATIO, "ratio |d| / |d before|", 1));
        List<Line> angles =
                new ArrayList<>(lines(run, recorded, MeasureNames.STEP_ANGLE, "cosine with the step before", 2));
        List<Chart> charts = new ArrayList<>();
        if (!steps.isEmpty()) {
            charts.add(LineChart.log("How far a pass moves the states", PASS, MEDIAN, steps));
        }
        if (!angles.isEmpty()) {
            for (int level = -1; level <= 1; level++) { // to and fro, wandering, drift
                angles.add(Line.faint(GREY, new double[] {1, run.route().passes()}, new double[] {level, level}));
            }
            charts.add(LineChart.linear("Which way: 1 on, 0 aside, −1 back", PASS, MEDIAN, angles));
        }
        return charts;
    }

    private static List<Line> lines(RunReader run, Set<String> recorded, String measure, String label, int colour) {
        double[] passes =
                IntStream.rangeClosed(1, run.route().passes()).asDoubleStream().toArray();
        List<Line> lines = new ArrayList<>();
        if (recorded.contains(measure)) {
            lines.add(Line.solid(label, colour, passes, median(run, measure)));
        }
        if (recorded.contains(measure + UNITS)) {
            lines.add(Line.dashed(label + ", directions", colour, passes, median(run, measure + UNITS)));
        }
        return lines;
    }

    private static double[] median(RunReader run, String measure) {
        double[][] rows = run.measure(measure).rows();
        return IntStream.range(0, rows[0].length)
                .mapToDouble(pass -> PhaseRates.median(
                        Arrays.stream(rows).mapToDouble(row -> row[pass]).toArray()))
                .toArray();
    }
}
