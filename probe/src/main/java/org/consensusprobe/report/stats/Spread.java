package org.consensusprobe.report.stats;

import org.apache.commons.statistics.distribution.TDistribution;

/**
 * How far a mean would move were the experiment done again.
 *
 * @param standardError from the bootstrap, corrected for the number of replicates; NaN for one replicate
 * @param degreesOfFreedom replicates less one
 */
record Spread(double standardError, int degreesOfFreedom) {
    private static final double TAIL = (1 - Bootstrap.COVERAGE) / 2;

    /** Half the width of the 95 % interval. */
    double halfWidth() {
        return standardError == 0
                ? 0
                : standardError * TDistribution.of(degreesOfFreedom).inverseSurvivalProbability(TAIL);
    }

    /** The spread of the difference of two independent means. */
    Spread combinedWith(Spread other) {
        return new Spread(
                Math.hypot(standardError, other.standardError), Math.min(degreesOfFreedom, other.degreesOfFreedom));
    }
}
