package org.consensusprobe.experiment.check;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.stats.Against;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.Estimate;

/**
 * How things stand at the end of one pass.
 *
 * @param pass from 1; 1 is native depth
 * @param error eq. 25, mean over prompts
 * @param withoutToken1 eq. 25 from token 2 on
 * @param withoutMean eq. 25 of the states less the mean of all tokens of all prompts
 * @param across mean cosine with the same position of other prompts
 * @param fall ln of the factor by which the error has fallen since the embedding
 * @param attentionShare what part of the fall is missing without attention; absent without that control
 * @param commonShare what part of the fall is missing once the common mean is taken away
 */
public record Place(
        int pass,
        State state,
        Estimate error,
        Estimate withoutToken1,
        Estimate withoutMean,
        Estimate across,
        Estimate fall,
        Optional<Estimate> attentionShare,
        Estimate commonShare) {
    private static final double GREATEST_ERROR = 2;
    private static final double HALF = 0.5;

    /** Whether tokens agree, under the threshold. */
    public enum State {
        COLLAPSED,
        /** All but the first agree. */
        COLLAPSED_BUT_FOR_TOKEN_1,
        APART,
        CANNOT_BE_TOLD
    }

    /** What makes a fall. */
    public enum Cause {
        NO_FALL,
        ATTENTION,
        NOT_ATTENTION,
        CANNOT_BE_TOLD
    }

    static Place of(Evidence evidence, int pass) {
        Track track = evidence.checkpoint();
        Estimate error = error(track, MeasureNames.ERROR, pass);
        Estimate rest = error(track, MeasureNames.ERROR_WITHOUT_TOKEN_1, pass);
        State state = state(error, rest, evidence.threshold());
        // where token 1 stands apart, eq. 25 shows nothing of what the others do
        String measure =
                state == State.COLLAPSED_BUT_FOR_TOKEN_1 ? MeasureNames.ERROR_WITHOUT_TOKEN_1 : MeasureNames.ERROR;
        double[] fall = fall(track, measure, pass);
        double[] fallWithoutMean = fall(track, Evidence.WITHOUT_MEAN, pass);
        Optional<Estimate> attention = Optional.ofNullable(evidence.controls().get(Control.WITHOUT_ATTENTION))
                .map(control -> missing(fall, fall(control.get(0), measure, pass)));
        return new Place(
                pass,
                state,
                error,
                rest,
                error(track, Evidence.WITHOUT_MEAN, pass),
                Against.mean(track.at(MeasureNames.ACROSS_PROMPT_SIMILARITY, pass), 2)
                        .within(-1, 1),
                Against.mean(fall, 2),
                attention,
                missing(fall, fallWithoutMean));
    }

    static Estimate error(Track track, String measure, int pass) {
        return Bootstrap.positive(track.at(measure, pass), track.floor()).within(0, GREATEST_ERROR);
    }

    /** ln of the factor by which an error has fallen since the embedding, prompt by prompt. */
    private static double[] fall(Track track, String measure, int pass) {
        double[] start = track.logs(measure, 0);
        double[] end = track.logs(measure, pass);
        return less(start, end);
    }

    private static Estimate missing(double[] fall, double[] without) {
        return Against.share(less(fall, without), fall);
    }

    static double[] less(double[] a, double[] b) {
        double[] less = new double[a.length];
        for (int i = 0; i < less.length; i++) {
            less[i] = a[i] - b[i];
        }
        return less;
    }

    private static State state(Estimate error, Estimate rest, double threshold) {
        Reading all = Reading.of(error, threshold);
        Reading others = Reading.of(rest, threshold);
        if (others == Reading.LESS) {
            return switch (all) {
                case LESS -> State.COLLAPSED;
                case MORE -> State.COLLAPSED_BUT_FOR_TOKEN_1;
                case CANNOT_BE_TOLD -> State.CANNOT_BE_TOLD;
            };
        }
        return others == Reading.MORE && all == Reading.MORE ? State.APART : State.CANNOT_BE_TOLD;
    }

    /** Whether tokens agree, all or all but the first. */
    public boolean isCollapsed() {
        return state == State.COLLAPSED || state == State.COLLAPSED_BUT_FOR_TOKEN_1;
    }

    /** What makes the fall since the embedding: attention, if more than half of it is missing without. */
    public Cause cause() {
        if (Reading.of(fall, 0) != Reading.MORE) {
            return Cause.NO_FALL;
        }
        return switch (attentionShare.map(share -> Reading.of(share, HALF)).orElse(Reading.CANNOT_BE_TOLD)) {
            case MORE -> Cause.ATTENTION;
            case LESS -> Cause.NOT_ATTENTION;
            case CANNOT_BE_TOLD -> Cause.CANNOT_BE_TOLD;
        };
    }

    /**
     * Whether the tokens agree only in what all tokens of all prompts have in common: without it they are apart, or most of
     * the fall is missing. Where token 1 stands apart, it is a poor reference for that too, and tokens of different prompts
     * have to agree as those of one do. Absent where it cannot be told.
     */
    public Optional<Boolean> isCommon(double threshold) {
        if (state == State.COLLAPSED_BUT_FOR_TOKEN_1) {
            return switch (Reading.of(across, 1 - threshold)) {
                case MORE -> Optional.of(true);
                case LESS -> Optional.of(false);
                case CANNOT_BE_TOLD -> Optional.empty();
            };
        }
        Reading rest = Reading.of(withoutMean, threshold);
        Reading share = Reading.of(commonShare, HALF);
        if (rest == Reading.LESS || share == Reading.LESS) {
            return Optional.of(false);
        }
        boolean fell = Reading.of(fall, 0) == Reading.MORE;
        return rest == Reading.MORE && (share == Reading.MORE || !fell) ? Optional.of(true) : Optional.empty();
    }

    /** The estimates of errors, for listings. */
    List<Estimate> errors() {
        return List.of(error, withoutToken1, withoutMean);
    }
}
