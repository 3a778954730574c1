package org.consensusprobe.report.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** A canvas of pixels. */
final class PngCanvas extends Canvas {
    /** Pixels for each unit of a drawing: 2430 across two panels. */
    static final double SCALE = 2.4;

    private final Graphics2D g;

    private PngCanvas(Graphics2D g) {
        this.g = g;
    }

    /** The bytes of a PNG. */
    static byte[] draw(int width, int height, Consumer<Canvas> painter) throws IOException {
        BufferedImage image = new BufferedImage(
                (int) Math.round(width * SCALE), (int) Math.round(height * SCALE), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        g.scale(SCALE, SCALE);
        painter.accept(new PngCanvas(g));
        g.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        // Java's ordinary way is by a temporary file, and there may be no folder for it
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(png)) {
            ImageIO.write(image, "png", stream);
        }
        return png.toByteArray();
    }

    @Override
    public void fill(Shape shape, Color colour) {
        g.setColor(colour);
        g.fill(shape);
    }

    @Override
    public void draw(Shape shape, Color colour, BasicStroke stroke) {
        g.setColor(colour);
        g.setStroke(stroke);
        g.draw(shape);
    }

    @Override
    void text(String text, Lettering font, Color colour, Anchor anchor, double x, double y, boolean over) {
        if (text.isBlank()) {
            return;
        }
        double start = x - font.width(text) * anchor.ordinal() / 2;
        // outlines, because the pixels of a drawn string depend on hinting
        Shape letters = font.layout(text).getOutline(AffineTransform.getTranslateInstance(start, y));
        if (over) {
            draw(letters, Palette.HALO, Palette.HALO_LINE);
        }
        fill(letters, colour);
    }

    @Override
    public Canvas at(double x, double y) {
        return moved(x, y, 0);
    }

    @Override
    Canvas upwards(double x, double y) {
        return moved(x, y, -Math.PI / 2);
    }

    private Canvas moved(double x, double y, double angle) {
        Graphics2D there = (Graphics2D) g.create();
        there.translate(x, y);
        there.rotate(angle);
        return new PngCanvas(there);
    }
}
