package org.consensusprobe.hub;

import java.util.Locale;

/** Numbers of bytes as people read them, in powers of 1000, as the hub shows them. */
public final class Bytes {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

    private Bytes() {}

    /** Such as {@code 6.43 GB}. */
    public static String text(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || value >= 99.95 ? "%.0f %s" : "%.3g %s", value, UNITS[unit]);
    }
}
