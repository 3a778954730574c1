package org.consensusprobe.report.stats;

import java.util.List;
import java.util.OptionalDouble;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.RunReader;

/**
 * The numbers behind one curve.
 *
 * @param draws how many draws of weights the curve is a mean of; 1 for trained weights
 * @param prompts how many prompts each draw was given
 * @param start the mean error of the embedding
 * @param nativeDepth the mean error after the first pass, at native depth
 * @param end the mean error after the last pass
 * @param depths to 10^-1 ... 10^-6
 * @param ratePerStep slope of ln of the mean error per unit of the sum of attention's steps; empty where they were not
 *     recorded, or as the rate is
 * @param floor the error below which the curve is rounding; 0 if unknown
 */
public record CurveNumbers(
        int draws,
        int prompts,
        Route route,
        Estimate start,
        Estimate nativeDepth,
        Estimate end,
        List<DepthTo> depths,
        Rate rate,
        OptionalDouble ratePerStep,
        double floor) {
    /** Of tokens that all point away from the first one. */
    private static final double GREATEST_ERROR = 2;

    public CurveNumbers {
        depths = List.copyOf(depths);
    }

    /** The numbers of one recorded run. */
    public static CurveNumbers of(RunReader run) {
        return of(Sample.of(List.of(run)));
    }

    /**
     * The numbers of several runs that differ in the seed of their drawn weights only: means over draws and prompts,
     * with intervals over draws, then prompts.
     *
     * @param draws at least one; they are asked for once, one after the other
     */
    public static CurveNumbers ofDraws(Iterable<RunReader> draws) {
        return of(Sample.of(draws));
    }

    static CurveNumbers of(Sample sample) {
        double[] mean = sample.meanCurve();
        return new CurveNumbers(
                sample.errors().size(),
                sample.errors().get(0).length,
                sample.route(),
                error(sample, 0),
                error(sample, sample.route().nativeDepth()),
                error(sample, sample.route().blocks()),
                DepthTo.EXPONENTS.stream()
                        .map(e -> DepthTo.of(mean, e, sample.floor()))
                        .toList(),
                Rate.of(sample.slopes(), sample.route().passes(), sample.floor()),
                sample.steps().isEmpty()
                        ? OptionalDouble.empty()
                        : StepRate.of(mean, sample.steps(), sample.route(), sample.floor()),
                sample.floor());
    }

    private static Estimate error(Sample sample, int depth) {
        return Bootstrap.estimate(sample.errorAt(depth)).within(0, GREATEST_ERROR);
    }

    /** The last depth, in blocks. */
    public int lastDepth() {
        return route.blocks();
    }
}
