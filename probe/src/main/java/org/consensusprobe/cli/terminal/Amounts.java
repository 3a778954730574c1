package org.consensusprobe.cli.terminal;

import java.util.Locale;

/** Times and sizes as people say them. */
public final class Amounts {
    private Amounts() {}

    /** A time as people say it. */
    public static String duration(double seconds) {
        if (seconds < 90) {
            return Math.max(1, Math.round(seconds)) + " s";
        }
        if (seconds < 90 * 60) {
            return Math.round(seconds / 60) + " min";
        }
        return seconds < 48 * 3600
                ? String.format(Locale.ROOT, "%.1f h", seconds / 3600)
                : String.format(Locale.ROOT, "%.1f days", seconds / 86400);
    }

    /** A size in memory or on disk. */
    public static String size(long bytes) {
        return bytes < 1L << 30
                ? Math.max(1, bytes >> 20) + " MiB"
                : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
