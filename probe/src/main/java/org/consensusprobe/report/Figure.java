package org.consensusprobe.report;

import java.awt.Color;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.report.chart.Legend;
import org.consensusprobe.report.chart.Palette;
import org.consensusprobe.report.chart.Panel;
import org.consensusprobe.report.chart.Sheet;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.charts.Chart;

/** A figure of error against depth: rows of curves, each on a linear and a logarithmic scale, over one legend. */
public final class Figure extends Sheet {
    /** The scale of a panel's error axis. */
    public enum Scale {
        LINEAR,
        LOG
    }

    /** Both panels, side by side. */
    public static final List<Scale> BOTH = List.of(Scale.LINEAR, Scale.LOG);

    /** Colours that can be told apart. */
    public static final int MOST_COLOURS = Palette.MOST_COLOURS;

    private static final int PANEL_WIDTH = 506;
    private static final int SINGLE_PANEL_WIDTH = 680;
    private static final int PANEL_HEIGHT = 330;
    private static final Color EXAMPLE = new Color(0x777777);

    /**
     * A figure with several rows.
     *
     * @param title joined by dots, and broken into lines between them
     * @param scales one panel each, left to right
     * @throws Problem if there are more colours than can be told apart
     */
    public Figure(List<String> title, List<FigureRow> rows, List<Scale> scales) {
        this(title, rows, scales, colours(rows), List.of());
    }

    private Figure(
            List<String> title,
            List<FigureRow> rows,
            List<Scale> scales,
            Map<String, Integer> colours,
            List<Chart> under) {
        super(
                title,
                Stream.concat(
                                rows.stream()
                                        .map(row -> new Row(
                                                row.heading(),
                                                List.of(),
                                                scales.stream()
                                                        .map(scale -> new CurvePanel(row, scale, colours))
                                                        .toList())),
                                under(under, scales.size()))
                        .toList(),
                scales.size() == 1 ? SINGLE_PANEL_WIDTH : PANEL_WIDTH,
                PANEL_HEIGHT,
                legend(rows, scales, colours));
    }

    /** The figure of one run: its error and, where passes were compared, how they moved the states. */
    public static Figure of(RunReader run, List<Scale> scales) {
        return of(RunTitle.parts(run.manifest()), CurveSeries.of(run), run, scales);
    }

    /** The same under another title and legend entry. */
    static Figure of(List<String> title, CurveSeries curve, RunReader run, List<Scale> scales) {
        List<FigureRow> rows = List.of(new FigureRow("", List.of(curve)));
        return new Figure(title, rows, scales, colours(rows), PassCharts.of(run));
    }

    private static Stream<Row> under(List<Chart> charts, int columns) {
        return Stream.iterate(0, from -> from < charts.size(), from -> from + columns)
                .map(from -> charts.subList(from, Math.min(from + columns, charts.size())))
                .map(row -> new Row(
                        "",
                        row.stream().map(Chart::title).toList(),
                        row.stream().map(Panel::of).toList()));
    }

    private static Map<String, Integer> colours(List<FigureRow> rows) {
        Map<String, Integer> colours = new LinkedHashMap<>();
        rows.stream().flatMap(r -> r.curves().stream()).forEach(c -> colours.putIfAbsent(c.colour(), colours.size()));
        if (colours.size() > MOST_COLOURS) {
            throw Problem.input(
                    "%d curves of different colours are more than a figure can show; at most %d.",
                    colours.size(), MOST_COLOURS);
        }
        return colours;
    }

    private static List<Legend.Entry> legend(List<FigureRow> rows, List<Scale> scales, Map<String, Integer> colours) {
        List<CurveSeries> curves =
                rows.stream().flatMap(r -> r.curves().stream()).toList();
        Map<String, Legend.Entry> curveEntries = new LinkedHashMap<>();
        for (CurveSeries curve : curves) {
            int colour = colours.get(curve.colour());
            curveEntries.putIfAbsent(
                    curve.label() + "\n" + colour + curve.feedForward(),
                    new Legend.Entry(curve.label(), curveSample(colour, curve.feedForward())));
        }
        List<Legend.Entry> entries = new ArrayList<>(curveEntries.values());
        if (curves.stream().anyMatch(CurveSeries::band)) {
            entries.add(area("10–90 % of prompts", Palette.band(colours.size() == 1 ? Palette.colour(0) : EXAMPLE)));
        }
        if (scales.contains(Scale.LOG)
                && rows.stream().anyMatch(r -> new CurvePanel(r, Scale.LOG, colours).showsFloor())) {
            entries.add(new Legend.Entry(
                    "floor: values below are rounding",
                    (canvas, half) -> canvas.line(-half, 0, half, 0, Palette.FLOOR, Palette.FLOOR_LINE)));
        }
        entries.addAll(passEntries(rows));
        return entries;
    }

    private static List<Legend.Entry> passEntries(List<FigureRow> rows) {
        List<Legend.Entry> entries = new ArrayList<>();
        rows.stream()
                .filter(r -> r.passes().stream()
                        .flatMapToInt(p -> java.util.stream.IntStream.of(p.lines()))
                        .anyMatch(end -> end < r.depth()))
                .map(r -> passText(r.passes().orElseThrow()))
                .distinct()
                .forEach(text -> entries.add(new Legend.Entry(
                        text, (canvas, half) -> canvas.line(0, -8, 0, 8, Palette.PASS_BOUNDARY, Palette.THIN))));
        if (rows.stream().anyMatch(r -> r.passes().isEmpty())) {
            entries.add(new Legend.Entry("end of a pass", (canvas, half) -> canvas.dot(0, 0, EXAMPLE)));
        }
        if (rows.stream().flatMap(r -> r.passes().stream()).anyMatch(p -> !p.once()
                .isEmpty())) {
            entries.add(area("blocks that run once", Palette.ONCE));
        }
        return entries;
    }

    private static String passText(Passes passes) {
        String blocks = passes.blocks() == 0 ? "" : passes.blocks() + (passes.blocks() == 1 ? " block" : " blocks");
        return passes.perLine() == 1
                ? "end of a pass" + (blocks.isEmpty() ? "" : " (" + blocks + ")")
                : "every " + passes.perLine() + " passes" + (blocks.isEmpty() ? "" : " (of " + blocks + ")");
    }

    private static Legend.Entry area(String text, Color colour) {
        return new Legend.Entry(text, (canvas, half) -> canvas.box(-half, -5, 2 * half, 10, colour));
    }

    private static Legend.Sample curveSample(int colour, boolean feedForward) {
        return (canvas, half) -> {
            canvas.line(-half, 0, half, 0, Palette.colour(colour), Palette.curve(feedForward));
            if (Palette.marked(colour)) {
                canvas.fill(CurvePanel.mark(0, 0), Palette.colour(colour));
            }
        };
    }
}
