package org.consensusprobe.experiment.check;

import java.util.Arrays;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.stats.Against;
import org.consensusprobe.report.stats.Estimate;

/**
 * What recycling does, as far as so many passes tell.
 *
 * <p>Collapse is said where the intervals of the last two passes lie under the threshold and the error does not rise. That
 * tokens stay apart is said of {@value #FEWEST_TO_STAY} passes at least (falls are known that begin after ten), if the
 * interval lies over the threshold, and would still do so after as many passes again (after three times as many where the
 * error is told to fall: a slow collapse is one), at the lower end of the rate of the second half and with its acceleration
 * where that is told. Everything else is left open.
 *
 * @param passes made, the native one among them
 * @param collapsedPrompts prompts whose tokens agree after the last pass
 * @param rate ln of the factor by which the error changes in a pass, in the second half of the passes
 * @param reach passes, those made among them, for which it is said that tokens stay apart
 * @param since the pass from which on tokens are collapsed; 0 if they are not
 */
public record Recycled(
        int passes, Statement statement, Trend trend, int collapsedPrompts, Estimate rate, int reach, int since) {
    /** Passes that it takes to say that tokens stay apart. */
    public static final int FEWEST_TO_STAY = 12;

    private static final int TIMES_AGAIN_IF_FALLING = 3;

    /** What is said. */
    public enum Statement {
        COLLAPSES,
        STAYS_APART,
        CANNOT_BE_SAID
    }

    /** Which way the error was going. */
    public enum Trend {
        FALLING,
        FALLING_FASTER,
        RISING,
        DIVIDED,
        NEITHER
    }

    static Recycled of(Evidence evidence) {
        Track track = evidence.checkpoint();
        int passes = track.passes();
        String measure = MeasureNames.ERROR_WITHOUT_TOKEN_1;
        int half = passes - Math.max(1, passes / 2);
        int quarter = (half + passes) / 2;
        double[] end = track.logs(measure, passes);
        double[] slopes = slopes(track, measure, half, passes);
        Estimate rate = Against.mean(slopes, 2);
        double[] bend = passes - half < 2
                ? new double[slopes.length]
                : Arrays.stream(Place.less(
                                slopes(track, measure, quarter, passes), slopes(track, measure, half, quarter)))
                        .map(b -> 2 * b / (passes - half))
                        .toArray();
        Estimate acceleration = Against.mean(bend, 2);
        long collapsed = Arrays.stream(track.at(measure, passes))
                .filter(e -> e < evidence.threshold())
                .count();
        Statement statement = statement(evidence, rate, acceleration, end);
        return new Recycled(
                passes,
                statement,
                trend(rate, acceleration, (int) collapsed, end.length),
                (int) collapsed,
                rate,
                passes + again(rate, passes),
                statement == Statement.COLLAPSES ? since(evidence) : 0);
    }

    private static Statement statement(Evidence evidence, Estimate rate, Estimate acceleration, double[] end) {
        int passes = evidence.passes();
        Place last = evidence.place(passes);
        if (passes > 1
                && last.isCollapsed()
                && evidence.place(passes - 1).isCollapsed()
                && Reading.of(rate, 0) != Reading.MORE) {
            return Statement.COLLAPSES;
        }
        double slope = Math.min(0, low(rate));
        double curvature = Reading.of(acceleration, 0) == Reading.LESS ? acceleration.value() : 0;
        double again = again(rate, passes);
        double later = low(Against.mean(end, 2)) + again * slope + again * again / 2 * curvature;
        boolean stays =
                passes >= FEWEST_TO_STAY && last.state() == Place.State.APART && later > Math.log(evidence.threshold());
        return stays ? Statement.STAYS_APART : Statement.CANNOT_BE_SAID;
    }

    private static int again(Estimate rate, int passes) {
        return Reading.of(rate, 0) == Reading.LESS ? TIMES_AGAIN_IF_FALLING * passes : passes;
    }

    private static Trend trend(Estimate rate, Estimate acceleration, int collapsed, int prompts) {
        return switch (Reading.of(rate, 0)) {
            case LESS -> Reading.of(acceleration, 0) == Reading.LESS ? Trend.FALLING_FASTER : Trend.FALLING;
            case MORE -> Trend.RISING;
            case CANNOT_BE_TOLD -> collapsed > 0 && collapsed < prompts ? Trend.DIVIDED : Trend.NEITHER;
        };
    }

    /** The first pass from which on every pass ends collapsed. */
    private static int since(Evidence evidence) {
        int pass = evidence.passes();
        while (pass > 1 && evidence.place(pass - 1).isCollapsed()) {
            pass--;
        }
        return pass;
    }

    private static double[] slopes(Track track, String measure, int from, int to) {
        double[] change = Place.less(track.logs(measure, to), track.logs(measure, from));
        return Arrays.stream(change).map(c -> c / (to - from)).toArray();
    }

    private static double low(Estimate estimate) {
        return estimate.interval().map(i -> i.low()).orElse(Double.NEGATIVE_INFINITY);
    }

    /** Whether further passes are needed. */
    boolean isOpen() {
        return statement == Statement.CANNOT_BE_SAID;
    }
}
