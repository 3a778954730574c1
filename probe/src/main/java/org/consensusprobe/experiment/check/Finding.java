package org.consensusprobe.experiment.check;

import java.util.Locale;
import java.util.Optional;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.stats.Against;
import org.consensusprobe.report.stats.Estimate;

/**
 * What the evidence of one kind of prompts comes to.
 *
 * @param kind in one word
 * @param place where it is seen: at native depth, or after the last pass; shares are those of {@code shares}
 * @param shares the place whose shares tell the cause: the last one above rounding
 */
public record Finding(Kind kind, Place place, Place shares) {
    /** The answers. */
    public enum Kind {
        /** The fall is attention's. */
        COLLAPSE_BY_ATTENTION,
        /** Most of the fall is there without attention. */
        COLLAPSE_WITHOUT_ATTENTION,
        /** Tokens agree; what makes them cannot be told. */
        COLLAPSE,
        /** Tokens of all prompts go to one direction; less that, they are apart. */
        COMMON_DRIFT,
        /** The tokens share a direction from the embedding on; less that, they are apart. */
        ANISOTROPY,
        /** All tokens but the first agree, which eq. 25 does not show. */
        COLLAPSE_HIDDEN_BY_TOKEN_1,
        STAYS_APART,
        CANNOT_BE_SAID;

        /** Its name in files. */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    static Finding of(Evidence evidence) {
        Place nativeDepth = evidence.place(1);
        if (nativeDepth.isCollapsed()) {
            return at(evidence, nativeDepth);
        }
        Recycled recycled = Recycled.of(evidence);
        return switch (recycled.statement()) {
            case COLLAPSES -> at(evidence, evidence.place(evidence.passes()));
            case STAYS_APART -> apart(evidence, Kind.STAYS_APART);
            case CANNOT_BE_SAID -> apart(evidence, Kind.CANNOT_BE_SAID);
        };
    }

    private static Finding apart(Evidence evidence, Kind otherwise) {
        Place last = evidence.place(evidence.passes());
        boolean anisotropic =
                isAnisotropic(evidence) && Reading.of(last.withoutMean(), evidence.threshold()) == Reading.MORE;
        return new Finding(anisotropic ? Kind.ANISOTROPY : otherwise, last, last);
    }

    private static Finding at(Evidence evidence, Place place) {
        Place shares = evidence.place(lastAboveFloor(evidence, place.pass()));
        Optional<Boolean> common = place.isCommon(evidence.threshold());
        Kind kind;
        if (common.equals(Optional.of(true))) {
            kind = isAnisotropic(evidence) && Reading.of(place.fall(), Math.log(2)) != Reading.MORE
                    ? Kind.ANISOTROPY
                    : Kind.COMMON_DRIFT;
        } else if (place.state() == Place.State.COLLAPSED_BUT_FOR_TOKEN_1) {
            kind = Kind.COLLAPSE_HIDDEN_BY_TOKEN_1;
        } else {
            kind = switch (shares.cause()) {
                case ATTENTION -> Kind.COLLAPSE_BY_ATTENTION;
                case NOT_ATTENTION -> Kind.COLLAPSE_WITHOUT_ATTENTION;
                case NO_FALL, CANNOT_BE_TOLD -> Kind.COLLAPSE;
            };
        }
        return new Finding(kind, place, shares);
    }

    /** Whether the embedding's error at least doubles once the common mean is taken away, and so does the last one. */
    private static boolean isAnisotropic(Evidence evidence) {
        return gain(evidence, 0) == Reading.MORE && gain(evidence, evidence.passes()) == Reading.MORE;
    }

    private static Reading gain(Evidence evidence, int pass) {
        Track track = evidence.checkpoint();
        Estimate gain = Against.mean(
                Place.less(track.logs(Evidence.WITHOUT_MEAN, pass), track.logs(MeasureNames.ERROR, pass)), 2);
        return Reading.of(gain, Math.log(2));
    }

    /** The last pass up to this one in which no prompt's error is rounding, with attention; 1 if there is none. */
    private static int lastAboveFloor(Evidence evidence, int pass) {
        int last = pass;
        while (last > 1 && !evidence.checkpoint().isAboveFloor(MeasureNames.ERROR_WITHOUT_TOKEN_1, last)) {
            last--;
        }
        return last;
    }
}
