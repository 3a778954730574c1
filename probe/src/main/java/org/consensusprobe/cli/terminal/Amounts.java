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

    /** A time that is estimated, no finer than it is known: 9 s, 15 s, 2 min, 25 min. */
    public static String about(double seconds) {
        if (seconds < 10 || seconds >= 10 * 3600) {
            return duration(seconds);
        }
        if (seconds < 90) {
            return Math.round(seconds / 5) * 5 + " s";
        }
        double minutes = seconds / 60;
        return minutes < 10
                ? Math.round(minutes) + " min"
                : minutes < 90 ? Math.round(minutes / 5) * 5 + " min" : duration(seconds);
    }

    /** A size in memory or on disk. */
    public static String size(long bytes) {
        return bytes < 1L << 30
                ? Math.max(1, bytes >> 20) + " MiB"
                : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
