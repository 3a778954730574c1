package org.consensusprobe.measure;

import org.consensusprobe.plan.MeasureNames;

/**
 * How many tokens a mixture of experts sends to other experts than in the pass before: a flipped choice makes a jump of what else is
 * rounding.
 */
public record ExpertFlips() implements Measure {
    @Override
    public About about() {
        return new About(
                MeasureNames.EXPERT_FLIPS,
                "tokens whose set of chosen experts in this layer is not that of the pass before",
                "mixtures of experts, Shazeer et al. 2017, arXiv 1701.06538",
                "tokens",
                About.Cost.LOW,
                "none; NaN in the first pass, and in layers without experts");
    }

    /** What is remembered of the pass before is the run's, in Java's memory. */
    @Override
    public long bytes(Sizes sizes) {
        return 0;
    }
}
