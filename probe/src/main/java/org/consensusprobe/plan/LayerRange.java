package org.consensusprobe.plan;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Layers of a model, counted from 0, both ends included.
 *
 * @param first not after {@code last}
 */
public record LayerRange(int first, int last) {
    private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,6})\\s*(?:-\\s*(\\d{1,6})\\s*)?");

    static final Codec<LayerRange> CODEC =
            Codec.text("layers counted from 0, such as 4-9", LayerRange::parse, LayerRange::toString);

    private static LayerRange parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException();
        }
        int first = Integer.parseInt(form.group(1));
        int last = form.group(2) == null ? first : Integer.parseInt(form.group(2));
        if (last < first) {
            throw new IllegalArgumentException("the last layer comes before the first");
        }
        return new LayerRange(first, last);
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
