package org.consensusprobe.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.RunReader;

/**
 * What a report's charts draw, as JSON: curves with their bands, and the paths of single prompts.
 *
 * <p>Long runs are thinned until a page stays below about 3 MB: of each stretch of a curve its ends and extremes are
 * kept, then prompts are taken at even distances. {@link #thinned} says what was left out.
 */
final class ReportData {
    /** Depths drawn of one curve; a chart has fewer pixels. */
    private static final int MOST_DEPTHS = 1200;
    /** Values of single prompts in a page, at about nine characters each. */
    private static final int MOST_PROMPT_VALUES = 170_000;

    private static final int MOST_MEASURE_DEPTHS = 300;
    private static final int FEWEST_PROMPT_DEPTHS = 120;
    private static final MathContext DIGITS = new MathContext(5);

    private final ArrayNode charts = StrictJson.mapper().createArrayNode();
    private final int promptValuesPerRun;
    private boolean thinned;

    /** @param runs how many runs share the page */
    ReportData(int runs) {
        this.promptValuesPerRun = MOST_PROMPT_VALUES / Math.max(1, runs);
    }

    /** Adds a section's chart. */
    void add(Section section) {
        ObjectNode chart = charts.addObject();
        ArrayNode curves = chart.putArray("curves");
        Map<String, Integer> colours = new LinkedHashMap<>();
        for (Section.Entry entry : section.entries()) {
            colours.putIfAbsent(entry.colour(), colours.size());
            curve(curves.addObject(), entry, colours.get(entry.colour()));
        }
    }

    /** The JSON of all charts. */
    String json() {
        return charts.toString();
    }

    /** Whether some depths or prompts were left out. */
    boolean thinned() {
        return thinned;
    }

    private void curve(ObjectNode node, Section.Entry entry, int colour) {
        RunReader run = entry.run();
        double[][] error = run.error();
        Route route = run.route();
        CurveSeries series = CurveSeries.of(run.manifest(), Curve.of(error, route));
        node.put("label", entry.label());
        node.put("colour", colour);
        node.put("solid", series.feedForward());
        ObjectNode way = node.putObject("route");
        if (!run.depthNames().isEmpty()) {
            run.depthNames().forEach(way.putArray("names")::add);
        }
        way.put("first", route.first())
                .put("width", route.width())
                .put("passes", route.passes())
                .put("trained", run.manifest().trainedPasses())
                .put("after", route.after());
        if (series.hasFloor()) {
            node.put("floor", series.floor());
            node.put("floorName", series.floorName());
        }
        int[] depths = series.depthsToDraw(MOST_DEPTHS);
        thinned |= depths.length < series.mean().length;
        node.set("depths", integers(depths));
        node.set("mean", values(series.mean(), depths));
        if (series.band()) {
            node.set("p10", values(series.p10(), depths));
            node.set("p90", values(series.p90(), depths));
        }
        measures(node.putObject("measures"), run, series);
        // an encoder has no token that all others listen to
        if (run.manifest().fullAttention() && node.at("/measures/means").has(MeasureNames.PAIRWISE_MEAN)) {
            node.put("beside", MeasureNames.PAIRWISE_MEAN);
        }
        prompts(node.putObject("prompts"), error, series);
    }

    // fewer depths than the error's: there may be forty of them
    private void measures(ObjectNode node, RunReader run, CurveSeries series) {
        int[] depths = series.depthsToDraw(MOST_MEASURE_DEPTHS);
        node.set("depths", integers(depths));
        ObjectNode means = node.putObject("means");
        int[] ends = run.route().ends();
        int[] passes = every(IntStream.range(0, ends.length).toArray(), MOST_MEASURE_DEPTHS);
        ObjectNode ofPasses = node.putObject("passMeans");
        node.set(
                "passDepths",
                integers(IntStream.of(passes).map(pass -> ends[pass]).toArray()));
        for (RecordedMeasures.Curve curve : RecordedMeasures.of(run)) {
            if (curve.perPass()) {
                ofPasses.set(curve.name(), values(curve.mean(), passes));
            } else {
                means.set(curve.name(), values(curve.mean(), depths));
            }
        }
    }

    private void prompts(ObjectNode node, double[][] error, CurveSeries series) {
        int all = series.mean().length;
        int budget = Math.max(FEWEST_PROMPT_DEPTHS, promptValuesPerRun / error.length);
        int[] depths = series.depthsToDraw(Math.min(MOST_DEPTHS, budget));
        if (depths.length > budget && depths.length < all) {
            depths = every(depths, budget);
        } else if (depths.length > budget) {
            depths = every(IntStream.range(0, all).toArray(), budget);
        }
        int shown = Math.max(1, Math.min(error.length, promptValuesPerRun / depths.length));
        thinned |= shown < error.length || depths.length < all;
        node.put("all", error.length);
        node.set("depths", integers(depths));
        int[] numbers = every(IntStream.range(0, error.length).toArray(), shown);
        node.set("numbers", integers(IntStream.of(numbers).map(n -> n + 1).toArray()));
        ArrayNode paths = node.putArray("paths");
        for (int prompt : numbers) {
            paths.add(values(error[prompt], depths));
        }
    }

    /** Some elements at even distances, the first and last among them. */
    private static int[] every(int[] values, int count) {
        if (count >= values.length) {
            return values;
        }
        return count == 1
                ? new int[] {values[0]}
                : IntStream.range(0, count)
                        .map(i -> values[(int) Math.round((double) i * (values.length - 1) / (count - 1))])
                        .toArray();
    }

    private static ArrayNode integers(int[] values) {
        ArrayNode node = StrictJson.mapper().createArrayNode();
        IntStream.of(values).forEach(node::add);
        return node;
    }

    private static ArrayNode values(double[] values, int[] depths) {
        ArrayNode node = StrictJson.mapper().createArrayNode();
        for (int depth : depths) {
            if (Double.isFinite(values[depth])) {
                node.add(new BigDecimal(values[depth], DIGITS).doubleValue());
            } else {
                node.addNull();
            }
        }
        return node;
    }

    /** How many runs of the sections share the page. */
    static int curves(List<Section> sections) {
        return sections.stream().mapToInt(s -> s.entries().size()).sum();
    }
}
