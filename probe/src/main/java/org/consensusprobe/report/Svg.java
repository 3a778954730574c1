package org.consensusprobe.report;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.Graphics2D;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A drawing as SVG text. */
final class Svg {
    private static final Pattern CLIP = Pattern.compile("clip-?\\d+");
    private static final Pattern DOCTYPE = Pattern.compile("<!DOCTYPE[^>]*>\\s*");
    private static final Pattern ROOT = Pattern.compile("<svg[^>]*>");

    private static final Pattern PATH_DATA = Pattern.compile(" d=\"[^\"]*\"");
    private static final Pattern DIGITS = Pattern.compile("(\\.\\d\\d)\\d+");

    private Svg() {}

    /**
     * Draws.
     *
     * @param title read out and shown on hovering, since letters are drawn as outlines
     * @param description one line each
     */
    static String of(int width, int height, String title, List<String> description, Consumer<Graphics2D> painter)
            throws IOException {
        VectorGraphics2D graphics = new VectorGraphics2D();
        painter.accept(graphics);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new SVGProcessor()
                .getDocument(graphics.getCommands(), new PageSize(0, 0, width, height))
                .writeTo(out);
        String svg = out.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
        String head = "\n  <title>" + escape(title) + "</title>\n  <desc>" + escape(String.join("\n", description))
                + "</desc>";
        return withStableIds(
                withoutNeedlessDigits(ROOT.matcher(DOCTYPE.matcher(svg).replaceFirst(""))
                        .replaceFirst(root ->
                                Matcher.quoteReplacement(root.group().replace("<svg", "<svg role=\"img\"") + head))));
    }

    /** Cuts path coordinates to hundredths, which halves the file and cannot be seen. */
    private static String withoutNeedlessDigits(String svg) {
        return PATH_DATA
                .matcher(svg)
                .replaceAll(path ->
                        Matcher.quoteReplacement(DIGITS.matcher(path.group()).replaceAll("$1")));
    }

    /** The library names clip paths by hash code, which may differ between two processes. */
    private static String withStableIds(String svg) {
        Map<String, String> ids = new LinkedHashMap<>();
        return CLIP.matcher(svg)
                .replaceAll((MatchResult id) -> ids.computeIfAbsent(id.group(), x -> "clip" + (ids.size() + 1)));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replaceAll("[\\p{Cntrl}&&[^\\n]]", " ");
    }
}
