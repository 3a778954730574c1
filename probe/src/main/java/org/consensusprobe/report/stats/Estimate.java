package org.consensusprobe.report.stats;

import java.util.Optional;

/**
 * A mean over prompts, or over draws of weights and their prompts, with its 95 % interval.
 *
 * @param interval empty for a single prompt of a single draw, from which no spread can be learnt
 */
public record Estimate(double value, Optional<Interval> interval) {
    static Estimate of(double value, Spread spread) {
        if (!Double.isFinite(value) || spread.degreesOfFreedom() < 1 || !Double.isFinite(spread.standardError())) {
            return new Estimate(value, Optional.empty());
        }
        double half = spread.halfWidth();
        return new Estimate(value, Optional.of(new Interval(value - half, value + half)));
    }

    /** The same with an interval that stays within what is possible, 0 to 2 for an error. */
    public Estimate within(double low, double high) {
        return new Estimate(
                value,
                interval.map(i -> new Interval(
                        Math.max(i.low(), Math.min(low, value)), Math.min(i.high(), Math.max(high, value)))));
    }
}
