package org.consensusprobe.experiment.check;

import org.consensusprobe.report.stats.Estimate;

/** How much prompts have in common, by the cosine between their tokens: a grade, since there is no yes or no to it. */
enum Likeness {
    UNLIKE(0.2, "prompts are unlike"),
    SOMEWHAT(0.5, "prompts are somewhat alike"),
    ALIKE(0.8, "prompts are alike"),
    MUCH(0.95, "prompts are much alike"),
    NEARLY(Double.POSITIVE_INFINITY, "prompts nearly agree");

    private final double under;
    private final String words;

    Likeness(double under, String words) {
        this.under = under;
        this.words = words;
    }

    /** The grade of both ends of the interval; without one, of the value. */
    static String words(Estimate cosine) {
        if (Double.isNaN(cosine.value())) {
            return "unknown";
        }
        Likeness low = of(cosine.interval().map(i -> i.low()).orElse(cosine.value()));
        Likeness high = of(cosine.interval().map(i -> i.high()).orElse(cosine.value()));
        return low == high ? low.words : low.words + ", or " + high.words.replaceFirst("prompts (are )?", "");
    }

    private static Likeness of(double cosine) {
        for (Likeness likeness : values()) {
            if (cosine < likeness.under) {
                return likeness;
            }
        }
        return NEARLY;
    }
}
