package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Route;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.charts.BarChart;
import org.consensusprobe.results.charts.Chart;

/** Which halves of the blocks make the error: bars a layer and a pass, and their sums. */
public final class HalvesSection {
    private static final int MOST_BARS = 2000;

    private HalvesSection() {}

    /**
     * What the halves of all blocks add to the error, and what the norms between passes do.
     *
     * @param attention the sum over all blocks, mean over prompts
     * @param feedForward likewise
     * @param rest what is left of the change from the embedding to the last block: the norms between passes, and steps or
     *     anchors
     */
    public record Sums(Estimate attention, Estimate feedForward, Estimate rest, Estimate change) {
        /** In a sentence, of all passes. */
        public String words() {
            return halves() + "; between passes: " + Numbers.signed(rest)
                    + "; sum, from the embedding to the last block: " + Numbers.signed(change) + ".";
        }

        /** In a sentence, of one pass. */
        public String inAPass() {
            return halves() + "; sum, from the embedding to the pass's last block: " + Numbers.signed(change) + ".";
        }

        private String halves() {
            return "All attention halves together: " + Numbers.signed(attention) + "; all feed-forward halves: "
                    + Numbers.signed(feedForward);
        }
    }

    /** Whether a run recorded what both halves add to the error. */
    public static boolean isRecorded(RunReader run) {
        Set<String> names = run.manifest().measures().stream()
                .map(ManifestSections.Measure::name)
                .collect(Collectors.toSet());
        return names.containsAll(List.of(MeasureNames.ERROR_ATTENTION, MeasureNames.ERROR_FEED_FORWARD));
    }

    /** The sums of a run that recorded both halves, up to a depth. */
    public static Sums sums(RunReader run, int depth) {
        double[][] error = run.error();
        double[] attention = summed(run.measure(MeasureNames.ERROR_ATTENTION).rows(), depth);
        double[] feedForward =
                summed(run.measure(MeasureNames.ERROR_FEED_FORWARD).rows(), depth);
        double[] change = new double[error.length];
        double[] rest = new double[error.length];
        for (int p = 0; p < error.length; p++) {
            change[p] = error[p][depth] - error[p][0];
            rest[p] = change[p] - attention[p] - feedForward[p];
        }
        return new Sums(mean(attention), mean(feedForward), mean(rest), mean(change));
    }

    /** The bars of a run that recorded both halves, a block of its first pass, and of all passes where there are more. */
    public static List<Chart> charts(RunReader run) {
        Route route = run.route();
        List<Chart> charts = new ArrayList<>();
        charts.add(bars(run, "The first pass, block by block", route.nativeDepth()));
        if (route.blocks() > route.nativeDepth() && route.blocks() <= MOST_BARS) {
            charts.add(bars(run, "All passes", route.blocks()));
        }
        return charts;
    }

    private static BarChart bars(RunReader run, String title, int depth) {
        return new BarChart(
                title,
                "depth",
                "change of the error",
                1,
                List.of(),
                List.of(
                        BarChart.Part.of("attention", 0, means(run, MeasureNames.ERROR_ATTENTION, depth)),
                        BarChart.Part.of("feed-forward", 1, means(run, MeasureNames.ERROR_FEED_FORWARD, depth))));
    }

    /** The section's HTML; empty where the halves were not recorded. */
    static String of(RunReader run) {
        if (!isRecorded(run)) {
            return "";
        }
        Route route = run.route();
        List<Chart> charts = charts(run);
        StringBuilder html = new StringBuilder("<section>\n<h2>Attention and feed-forward, half by half</h2>\n<p>");
        html.append(
                        "What each half of a block adds to the error; the two sum to the block's change. Below zero a half pulls")
                .append(" tokens together, above it apart.</p>\n<figure class=\"drawing\">")
                .append(new ChartSheet("", charts, charts.size()).svg())
                .append("</figure>\n<p>The first pass. ")
                .append(Html.escape(sums(run, route.nativeDepth()).inAPass()))
                .append("</p>\n");
        if (route.blocks() > route.nativeDepth()) {
            html.append("<p>All passes. ")
                    .append(Html.escape(sums(run, route.blocks()).words()))
                    .append("</p>\n");
        }
        return html.append("</section>\n").toString();
    }

    private static double[] means(RunReader run, String measure, int depth) {
        double[][] rows = run.measure(measure).rows();
        return IntStream.rangeClosed(1, depth)
                .mapToDouble(d -> Arrays.stream(rows)
                        .mapToDouble(row -> row[d])
                        .filter(v -> !Double.isNaN(v))
                        .average()
                        .orElse(Double.NaN))
                .toArray();
    }

    private static double[] summed(double[][] rows, int depth) {
        return Arrays.stream(rows)
                .mapToDouble(row ->
                        IntStream.rangeClosed(1, depth).mapToDouble(d -> row[d]).sum())
                .toArray();
    }

    private static Estimate mean(double[] values) {
        return Bootstrap.estimate(new double[][] {values});
    }
}
