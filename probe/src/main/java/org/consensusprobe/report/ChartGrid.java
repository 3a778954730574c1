package org.consensusprobe.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.AffineTransform;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.AtomicFiles;
import org.knowm.xchart.internal.chartpart.Chart;

/**
 * Charts of one size under a title, two in a row; PNG and SVG come from the same drawing.
 *
 * @param height of a chart
 * @param names the charts' titles, for the SVG's description
 */
record ChartGrid(String title, int height, List<String> names, List<? extends Chart<?, ?>> charts) {
    /** The width of a chart. */
    static final int WIDTH = 520;

    private static final int TITLE_HEIGHT = 40;
    private static final Font TITLE = Texts.bold(14f);

    void writePng(Path file) {
        byte[] png = Figure.png(totalWidth(), totalHeight(), this::paint);
        AtomicFiles.write(file, out -> out.write(png));
    }

    String svg() {
        return Figure.svg(totalWidth(), totalHeight(), title, names, this::paint);
    }

    private int totalWidth() {
        return charts.size() == 1 ? WIDTH : 2 * WIDTH;
    }

    private int totalHeight() {
        return TITLE_HEIGHT + (charts.size() + 1) / 2 * height;
    }

    private void paint(Graphics2D g) {
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, totalWidth(), totalHeight());
        g.setColor(Palette.TEXT);
        String shown = Texts.shorten(title, TITLE, totalWidth() - 20.0);
        Texts.draw(g, shown, TITLE, (totalWidth() - Texts.width(shown, TITLE)) / 2, 24);
        AffineTransform origin = g.getTransform();
        for (int i = 0; i < charts.size(); i++) {
            g.translate(i % 2 * WIDTH, TITLE_HEIGHT + i / 2 * height);
            charts.get(i).paint(g, WIDTH, height);
            g.setTransform(origin);
        }
    }
}
