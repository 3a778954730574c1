package org.consensusprobe.report.chart;

import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.util.ArrayList;
import java.util.List;

/** How a text is set, and how much room it takes. */
public record Lettering(float size, boolean bold) {
    private static final FontRenderContext EXACT = new FontRenderContext(null, true, true);

    /** Looked up when the first text is measured: a machine without fonts says so only then. */
    private static final class Family {
        private static final List<String> FAMILIES =
                List.of("DejaVu Sans", "Verdana", "Arial", "Helvetica", "Liberation Sans");

        /** One that a browser finds by its name too, so that an SVG has the letters it was measured with. */
        static final String NAME = FAMILIES.stream()
                .filter(name -> new Font(name, Font.PLAIN, 1).getFamily().equals(name))
                .findFirst()
                .orElse(Font.SANS_SERIF);
    }

    public static Lettering plain(float size) {
        return new Lettering(size, false);
    }

    public static Lettering bold(float size) {
        return new Lettering(size, true);
    }

    static String family() {
        return Family.NAME;
    }

    TextLayout layout(String text) {
        Font font = new Font(Family.NAME, bold ? Font.BOLD : Font.PLAIN, 1).deriveFont(size);
        return new TextLayout(text, font, EXACT);
    }

    /** The width of a line of text, in units of the drawing. */
    public double width(String text) {
        return text.isBlank() ? 0 : layout(text).getAdvance();
    }

    /** Lines no wider than that: broken between parts, between words only where a part alone is too wide. */
    List<String> wrap(List<String> parts, String separator, double width) {
        return filled(parts, separator, width).stream()
                .flatMap(line -> lines(line, width).stream())
                .toList();
    }

    /** Lines no wider than that, broken between words; within one that is wider alone, a path it may be. */
    List<String> lines(String text, double width) {
        if (width(text) <= width) {
            return List.of(text);
        }
        List<String> words = new ArrayList<>();
        for (String word : text.split(" ")) {
            String rest = word;
            while (width(rest) > width && rest.codePointCount(0, rest.length()) > 1) {
                int end = fitting(rest, width);
                words.add(rest.substring(0, end));
                rest = rest.substring(end);
            }
            words.add(rest);
        }
        return filled(words, " ", width);
    }

    /** As many parts in a line as it has room for, one at least. */
    private List<String> filled(List<String> parts, String separator, double width) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String part : parts) {
            String longer = line.isEmpty() ? part : line + separator + part;
            if (!line.isEmpty() && width(longer) > width) {
                lines.add(line);
                line = part;
            } else {
                line = longer;
            }
        }
        lines.add(line);
        return lines;
    }

    /** Where a word has to be broken: one character of it is left at least. */
    private int fitting(String word, double width) {
        int end = word.offsetByCodePoints(0, 1);
        while (end < word.length() && width(word.substring(0, word.offsetByCodePoints(end, 1))) <= width) {
            end = word.offsetByCodePoints(end, 1);
        }
        return end;
    }
}
