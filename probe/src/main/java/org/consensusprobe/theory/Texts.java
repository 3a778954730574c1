package org.consensusprobe.theory;

import java.util.Locale;

/** Numbers as findings show them. */
public final class Texts {
    private Texts() {}

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

    /** agrees, if two numbers are that near relative to the first, else differs. */
    public static String verdict(double predicted, double measured, double tolerance) {
        return Math.abs(measured - predicted) <= tolerance * Math.abs(predicted)
                ? String.format(Locale.ROOT, "agrees (%.2f %%)", 100 * Math.abs(measured / predicted - 1))
                : String.format(Locale.ROOT, "differs (%.1f %%)", 100 * Math.abs(measured / predicted - 1));
    }
}
