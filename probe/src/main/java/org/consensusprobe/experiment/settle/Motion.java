package org.consensusprobe.experiment.settle;

import java.util.Arrays;
import org.consensusprobe.report.stats.PhaseRates;

/**
 * How one prompt's states moved from pass to pass, and what that is called.
 *
 * @param kind of motion
 * @param step the last |x_k - x_(k-1)| / |x_(k-1)|
 * @param ratio median |d_k| / |d_(k-1)| of the last quarter of the passes that moved by more than rounding: the factor of contraction
 * @param angle median cos(d_k, d_(k-1)) of the same passes
 * @param growth |x| at the end over |x| halfway
 * @param period of a cycle; 0 for none
 * @param falling whether steps are still falling: more passes might end in another kind
 */
public record Motion(Kind kind, double step, double ratio, double angle, double growth, int period, boolean falling) {
    /** What states do. */
    public enum Kind {
        SETTLES,
        CYCLES,
        DRIFTS,
        WANDERS,
        DIVERGES
    }

    /**
     * Where the kinds part.
     *
     * @param settled steps below it have settled
     * @param grown states that grow by more than this over the last half diverge, unless steps fall
     * @param closed a return below it closes a cycle
     * @param open a cycle's return is below this share of the returns at smaller lags
     * @param straight angles above it drift
     * @param falling steps fall where their median of the last quarter is below this share of the quarter before
     * @param rounding steps below it are rounding, and their ratios and angles noise
     */
    public record Thresholds(
            double settled,
            double grown,
            double closed,
            double open,
            double straight,
            double falling,
            double rounding) {
        /** The same with another bound of steps that have settled. */
        public Thresholds withSettled(double other) {
            return new Thresholds(other, grown, closed, open, straight, falling, rounding);
        }

        /** The usual ones in float64 or float32. */
        public static Thresholds usual(boolean float64) {
            return new Thresholds(float64 ? 1e-6 : 1e-4, 10, 1e-3, 0.1, 0.5, 0.5, float64 ? 1e-14 : 1e-6);
        }
    }

    /** The fewest passes that can be judged: a quarter holds two. */
    public static final int FEWEST_PASSES = 8;

    /**
     * Judges one prompt.
     *
     * @param steps pass-step of every pass
     * @param ratios step-ratio of every pass
     * @param angles step-angle of every pass
     * @param returns return of every pass, [passes][lags]
     */
    public static Motion of(double[] steps, double[] ratios, double[] angles, double[][] returns, Thresholds limits) {
        int passes = steps.length;
        if (passes < FEWEST_PASSES) {
            throw new IllegalArgumentException(passes + " passes are too few");
        }
        int quarter = passes - passes / 4;
        double step = Math.max(steps[passes - 1], steps[passes - 2]);
        boolean[] moves = new boolean[passes];
        for (int k = 0; k < passes; k++) {
            moves[k] = steps[k] > limits.rounding;
        }
        double ratio = lastQuarter(ratios, moves);
        double angle = lastQuarter(angles, moves);
        boolean falling =
                median(steps, quarter, passes) < limits.falling * median(steps, passes - 2 * (passes / 4), quarter);
        double growth = growth(steps, returns);
        int period = period(returns, quarter, limits);
        boolean still = !(ratio >= 1) || Double.isNaN(ratio);
        Kind kind;
        if (growth > limits.grown && !falling) {
            kind = Kind.DIVERGES;
        } else if (step < limits.settled && still) {
            kind = Kind.SETTLES;
        } else if (period > 1) {
            kind = Kind.CYCLES;
        } else if (angle > limits.straight && !falling) {
            kind = Kind.DRIFTS;
        } else {
            kind = Kind.WANDERS;
        }
        return new Motion(kind, step, ratio, angle, growth, kind == Kind.CYCLES ? period : 0, falling);
    }

    /** |x_k| / |x_(k-1)| is |d_k| / |x_(k-1)| over |d_k| / |x_k|; where nothing moves it is 1. */
    private static double growth(double[] steps, double[][] returns) {
        double growth = 1;
        for (int k = steps.length / 2; k < steps.length; k++) {
            growth *= steps[k] == 0 ? 1 : steps[k] / returns[k][0];
        }
        return growth;
    }

    private static int period(double[][] returns, int from, Thresholds limits) {
        double smallest = median(column(returns, 1), from, returns.length);
        for (int lag = 2; lag <= returns[0].length; lag++) {
            double own = median(column(returns, lag), from, returns.length);
            if (own < limits.open * smallest && own < limits.closed) {
                return lag;
            }
            smallest = Math.min(smallest, own);
        }
        return 0;
    }

    private static double[] column(double[][] rows, int lag) {
        return Arrays.stream(rows).mapToDouble(row -> row[lag - 1]).toArray();
    }

    /** The median over the last quarter of the passes that moved; NaN where none did. */
    private static double lastQuarter(double[] values, boolean[] moves) {
        int last = moves.length;
        while (last > 0 && !moves[last - 1]) {
            last--;
        }
        return last == 0 ? Double.NaN : median(values, Math.min(last - 1, last - Math.max(1, last / 4)), last);
    }

    /** The median of the numbers from one place up to another; NaN where there is none. */
    private static double median(double[] values, int from, int to) {
        return PhaseRates.median(Arrays.copyOfRange(values, from, to));
    }
}
