package org.consensusprobe.report.stats;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The depth that a curve needs to come down to a bound: the first at which the mean over prompts is at or below it.
 *
 * <p>Depths are blocks, so nothing is interpolated between them.
 *
 * @param exponent the bound is 10 to this power, -1 to -6
 * @param depth blocks passed; empty if the curve never gets there
 * @param hiddenByFloor whether the bound lies under the floor, so that rounding decides when it is reached
 */
public record DepthTo(int exponent, OptionalInt depth, boolean hiddenByFloor) {
    /** The bounds' exponents, -1 to -6. */
    public static final List<Integer> EXPONENTS = List.of(-1, -2, -3, -4, -5, -6);

    static DepthTo of(double[] mean, int exponent, double floor) {
        double bound = Double.parseDouble("1e" + exponent);
        if (bound < floor) {
            return new DepthTo(exponent, OptionalInt.empty(), true);
        }
        OptionalInt depth =
                IntStream.range(0, mean.length).filter(d -> mean[d] <= bound).findFirst();
        return new DepthTo(exponent, depth, false);
    }
}
