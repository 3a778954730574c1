package org.consensusprobe.report.chart;

import java.util.List;
import java.util.stream.DoubleStream;
import org.consensusprobe.report.chart.Canvas.Anchor;

/** What the lines, bands and marks of a chart mean, in as many columns as there is room for. */
public final class Legend {
    /** An example, drawn around the origin: from {@code -half} to {@code half}. */
    public interface Sample {
        void paint(Canvas canvas, double half);
    }

    /** A line of the legend. */
    public record Entry(String text, Sample sample) {}

    private final List<Entry> entries;
    private final Lettering font;
    private final double line;
    private final double sample;
    private final double gap;
    private final double[] widths;
    private final List<List<String>> texts;
    private final int tall;

    /**
     * A legend.
     *
     * @param size of its letters
     * @param width that it may take; longer texts are broken into lines. 0 for one column as wide as it has to be
     */
    Legend(List<Entry> entries, float size, double width) {
        this.font = Lettering.plain(size);
        this.line = Math.rint(1.5 * size);
        this.sample = 2.4 * size;
        this.gap = 2 * size;
        double room = width == 0 ? Double.POSITIVE_INFINITY : width - sample - size / 2;
        this.entries = List.copyOf(entries);
        this.texts = entries.stream().map(e -> font.lines(e.text(), room)).toList();
        this.tall = texts.stream().mapToInt(List::size).max().orElse(1);
        double widest = texts.stream().mapToDouble(this::width).max().orElse(1);
        this.widths = new double[Math.max(1, Math.min(entries.size(), (int) ((width + gap) / (widest + gap))))];
        for (int i = 0; i < entries.size(); i++) {
            widths[i / lines()] = Math.max(widths[i / lines()], width(texts.get(i)) + gap);
        }
    }

    double height() {
        return entries.isEmpty() ? 0 : lines() * tall * line;
    }

    double width() {
        return DoubleStream.of(widths).sum() - gap;
    }

    /** Draws from the origin on, down the columns. */
    void paint(Canvas canvas) {
        double x = 0;
        for (int i = 0; i < entries.size(); i++) {
            double y = (i % lines() * tall + 0.5) * line;
            entries.get(i).sample().paint(canvas.at(x + sample / 2, y), sample / 2);
            double text = x + sample + font.size() / 2;
            for (int l = 0; l < texts.get(i).size(); l++) {
                double base = y + l * line + 0.35 * font.size();
                canvas.text(texts.get(i).get(l), font, Palette.TEXT, Anchor.START, text, base);
            }
            x += (i + 1) % lines() == 0 ? widths[i / lines()] : 0;
        }
    }

    private double width(List<String> text) {
        double widest = text.stream().mapToDouble(font::width).max().orElse(0);
        return sample + font.size() / 2 + widest;
    }

    private int lines() {
        return (entries.size() + widths.length - 1) / widths.length;
    }
}
