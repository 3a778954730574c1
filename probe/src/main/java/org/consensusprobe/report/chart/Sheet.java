package org.consensusprobe.report.chart;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.report.chart.Canvas.Anchor;

/**
 * A figure: rows of panels of one size under a title, over one legend.
 *
 * <p>PNG and SVG come from the same drawing. The same content gives the same bytes on one machine.
 */
public class Sheet {
    private static final int MARGIN = 14;
    private static final Lettering TITLE_FONT = Lettering.bold(14f);
    private static final Lettering HEADING_FONT = Lettering.bold(12.5f);
    private static final int TITLE_LINE = 20;
    private static final float LEGEND_SIZE = 12;

    static {
        // a server's DISPLAY that leads nowhere would make the first drawing fail
        if (System.getProperty("java.awt.headless") == null) {
            System.setProperty("java.awt.headless", "true");
        }
    }

    private final List<String> title;
    private final List<Row> rows;
    private final int panelWidth;
    private final int panelHeight;
    private final List<Legend.Entry> legend;

    /**
     * Panels beside each other.
     *
     * @param heading over all of them; empty for none
     * @param captions one for each panel, or none at all
     */
    public record Row(String heading, List<String> captions, List<? extends Panel> panels) {}

    /**
     * A figure.
     *
     * @param title joined by dots, and broken into lines between them; where that is not enough, between words
     */
    protected Sheet(List<String> title, List<Row> rows, int panelWidth, int panelHeight, List<Legend.Entry> legend) {
        this.title = List.copyOf(title);
        this.rows = List.copyOf(rows);
        this.panelWidth = panelWidth;
        this.panelHeight = panelHeight;
        this.legend = List.copyOf(legend);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("a figure without panels");
        }
    }

    /** Writes the figure as PNG. */
    public void writePng(Path file) {
        byte[] png = png();
        AtomicFiles.write(file, out -> out.write(png));
    }

    /** Writes the figure as SVG. */
    public void writeSvg(Path file) {
        AtomicFiles.writeText(file, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg());
    }

    /** The bytes of a PNG. */
    public byte[] png() {
        return drawing(layout -> PngCanvas.draw(layout.width, layout.height(), layout::paint));
    }

    /** An {@code svg} element, for a file or to stand in a page. */
    public String svg() {
        String description = Stream.of(
                        rows.stream().map(Row::heading),
                        rows.stream().flatMap(r -> r.captions().stream()),
                        legend.stream().map(Legend.Entry::text))
                .flatMap(texts -> texts)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
        return drawing(layout ->
                SvgCanvas.draw(layout.width, layout.height(), String.join(" · ", title), description, layout::paint));
    }

    private interface Drawing<T> {
        T of(Layout layout) throws IOException;
    }

    /** The JDK answers a machine without any font with internal errors of several types. */
    private <T> T drawing(Drawing<T> drawing) {
        try {
            return drawing.of(new Layout());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (NoClassDefFoundError | ExceptionInInitializerError | UnsatisfiedLinkError | InternalError e) {
            throw Problem.failed(
                    e,
                    "Figures cannot be drawn: Java found no fonts or no graphics library (%s).%n"
                            + "Install fontconfig and a font such as DejaVu Sans, and a JDK that is not headless-stripped.",
                    e.getMessage());
        }
    }

    /** Sizes and places, in units of the drawing. */
    private final class Layout {
        private final int width = panelWidth
                * rows.stream().mapToInt(r -> r.panels().size()).max().orElseThrow();
        private final double room = width - 2.0 * MARGIN;
        private final List<String> lines = title.isEmpty() ? List.of() : TITLE_FONT.wrap(title, " · ", room);
        private final Legend below = new Legend(legend, LEGEND_SIZE, room);

        int height() {
            return (int) Math.ceil(
                    rows.stream().mapToDouble(Layout.this::height).sum() + titleHeight() + below.height() + MARGIN);
        }

        private int titleHeight() {
            return lines.isEmpty() ? 0 : lines.size() * TITLE_LINE + MARGIN;
        }

        private double height(Row row) {
            return panelHeight + TITLE_LINE * (heading(row).size() + captionLines(row));
        }

        private List<String> heading(Row row) {
            return row.heading().isEmpty() ? List.of() : HEADING_FONT.lines(row.heading(), room);
        }

        private List<String> caption(String text) {
            return HEADING_FONT.lines(text, panelWidth - 2.0 * MARGIN);
        }

        /** Panels beside each other begin at one height. */
        private int captionLines(Row row) {
            return row.captions().stream()
                    .mapToInt(c -> caption(c).size())
                    .max()
                    .orElse(0);
        }

        void paint(Canvas canvas) {
            canvas.box(0, 0, width, height(), Color.WHITE);
            for (int i = 0; i < lines.size(); i++) {
                centred(canvas, lines.get(i), TITLE_FONT, MARGIN + 12 + i * TITLE_LINE);
            }
            double y = titleHeight();
            for (Row row : rows) {
                paint(canvas, row, y);
                y += height(row);
            }
            below.paint(canvas.at((width - below.width()) / 2, y));
        }

        private void paint(Canvas canvas, Row row, double top) {
            double y = top;
            for (String line : heading(row)) {
                centred(canvas, line, HEADING_FONT, y + 15);
                y += TITLE_LINE;
            }
            for (int i = 0; i < row.captions().size(); i++) {
                List<String> own = caption(row.captions().get(i));
                for (int l = 0; l < own.size(); l++) {
                    double base = y + 15 + l * TITLE_LINE;
                    canvas.text(
                            own.get(l), HEADING_FONT, Palette.TEXT, Anchor.START, i * panelWidth + MARGIN + 8.0, base);
                }
            }
            y += captionLines(row) * TITLE_LINE;
            for (int i = 0; i < row.panels().size(); i++) {
                row.panels().get(i).paint(canvas.at(i * panelWidth, y), panelWidth, panelHeight);
            }
        }

        private void centred(Canvas canvas, String text, Lettering font, double y) {
            canvas.text(text, font, Palette.TEXT, Anchor.MIDDLE, width / 2.0, y);
        }
    }
}
