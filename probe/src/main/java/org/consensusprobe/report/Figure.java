package org.consensusprobe.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.RunReader;

/**
 * A figure of error against depth: rows of curves, each on a linear and a logarithmic scale, over one legend.
 *
 * <p>PNG and SVG come from the same drawing. The same curves give the same bytes on one machine.
 */
public final class Figure {
    /** The scale of a panel's error axis. */
    public enum Scale {
        LINEAR,
        LOG
    }

    /** Both panels, side by side. */
    public static final List<Scale> BOTH = List.of(Scale.LINEAR, Scale.LOG);

    /** A PNG's pixels for each unit of the drawing: 2430 across two panels. */
    private static final double PNG_SCALE = 2.4;

    private static final int PANEL_WIDTH = 506;
    private static final int SINGLE_PANEL_WIDTH = 680;
    private static final int PANEL_HEIGHT = 354;
    /** Empty at the top and bottom of a panel, and given to its neighbours. */
    private static final int PANEL_TRIM = 12;

    private static final int ROW_HEIGHT = PANEL_HEIGHT - 2 * PANEL_TRIM;
    private static final int MARGIN = 14;
    private static final Font TITLE_FONT = Texts.bold(14f);
    private static final Font HEADING_FONT = Texts.bold(12.5f);
    private static final int TITLE_LINE = 20;
    private static final int HEADING_LINE = 20;

    static {
        // a server's DISPLAY that leads nowhere would make the first drawing fail
        if (System.getProperty("java.awt.headless") == null) {
            System.setProperty("java.awt.headless", "true");
        }
    }

    /** Colours that can be told apart. */
    public static final int MOST_COLOURS = Palette.MOST_COLOURS;

    private final List<String> titleParts;
    private final List<FigureRow> rows;
    private final List<Scale> scales;

    /**
     * A figure with several rows.
     *
     * @param titleParts joined by dots, and broken into lines between them
     * @param scales one panel each, left to right
     * @throws Problem if there are more colours than can be told apart
     */
    public Figure(List<String> titleParts, List<FigureRow> rows, List<Scale> scales) {
        this.titleParts = List.copyOf(titleParts);
        this.rows = List.copyOf(rows);
        this.scales = List.copyOf(scales);
        if (rows.isEmpty() || scales.isEmpty()) {
            throw new IllegalArgumentException("a figure without panels");
        }
        if (colours().size() > MOST_COLOURS) {
            throw Problem.input(
                    "%d curves of different colours are more than a figure can show; at most %d.",
                    colours().size(), MOST_COLOURS);
        }
    }

    /** The figure of one run. */
    public static Figure of(RunReader run, List<Scale> scales) {
        return new Figure(
                RunTitle.parts(run.manifest()), List.of(new FigureRow("", List.of(CurveSeries.of(run)))), scales);
    }

    /** Writes the figure as PNG. */
    public void writePng(Path file) {
        byte[] png = png();
        AtomicFiles.write(file, out -> out.write(png));
    }

    /** Writes the figure as SVG. */
    public void writeSvg(Path file) {
        AtomicFiles.writeText(file, svg());
    }

    byte[] png() {
        return drawing(() -> {
            Layout layout = new Layout();
            return pngOf(layout.width(), layout.height(), layout::paint);
        });
    }

    String svg() {
        return drawing(() -> {
            Layout layout = new Layout();
            return Svg.of(
                    layout.width(),
                    layout.height(),
                    String.join(" · ", titleParts),
                    layout.legend.texts(),
                    layout::paint);
        });
    }

    /** A drawing of that size as PNG, in the resolution of all figures. */
    static byte[] png(int width, int height, Consumer<Graphics2D> painter) {
        return drawing(() -> pngOf(width, height, painter));
    }

    /** A drawing of that size as SVG. */
    static String svg(int width, int height, String title, List<String> description, Consumer<Graphics2D> painter) {
        return drawing(() -> Svg.of(width, height, title, description, painter));
    }

    private static byte[] pngOf(int width, int height, Consumer<Graphics2D> painter) throws IOException {
        BufferedImage image = new BufferedImage(
                (int) Math.round(width * PNG_SCALE), (int) Math.round(height * PNG_SCALE), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        g.scale(PNG_SCALE, PNG_SCALE);
        painter.accept(g);
        g.dispose();
        return pngOf(image);
    }

    /** In memory: Java's ordinary way is by a temporary file, and there may be no folder for it. */
    static byte[] pngOf(BufferedImage image) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(png)) {
            ImageIO.write(image, "png", stream);
        }
        return png.toByteArray();
    }

    interface Drawing<T> {
        T draw() throws IOException;
    }

    /** The JDK answers a machine without any font with internal errors of several types. */
    static <T> T drawing(Drawing<T> drawing) {
        try {
            return drawing.draw();
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

    private Map<String, Integer> colours() {
        Map<String, Integer> colours = new LinkedHashMap<>();
        rows.stream().flatMap(r -> r.curves().stream()).forEach(c -> colours.putIfAbsent(c.colour(), colours.size()));
        return colours;
    }

    /** Sizes and places, in units of the drawing. */
    private final class Layout {
        private final int panelWidth = scales.size() == 1 ? SINGLE_PANEL_WIDTH : PANEL_WIDTH;
        private final int width = panelWidth * scales.size();
        private final List<String> title =
                titleParts.isEmpty() ? List.of() : Texts.wrap(titleParts, " · ", TITLE_FONT, width - 2.0 * MARGIN);
        private final Map<String, Integer> colours = colours();
        private final Legend legend = new Legend(rows, scales, colours, width - 2 * MARGIN);

        int width() {
            return width;
        }

        int height() {
            int headings =
                    (int) rows.stream().filter(r -> !r.heading().isEmpty()).count();
            return titleHeight() + headings * HEADING_LINE + rows.size() * ROW_HEIGHT + legend.height() + MARGIN;
        }

        void paint(Graphics2D g) {
            g.setColor(Color.WHITE);
            g.fill(new Rectangle2D.Double(0, 0, width(), height()));
            AffineTransform origin = g.getTransform();
            g.setColor(Palette.TEXT);
            for (int i = 0; i < title.size(); i++) {
                double centred = (width - Texts.width(title.get(i), TITLE_FONT)) / 2;
                Texts.draw(g, title.get(i), TITLE_FONT, centred, MARGIN + 12 + i * TITLE_LINE);
            }
            int y = titleHeight();
            for (FigureRow row : rows) {
                if (!row.heading().isEmpty()) {
                    g.setColor(Palette.TEXT);
                    String heading = Texts.shorten(row.heading(), HEADING_FONT, width - 2.0 * MARGIN);
                    double centred = (width - Texts.width(heading, HEADING_FONT)) / 2;
                    Texts.draw(g, heading, HEADING_FONT, centred, y + HEADING_LINE - 4);
                    y += HEADING_LINE;
                }
                for (int i = 0; i < scales.size(); i++) {
                    g.translate(i * panelWidth, y - PANEL_TRIM);
                    new Panel(row, scales.get(i), colours).paint(g, panelWidth, PANEL_HEIGHT);
                    g.setTransform(origin);
                }
                y += ROW_HEIGHT;
            }
            g.translate((width - legend.width()) / 2.0, y);
            legend.paint(g);
            g.setTransform(origin);
        }

        private int titleHeight() {
            return title.isEmpty() ? 0 : title.size() * TITLE_LINE + 14;
        }
    }
}
