package org.consensusprobe.experiment.attribute;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.consensusprobe.plan.LeftOut;
import org.consensusprobe.report.HalvesSection;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.Interval;
import org.consensusprobe.results.charts.BarChart;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;

/** The grid as bars, with what halves and heads add. */
final class AttributionCharts {
    private static final String LAYER = "layer";
    private static final String DEPTH = "depth";
    private static final String DECADES = "decades without it";

    /** Parts that stand in one chart; halves in the colours of what they add. */
    private record Kind(List<LeftOut.Part> parts, String title, String axis, int colour) {}

    private static final List<Kind> KINDS = List.of(
            new Kind(List.of(LeftOut.Part.BLOCK), "block left out", LAYER, 2),
            new Kind(List.of(LeftOut.Part.ATTENTION), "attention left out", LAYER, 0),
            new Kind(List.of(LeftOut.Part.FEED_FORWARD), "feed-forward left out", LAYER, 1),
            new Kind(
                    List.of(LeftOut.Part.OUTLIERS, LeftOut.Part.SINK), "outliers, sink left out", "in every layer", 3));

    private AttributionCharts() {}

    static List<Chart> of(Attribution all) {
        List<Chart> charts = new ArrayList<>();
        boolean recycled = all.run().route().blocks() > all.run().route().nativeDepth();
        for (Kind kind : KINDS) {
            List<Effect> own = all.effects().stream()
                    .filter(e -> kind.parts.contains(e.part().part()))
                    .toList();
            if (own.isEmpty()) {
                continue;
            }
            charts.add(bars(own, kind, kind.title + ": at native depth", Effect::atNative));
            if (recycled) {
                charts.add(bars(own, kind, kind.title + ": at the end", Effect::atEnd));
            }
        }
        charts.add(HalvesSection.charts(all.run()).get(0));
        if (!all.heads().isEmpty()) {
            charts.add(heads(all));
        }
        all.redundancy().ifPresent(r -> charts.addAll(between(r)));
        all.lens().filter(LogitLens::applies).ifPresent(lens -> charts.add(through(lens)));
        return charts;
    }

    private static LineChart through(LogitLens lens) {
        List<Line> lines = new ArrayList<>();
        lines(lines, "entropy", 0, lens.entropy());
        lines(lines, "divergence from the last", 1, lens.divergence());
        return LineChart.linear("Logit lens", DEPTH, "nats", lines);
    }

    /** The mean, and its interval as faint lines. */
    private static void lines(List<Line> lines, String label, int colour, List<Estimate> byDepth) {
        double[] depths = IntStream.range(0, byDepth.size()).asDoubleStream().toArray();
        lines.add(Line.solid(
                label,
                colour,
                depths,
                byDepth.stream().mapToDouble(Estimate::value).toArray()));
        lines.add(Line.faint(colour, depths, ends(byDepth, Interval::low)));
        lines.add(Line.faint(colour, depths, ends(byDepth, Interval::high)));
    }

    private static List<Chart> between(Redundancy r) {
        List<String> depths = IntStream.range(0, r.angular().length)
                .mapToObj(Integer::toString)
                .toList();
        double widest =
                Arrays.stream(r.angular()).flatMapToDouble(Arrays::stream).max().orElse(1);
        return List.of(
                HeatChart.named(
                        "Angular distance between depths", DEPTH, depths, DEPTH, depths, r.angular(), 0, widest),
                HeatChart.named("Kernel alignment (debiased)", DEPTH, depths, DEPTH, depths, r.debiased(), 0, 1));
    }

    private static BarChart bars(List<Effect> own, Kind kind, String title, Function<Effect, Change> where) {
        List<Estimate> estimates =
                own.stream().map(e -> where.apply(e).decades()).toList();
        List<String> names = own.stream().map(e -> e.part().label()).toList();
        return new BarChart(
                title,
                kind.axis,
                DECADES,
                0,
                names,
                List.of(new BarChart.Part(
                        "",
                        kind.colour,
                        estimates.stream().mapToDouble(Estimate::value).toArray(),
                        ends(estimates, Interval::low),
                        ends(estimates, Interval::high))));
    }

    private static double[] ends(List<Estimate> estimates, Function<Interval, Double> end) {
        return estimates.stream()
                .mapToDouble(e -> e.interval().map(end).orElse(Double.NaN))
                .toArray();
    }

    private static HeatChart heads(Attribution all) {
        int blocks = all.run().route().nativeDepth();
        int count = 1 + all.heads().stream().mapToInt(HeadEffect::head).max().orElse(0);
        double[][] values = new double[count][blocks];
        Arrays.stream(values).forEach(row -> Arrays.fill(row, Double.NaN));
        List<Integer> layers = all.layers();
        all.heads()
                .forEach(h ->
                        values[h.head()][layers.indexOf(h.layer())] = h.change().value());
        double most = all.heads().stream()
                .mapToDouble(h -> Math.abs(h.change().value()))
                .max()
                .orElse(0);
        double end = most > 0 ? most : 1;
        return HeatChart.named(
                "Change of the block's error without a head",
                LAYER,
                layers.stream().map(String::valueOf).toList(),
                "head",
                IntStream.range(0, count).mapToObj(Integer::toString).toList(),
                values,
                -end,
                end);
    }
}
