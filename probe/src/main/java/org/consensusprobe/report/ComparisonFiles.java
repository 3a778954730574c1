package org.consensusprobe.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.consensusprobe.common.Csv;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.report.stats.CurveNumbers;
import org.consensusprobe.report.stats.DepthTo;
import org.consensusprobe.report.stats.Difference;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.results.Manifest;

/**
 * A comparison for other programs: {@code compare.csv}, a row for each curve, and {@code compare.json}, with the
 * differences as well. Both have the same fields; what does not exist is an empty cell, or null.
 */
public final class ComparisonFiles {
    /** The last column of every table of curves, after whatever a table adds. */
    static final String RATE_PER_STEP = "rate_per_attention_step";

    private ComparisonFiles() {}

    /** The columns of {@link #csv}, and of any table of curves that wants to be like it. */
    public static List<String> columns() {
        List<String> columns = new ArrayList<>(List.of(
                "label",
                "run",
                "model",
                "weights",
                "seed",
                "draws",
                "feed_forward",
                "dtype",
                "prompt_set",
                "prompts",
                "tokens",
                "passes",
                "layers"));
        for (String error : List.of("error_depth_0", "error_native", "error_end")) {
            columns.addAll(List.of(error, error + "_low", error + "_high"));
        }
        DepthTo.EXPONENTS.forEach(e -> columns.add("depth_to_1e" + e));
        columns.addAll(List.of(
                "rate",
                "rate_low",
                "rate_high",
                "passes_to_halve",
                "straightness",
                "rate_prompts",
                "rate_values",
                "rate_values_at_floor",
                "rate_remark",
                "floor"));
        return columns;
    }

    /** The cell of {@link #RATE_PER_STEP}. */
    static String ratePerStep(CurveNumbers numbers) {
        return numbers.ratePerStep().isPresent()
                ? Double.toString(numbers.ratePerStep().getAsDouble())
                : "";
    }

    /**
     * A curve and the run, or runs, that it is of.
     *
     * @param first manifest; the others differ in the seed
     * @param runs their folders
     * @param seeds of those that are draws
     */
    record Named(String label, Manifest first, String runs, String seeds, CurveNumbers numbers) {
        static Named of(Comparison.Row row) {
            return new Named(
                    row.label(),
                    row.manifest(),
                    row.runs().stream().map(r -> r.path().toString()).collect(Collectors.joining(" ")),
                    row.runs().stream()
                            .map(r -> Long.toString(r.manifest().plan().seed()))
                            .collect(Collectors.joining(" ")),
                    row.numbers());
        }
    }

    /** One curve's cells; empty for what does not exist. */
    static List<String> cells(Named curve) {
        ObjectNode json = json(curve);
        return columns().stream()
                .map(json::path)
                .map(value -> value.isMissingNode() || value.isNull() ? "" : value.asText())
                .toList();
    }

    private static List<String> csvColumns() {
        List<String> columns = new ArrayList<>(columns());
        columns.add(RATE_PER_STEP);
        columns.addAll(PlanColumns.others(columns));
        return columns;
    }

    /** The table {@code compare.csv}. */
    public static String csv(Comparison comparison) {
        StringBuilder csv = new StringBuilder(Csv.line(csvColumns()));
        List<String> others =
                csvColumns().subList(columns().size() + 1, csvColumns().size());
        comparison.rows().forEach(row -> {
            List<String> cells = new ArrayList<>(cells(Named.of(row)));
            cells.add(ratePerStep(row.numbers()));
            others.forEach(column -> cells.add(PlanColumns.cells(row.manifest()).get(column)));
            csv.append(Csv.line(cells));
        });
        return csv.toString();
    }

    public static String json(Comparison comparison) {
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("format", 1);
        ObjectNode method = root.putObject("method");
        method.put(
                "rate",
                "slope of the mean over prompts of ln(error) per pass at the native depth, the first pass left out");
        method.put(
                RATE_PER_STEP,
                "slope of ln(mean error) per unit of the running sum of attention-step over blocks, the first pass left out");
        method.put("interval", "bootstrap over prompts, or over draws and then prompts; Student's width");
        method.put("coverage", Bootstrap.COVERAGE);
        method.put("resamples", Bootstrap.RESAMPLES);
        comparison.rows().forEach(row -> root.withArray("/curves").add(json(Named.of(row))));
        root.putArray("differences");
        for (Comparison.Contrast contrast : comparison.contrasts()) {
            for (Difference d : contrast.differences()) {
                ObjectNode node = root.withArray("/differences").addObject();
                node.put("first", contrast.first());
                node.put("second", contrast.second());
                node.put("quantity", d.quantity().id());
                put(node, "difference", d.estimate().orElse(new Estimate(Double.NaN, java.util.Optional.empty())));
                node.put("paired", d.paired());
                node.put("remark", d.remark());
            }
        }
        root.putArray("warnings");
        comparison.warnings().forEach(root.withArray("/warnings")::add);
        return pretty(root);
    }

    private static ObjectNode json(Named curve) {
        Map<String, String> cells = PlanColumns.cells(curve.first());
        CurveNumbers n = curve.numbers();
        ObjectNode node = StrictJson.mapper().createObjectNode();
        node.put("label", curve.label());
        node.put("run", curve.runs());
        node.put("model", cells.get("model"));
        node.put("weights", cells.get("weights"));
        node.put("seed", curve.first().plan().isDrawn() ? curve.seeds() : null);
        node.put("draws", n.draws());
        node.put("feed_forward", curve.first().plan().feedForward());
        node.put("dtype", cells.get("dtype"));
        node.put("prompt_set", cells.get("prompt_set"));
        node.put("prompts", n.prompts());
        node.put("tokens", curve.first().tokens());
        node.put("passes", n.route().passes());
        node.put("layers", n.route().layers());
        put(node, "error_depth_0", n.start());
        put(node, "error_native", n.nativeDepth());
        put(node, "error_end", n.end());
        for (DepthTo depth : n.depths()) {
            node.put(
                    "depth_to_1e" + depth.exponent(),
                    depth.depth().isPresent() ? Integer.valueOf(depth.depth().getAsInt()) : null);
        }
        put(node, "rate", n.rate().slope().orElse(new Estimate(Double.NaN, java.util.Optional.empty())));
        put(node, "passes_to_halve", n.rate().passesToHalve().orElse(Double.NaN));
        put(node, "straightness", n.rate().straightness());
        node.put("rate_prompts", n.rate().prompts());
        node.put("rate_values", n.rate().values());
        node.put("rate_values_at_floor", n.rate().valuesAtFloor());
        node.put("rate_remark", n.rate().remark());
        put(node, "floor", n.floor() > 0 ? n.floor() : Double.NaN);
        put(node, RATE_PER_STEP, n.ratePerStep().orElse(Double.NaN));
        return node;
    }

    private static void put(ObjectNode node, String name, Estimate estimate) {
        put(node, name, estimate.value());
        put(node, name + "_low", estimate.interval().map(i -> i.low()).orElse(Double.NaN));
        put(node, name + "_high", estimate.interval().map(i -> i.high()).orElse(Double.NaN));
    }

    private static void put(ObjectNode node, String name, double value) {
        node.put(name, Double.isFinite(value) ? Double.valueOf(value) : null);
    }

    private static String pretty(ObjectNode root) {
        DefaultIndenter indent = new DefaultIndenter("  ", "\n");
        try {
            return StrictJson.mapper()
                            .writer(new DefaultPrettyPrinter()
                                    .withObjectIndenter(indent)
                                    .withArrayIndenter(indent))
                            .writeValueAsString(root)
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
