package org.consensusprobe.experiment.check;

import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.Interval;

/** What a difference with its interval says: never more than three things. */
public enum Reading {
    /** The whole interval is above. */
    MORE,
    /** The whole interval is below. */
    LESS,
    /** The interval holds the value that it is compared with, or there is none. */
    CANNOT_BE_TOLD;

    static Reading of(Estimate estimate, double than) {
        return estimate.interval().map(i -> of(i, than)).orElse(CANNOT_BE_TOLD);
    }

    private static Reading of(Interval interval, double than) {
        return interval.low() > than ? MORE : interval.high() < than ? LESS : CANNOT_BE_TOLD;
    }

    /** In the words of a quantity. */
    String words(String more, String less, String neither) {
        return switch (this) {
            case MORE -> more;
            case LESS -> less;
            case CANNOT_BE_TOLD -> neither;
        };
    }

    /** For files. */
    String id() {
        return switch (this) {
            case MORE -> "more";
            case LESS -> "less";
            case CANNOT_BE_TOLD -> "cannot-be-told";
        };
    }
}
