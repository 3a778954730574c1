package org.consensusprobe.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.consensusprobe.report.Figure.Scale;

/** What the lines, bands and marks of all panels mean, in columns below them. */
final class Legend {
    private static final Font FONT = Texts.plain(12f);
    private static final int LINE_HEIGHT = 19;
    private static final int SAMPLE_WIDTH = 30;
    private static final int GAP = 8;
    private static final int COLUMN_GAP = 24;
    private static final Color EXAMPLE = new Color(0x777777);

    private interface Sample {
        void paint(Graphics2D g, double x, double y);
    }

    private record Entry(String text, Sample sample) {
        double width() {
            return SAMPLE_WIDTH + GAP + Texts.width(text, FONT);
        }
    }

    private final List<Entry> entries;
    private final int columns;

    Legend(List<FigureRow> rows, List<Scale> scales, Map<String, Integer> colours, int width) {
        double room = width - SAMPLE_WIDTH - GAP;
        this.entries = entries(rows, scales, colours).stream()
                .map(e -> new Entry(Texts.shorten(e.text(), FONT, room), e.sample()))
                .toList();
        double widest = entries.stream().mapToDouble(Entry::width).max().orElse(1);
        this.columns = Math.max(1, Math.min(entries.size(), (int) ((width + COLUMN_GAP) / (widest + COLUMN_GAP))));
    }

    int height() {
        return lines() * LINE_HEIGHT;
    }

    List<String> texts() {
        return entries.stream().map(Entry::text).toList();
    }

    double width() {
        return DoubleStream.of(columnWidths()).sum() - COLUMN_GAP;
    }

    private double[] columnWidths() {
        double[] widths = new double[columns];
        for (int i = 0; i < entries.size(); i++) {
            widths[i / lines()] = Math.max(widths[i / lines()], entries.get(i).width() + COLUMN_GAP);
        }
        return widths;
    }

    /** Draws from the origin on, down the columns. */
    void paint(Graphics2D g) {
        double[] widths = columnWidths();
        double x = 0;
        for (int column = 0; column < columns; column++) {
            for (int line = 0; line < lines() && column * lines() + line < entries.size(); line++) {
                Entry entry = entries.get(column * lines() + line);
                double y = line * LINE_HEIGHT + LINE_HEIGHT / 2.0;
                entry.sample().paint(g, x, y);
                g.setColor(Palette.TEXT);
                Texts.draw(g, entry.text(), FONT, x + SAMPLE_WIDTH + GAP, y + 4.2);
            }
            x += widths[column];
        }
    }

    private int lines() {
        return (entries.size() + columns - 1) / columns;
    }

    private static List<Entry> entries(List<FigureRow> rows, List<Scale> scales, Map<String, Integer> colours) {
        List<CurveSeries> curves =
                rows.stream().flatMap(r -> r.curves().stream()).toList();
        Map<String, Entry> curveEntries = new LinkedHashMap<>();
        for (CurveSeries curve : curves) {
            int colour = colours.get(curve.colour());
            curveEntries.putIfAbsent(
                    curve.label() + "\n" + colour + curve.feedForward(),
                    new Entry(curve.label(), curveSample(colour, curve.feedForward())));
        }
        List<Entry> entries = new ArrayList<>(curveEntries.values());
        if (curves.stream().anyMatch(CurveSeries::band)) {
            Color colour = colours.size() == 1 ? Palette.colour(0) : EXAMPLE;
            entries.add(new Entry(
                    "10–90 % of prompts",
                    (g, x, y) -> {
                        g.setColor(Palette.band(colour));
                        g.fill(new Rectangle2D.Double(x, y - 5, SAMPLE_WIDTH, 10));
                    }));
        }
        if (scales.contains(Scale.LOG) && rows.stream().anyMatch(r -> new Panel(r, Scale.LOG, colours).showsFloor())) {
            entries.add(new Entry("floor: values below are rounding", (g, x, y) -> {
                g.setColor(Palette.FLOOR);
                g.setStroke(Palette.FLOOR_LINE);
                g.draw(new Line2D.Double(x, y, x + SAMPLE_WIDTH, y));
            }));
        }
        entries.addAll(passEntries(rows));
        return entries;
    }

    private static List<Entry> passEntries(List<FigureRow> rows) {
        List<Entry> entries = new ArrayList<>();
        rows.stream()
                .filter(r -> r.commonLayers() > 0 && r.depth() > r.commonLayers())
                .map(r -> r.passesPerLine() == 1
                        ? "end of a pass (" + r.commonLayers() + " blocks)"
                        : "every " + r.passesPerLine() + " passes (of " + r.commonLayers() + " blocks)")
                .distinct()
                .forEach(text -> entries.add(new Entry(text, (g, x, y) -> {
                    g.setColor(Palette.PASS_BOUNDARY);
                    g.setStroke(Palette.THIN);
                    g.draw(new Line2D.Double(x + SAMPLE_WIDTH / 2.0, y - 8, x + SAMPLE_WIDTH / 2.0, y + 8));
                })));
        if (rows.stream().anyMatch(r -> r.commonLayers() == 0)) {
            entries.add(new Entry("end of a pass", (g, x, y) -> {
                g.setColor(EXAMPLE);
                g.fill(new Ellipse2D.Double(x + SAMPLE_WIDTH / 2.0 - 2.6, y - 2.6, 5.2, 5.2));
            }));
        }
        return entries;
    }

    private static Sample curveSample(int colour, boolean feedForward) {
        return (g, x, y) -> {
            g.setColor(Palette.colour(colour));
            g.setStroke(Palette.curve(feedForward));
            g.draw(new Line2D.Double(x, y, x + SAMPLE_WIDTH, y));
            if (Palette.marked(colour)) {
                g.fill(Panel.mark(x + SAMPLE_WIDTH / 2.0, y));
            }
        };
    }
}
