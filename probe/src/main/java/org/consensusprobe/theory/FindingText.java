package org.consensusprobe.theory;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Numbers as findings show them. */
public final class FindingText {
    private FindingText() {}

    /** Four significant digits, without needless zeros. */
    public static String number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Double.isNaN(value) ? "none" : value > 0 ? "infinite" : "-infinite";
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e6) {
            return Long.toString((long) value);
        }
        String text = String.format(Locale.ROOT, "%.4g", value);
        return text.contains("e") || !text.contains(".")
                ? text
                : text.replaceAll("0+$", "").replaceAll("\\.$", "");
    }

    /** Numbers with commas between. */
    public static String numbers(double... values) {
        return Arrays.stream(values).mapToObj(FindingText::number).collect(Collectors.joining(", "));
    }
}
