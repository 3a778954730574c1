package org.consensusprobe.measure;

import org.consensusprobe.plan.MeasureNames;

/**
 * The largest Lyapunov exponent per pass along a run: a second cloud x + e v walks beside the run, |e v|_F a millionth of
 * |x|_F and so again after every pass. Its value is the mean of ln(growth) so far, from the pass after the burn-in on.
 */
public record Lyapunov() implements Measure {
    /** Passes in which the second cloud turns towards the direction that grows fastest. */
    public static final int BURN_IN = 5;
    /** |e v|_F over |x|_F. */
    public static final double APART = 1e-6;
    /** In units of rounding (half a unit in the last place), below which a distance beside |x|_F is noise. */
    private static final double ROUNDINGS = 50;

    @Override
    public About about() {
        return new About(
                MeasureNames.LYAPUNOV,
                "mean of ln(|x'_k - x_k| / 1e-6 |x_(k-1)|) over passes after the first " + BURN_IN
                        + ", x' a second cloud set back to that distance after every pass",
                "Benettin et al. 1980, Meccanica 15",
                "1 / pass",
                About.Cost.HIGH,
                "needs float64; in float32 rounding is as large as what grows, and it is NaN where x' came nearer than "
                        + (int) ROUNDINGS + " roundings");
    }

    /** The second cloud is a set of states of the run's own. */
    @Override
    public long bytes(Sizes sizes) {
        return 0;
    }

    /** ln(growth) of a pass; NaN where rounding decides. */
    public static double growth(double apart, double norm, double before, boolean float64) {
        double rounding = norm * Rounding.of(float64);
        return apart <= ROUNDINGS * rounding || before == 0 ? Double.NaN : Math.log(apart / before);
    }
}
