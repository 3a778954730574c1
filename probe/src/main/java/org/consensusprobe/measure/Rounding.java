package org.consensusprobe.measure;

/** Half a unit in the last place of 1: the relative error of one rounding. */
final class Rounding {
    private static final double FLOAT32 = 0x1p-24;
    private static final double FLOAT64 = 0x1p-53;

    private Rounding() {}

    static double of(boolean float64) {
        return float64 ? FLOAT64 : FLOAT32;
    }
}
