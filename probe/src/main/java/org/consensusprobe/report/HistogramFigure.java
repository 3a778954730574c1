package org.consensusprobe.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.RunReader;

/**
 * A figure of pairwise cosines: a row of histograms for each run, one for each depth at which its states were kept.
 *
 * <p>All panels share the cosines' axis, and those of a row the shares' as well.
 */
public final class HistogramFigure {
    private static final int PANEL_WIDTH = 170;
    private static final int PANEL_HEIGHT = 132;
    private static final int LEFT = 58;
    private static final int TITLE_LINE = 20;
    private static final int HEADING_HEIGHT = 24;
    private static final int CAPTION_HEIGHT = 20;
    private static final int ROW_HEIGHT = HEADING_HEIGHT + CAPTION_HEIGHT + PANEL_HEIGHT + 24;
    private static final int BOTTOM = 34;
    private static final int GAP = 26;
    private static final Font TITLE_FONT = Texts.bold(14f);
    private static final Font HEADING_FONT = Texts.bold(12f);
    private static final Font TEXT_FONT = Texts.plain(11f);

    private final List<String> title;
    private final List<Row> rows;
    private final int columns;

    private record Row(String heading, List<CosineHistogram> histograms) {
        double highest() {
            return histograms.stream()
                    .flatMapToDouble(h -> java.util.Arrays.stream(h.shares()))
                    .max()
                    .orElse(1);
        }
    }

    /**
     * Reads the states of runs and counts.
     *
     * @param title joined by dots
     * @param headings one for each run
     * @throws Problem if a run kept no states at depths
     */
    public HistogramFigure(List<String> title, List<RunReader> runs, List<String> headings) {
        this.title = List.copyOf(title);
        this.rows = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            RunReader run = runs.get(i);
            List<CosineHistogram> histograms = run.hiddenDepths().stream()
                    .map(depth -> CosineHistogram.of(depth, run.hiddenAt(depth)))
                    .toList();
            if (histograms.isEmpty()) {
                throw Problem.input(
                        "%s: no states were kept at depths; runs with save_hidden_at have them.", run.path());
            }
            rows.add(new Row(headings.get(i), histograms));
        }
        this.columns = rows.stream().mapToInt(r -> r.histograms.size()).max().orElseThrow();
    }

    /** Writes the figure as PNG. */
    public void writePng(Path file) {
        byte[] png = Figure.png(width(), height(), this::paint);
        AtomicFiles.write(file, out -> out.write(png));
    }

    /** Writes the figure as SVG. */
    public void writeSvg(Path file) {
        List<String> description = rows.stream().map(Row::heading).toList();
        AtomicFiles.writeText(file, Figure.svg(width(), height(), String.join(" · ", title), description, this::paint));
    }

    /** Writes the numbers as a table: run,depth,low,high,share. */
    public void writeCsv(Path file) {
        StringBuilder csv = new StringBuilder("run,depth,low,high,share\n");
        for (Row row : rows) {
            for (CosineHistogram histogram : row.histograms) {
                for (int bin = 0; bin < CosineHistogram.BINS; bin++) {
                    csv.append('"').append(row.heading.replace("\"", "\"\"")).append("\",");
                    csv.append(histogram.depth())
                            .append(',')
                            .append(number(CosineHistogram.edge(bin)))
                            .append(',');
                    csv.append(number(CosineHistogram.edge(bin + 1))).append(',');
                    csv.append(histogram.shares()[bin]).append('\n');
                }
            }
        }
        AtomicFiles.writeText(file, csv.toString());
    }

    private static String number(double edge) {
        return String.format(Locale.ROOT, "%.2f", edge);
    }

    private List<String> titleLines() {
        return Texts.wrap(title, " · ", TITLE_FONT, width() - 2.0 * GAP);
    }

    private int titleHeight() {
        return 24 + titleLines().size() * TITLE_LINE;
    }

    private int width() {
        return LEFT + columns * (PANEL_WIDTH + GAP);
    }

    private int height() {
        return titleHeight() + rows.size() * ROW_HEIGHT + BOTTOM;
    }

    private void paint(Graphics2D g) {
        g.setColor(Color.WHITE);
        g.fill(new Rectangle2D.Double(0, 0, width(), height()));
        g.setColor(Palette.TEXT);
        List<String> lines = titleLines();
        for (int i = 0; i < lines.size(); i++) {
            double centred = (width() - Texts.width(lines.get(i), TITLE_FONT)) / 2;
            Texts.draw(g, lines.get(i), TITLE_FONT, centred, 28.0 + i * TITLE_LINE);
        }
        for (int i = 0; i < rows.size(); i++) {
            paintRow(g, rows.get(i), i, titleHeight() + i * ROW_HEIGHT);
        }
        String axis = "cosine of two tokens of the same prompt; bars are shares of all pairs, dotted lines means";
        g.setColor(Palette.TEXT);
        Texts.draw(g, axis, TEXT_FONT, (width() - Texts.width(axis, TEXT_FONT)) / 2, height() - 14);
    }

    private void paintRow(Graphics2D g, Row row, int index, int y) {
        g.setColor(Palette.TEXT);
        String heading = Texts.shorten(row.heading, HEADING_FONT, width() - 2.0 * GAP);
        Texts.draw(g, heading, HEADING_FONT, (width() - Texts.width(heading, HEADING_FONT)) / 2, y + 16);
        double highest = row.highest();
        int top = y + HEADING_HEIGHT + CAPTION_HEIGHT;
        for (int i = 0; i < row.histograms.size(); i++) {
            paintPanel(g, row.histograms.get(i), index, LEFT + i * (PANEL_WIDTH + GAP), top, highest);
        }
        g.setColor(Palette.TEXT);
        for (double value : new double[] {0, highest}) {
            String text = String.format(Locale.ROOT, value == 0 ? "0" : "%.0f %%", 100 * value);
            double at = top + PANEL_HEIGHT * (1 - value / highest);
            Texts.draw(g, text, TEXT_FONT, LEFT - 6 - Texts.width(text, TEXT_FONT), at + 4);
        }
    }

    private void paintPanel(Graphics2D g, CosineHistogram histogram, int colour, double x, double top, double highest) {
        g.setColor(Palette.TEXT);
        String caption = histogram.depth() == 0 ? "embedding" : "depth " + histogram.depth();
        Texts.draw(g, caption, TEXT_FONT, x + (PANEL_WIDTH - Texts.width(caption, TEXT_FONT)) / 2, top - 6);
        double bottom = top + PANEL_HEIGHT;
        g.setColor(Palette.colour(colour % Palette.MOST_COLOURS));
        double bar = PANEL_WIDTH / (double) CosineHistogram.BINS;
        for (int bin = 0; bin < CosineHistogram.BINS; bin++) {
            double tall = PANEL_HEIGHT * histogram.shares()[bin] / highest;
            g.fill(new Rectangle2D.Double(x + bin * bar, bottom - tall, bar, tall));
        }
        g.setColor(Palette.FRAME);
        g.setStroke(Palette.THIN);
        g.draw(new Rectangle2D.Double(x, top, PANEL_WIDTH, PANEL_HEIGHT));
        g.setColor(Palette.FLOOR);
        g.setStroke(Palette.FLOOR_LINE);
        double mean = x + PANEL_WIDTH * (histogram.mean() + 1) / 2;
        g.draw(new Line2D.Double(mean, top, mean, bottom));
        g.setColor(Palette.TEXT);
        for (int tick = -1; tick <= 1; tick++) {
            String text = Integer.toString(tick).replace('-', '−');
            double at = x + PANEL_WIDTH * (tick + 1) / 2.0;
            Texts.draw(g, text, TEXT_FONT, at - Texts.width(text, TEXT_FONT) / 2, bottom + 15);
        }
    }
}
