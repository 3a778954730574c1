package org.consensusprobe.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.report.chart.Palette;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.SphereChart;

/**
 * {@code report.html} of a simulation: statement, findings, figure, spheres to turn, and all that was chosen; one file
 * that asks the network for nothing.
 */
public final class SimulationReport {
    /** More points than this per path cannot be told apart on a screen. */
    private static final int MOST_POINTS = 240;

    private SimulationReport() {}

    /** Writes the page. */
    public static void write(SimulationResult result, String version, String command, Path file) {
        String script = HtmlReport.resource("simulation.js");
        String page = Html.fill(
                HtmlReport.resource("simulation.html"),
                "title",
                Html.escape(result.title()),
                "name",
                Html.escape(result.name()),
                "policy",
                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
                        + " script-src 'sha256-" + HtmlReport.sha256(script) + "'",
                "style",
                HtmlReport.resource("report.css") + HtmlReport.resource("simulation.css"),
                "statement",
                Html.escape(result.statement()),
                "findings",
                findings(result),
                "figure",
                new ChartSheet(result.title(), result.charts(), result.columns()).svg(),
                "spheres",
                spheres(result),
                "chosen",
                chosen(result),
                "arrays",
                arrays(result),
                "command",
                Html.escape(command),
                "version",
                Html.escape(version),
                "data",
                Html.scriptJson(data(result)),
                "script",
                script);
        AtomicFiles.writeText(file, page);
    }

    private static String findings(SimulationResult result) {
        return Html.table(
                List.of("", "predicted", "measured", ""),
                result.findings().stream()
                        .map(f -> List.of(
                                Html.escape(f.what()),
                                Html.escape(f.predicted()),
                                Html.escape(f.measured()),
                                Html.escape(f.verdict())))
                        .toList());
    }

    private static String chosen(SimulationResult result) {
        return Html.table(
                List.of("", "value", "fixed by"),
                result.chosen().stream()
                        .map(c -> List.of(
                                Html.escape(c.name()),
                                Html.escape(c.value()),
                                c.source().isEmpty() ? "as chosen" : Html.escape(c.source())))
                        .toList());
    }

    private static String arrays(SimulationResult result) {
        return Html.table(
                List.of("file", "shape"),
                result.arrays().entrySet().stream()
                        .map(e -> List.of(
                                "arrays/" + Html.escape(e.getKey()) + ".npy",
                                e.getValue().shape().toString()))
                        .toList());
    }

    private static String spheres(SimulationResult result) {
        List<SphereChart> charts = spheresOf(result);
        if (charts.isEmpty()) {
            return "";
        }
        String figures = charts.stream()
                .map(c -> "<figure class=\"sphere\"><canvas tabindex=\"0\" role=\"img\" aria-label=\""
                        + Html.escape(c.title())
                        + "\"></canvas><figcaption>" + Html.escape(c.title()) + "</figcaption></figure>")
                .collect(Collectors.joining("\n"));
        return "<section class=\"interactive\"><h2>Turn them</h2>\n<p class=\"hint\">Drag, or use the arrow keys. Open marks:"
                + " starts; filled: ends; pale: the far side.</p>\n<div class=\"spheres\">" + figures
                + "</div></section>";
    }

    private static List<SphereChart> spheresOf(SimulationResult result) {
        return result.charts().stream()
                .filter(SphereChart.class::isInstance)
                .map(SphereChart.class::cast)
                .toList();
    }

    private static String data(SimulationResult result) {
        ArrayNode all = StrictJson.mapper().createArrayNode();
        for (SphereChart chart : spheresOf(result)) {
            ObjectNode node = all.addObject();
            numbers(node.putArray("axes"), chart.halfAxes());
            numbers(node.putArray("view"), chart.view());
            ArrayNode paths = node.putArray("paths");
            for (SphereChart.Path path : chart.paths()) {
                ObjectNode one = paths.addObject();
                one.put(
                        "colour",
                        "#%06x".formatted(Palette.colour(path.colour()).getRGB() & 0xFFFFFF));
                ArrayNode points = one.putArray("points");
                int every = Math.max(1, (path.points().length + MOST_POINTS - 1) / MOST_POINTS);
                for (int i = 0; i < path.points().length; i += every) {
                    numbers(points, path.points()[i]);
                }
                numbers(points, path.points()[path.points().length - 1]);
            }
            ArrayNode arrows = node.putArray("arrows");
            for (SphereChart.Arrow arrow : chart.arrows()) {
                ObjectNode one = arrows.addObject();
                one.put("label", arrow.label());
                numbers(one.putArray("point"), arrow.point());
            }
        }
        return all.toString();
    }

    private static void numbers(ArrayNode array, double[] values) {
        for (double value : values) {
            array.add(Math.round(value * 1e4) / 1e4);
        }
    }
}
