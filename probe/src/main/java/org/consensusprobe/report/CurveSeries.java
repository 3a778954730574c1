package org.consensusprobe.report;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.CurveRow;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/**
 * One curve of a figure: the mean error over prompts against depth, with its band.
 *
 * @param label its legend entry
 * @param colour curves with the same text here share a colour: a run and its twin without feed-forward, say
 * @param feedForward solid if true, dashed if false
 * @param passes where passes end, and what ran once
 * @param mean one value per depth, from the embedding on
 * @param p10 the band's lower edge, as long as {@code mean}
 * @param p90 the band's upper edge
 * @param band whether the band is drawn
 * @param floor the error below which the curve is rounding; NaN if unknown
 * @param floorName what set the floor: the state's dtype
 */
public record CurveSeries(
        String label,
        String colour,
        boolean feedForward,
        Passes passes,
        double[] mean,
        double[] p10,
        double[] p90,
        boolean band,
        double floor,
        String floorName) {
    private static final int MOST_WHOLE_PASSES = 150;

    public CurveSeries {
        if (mean.length < 2 || p10.length != mean.length || p90.length != mean.length) {
            throw new IllegalArgumentException("curve \"" + label + "\": " + mean.length + " means, " + p10.length
                    + " and " + p90.length + " percentiles");
        }
        mean = mean.clone();
        p10 = p10.clone();
        p90 = p90.clone();
    }

    /** A curve with its band, labelled for a figure of its own; {@link #labelled} for others. */
    public static CurveSeries of(Manifest manifest, Curve curve) {
        int prompts = manifest.promptCount();
        return new CurveSeries(
                prompts == 1 ? "the prompt's error" : "mean over " + prompts + " prompts",
                "",
                manifest.plan().feedForward(),
                Passes.of(curve.route(), manifest.trainedPasses()),
                curve.mean(),
                curve.column(CurveRow::p10),
                curve.column(CurveRow::p90),
                prompts > 1,
                manifest.floor().map(f -> f.error()).orElse(Double.NaN),
                manifest.floor().map(f -> f.dtype()).orElse(Fields.DTYPE.text(manifest.plan())));
    }

    /** The curve of a recorded run. */
    public static CurveSeries of(RunReader run) {
        return of(run.manifest(), run.curve());
    }

    /**
     * The curve of a measure of a recorded run; it has no floor.
     *
     * @param measure its name, with {@code :LABEL} for one of the parts it has
     * @throws org.consensusprobe.common.Problem if the run does not have it
     */
    public static CurveSeries of(RunReader run, String measure) {
        Manifest manifest = run.manifest();
        Curve curve = Curve.of(run.curvesOf(measure), run.route());
        CurveSeries series = of(manifest, curve);
        return new CurveSeries(
                series.label,
                series.colour,
                series.feedForward,
                series.passes,
                series.mean,
                series.p10,
                series.p90,
                series.band,
                Double.NaN,
                series.floorName);
    }

    /** The same curve under another legend entry and colour group. */
    public CurveSeries labelled(String newLabel, String newColour) {
        return new CurveSeries(newLabel, newColour, feedForward, passes, mean, p10, p90, band, floor, floorName);
    }

    /** The same curve with or without its band. */
    public CurveSeries withBand(boolean drawn) {
        return new CurveSeries(label, colour, feedForward, passes, mean, p10, p90, drawn, floor, floorName);
    }

    /** The last depth. */
    int depth() {
        return mean.length - 1;
    }

    boolean hasFloor() {
        return floor > 0;
    }

    /** Whether only the ends of passes are drawn: so many passes that what happens within them would be a blot. */
    boolean drawnByPass() {
        return passes.ends().length > MOST_WHOLE_PASSES;
    }

    /**
     * Depths that keep the drawing the same at figure size: all of them, or of each stretch the ends and extremes.
     *
     * @param most about how many to return
     */
    int[] depthsToDraw(int most) {
        if (drawnByPass()) {
            int[] ends = passes.ends();
            int every = Math.max(1, ends.length / most);
            IntStream shown = IntStream.range(0, ends.length / every).map(i -> ends[(i + 1) * every - 1]);
            return IntStream.concat(IntStream.concat(IntStream.of(0), shown), IntStream.of(depth()))
                    .distinct()
                    .toArray();
        }
        int stretch = Math.max(1, (int) Math.ceil(4.0 * mean.length / most));
        if (stretch <= 4) {
            return IntStream.range(0, mean.length).toArray();
        }
        int[] kept = new int[4 * (mean.length / stretch + 1)];
        int count = 0;
        for (int from = 0; from < mean.length; from += stretch) {
            int to = Math.min(from + stretch, mean.length) - 1;
            int lowest = from;
            int highest = from;
            for (int d = from; d <= to; d++) {
                lowest = mean[d] < mean[lowest] ? d : lowest;
                highest = mean[d] > mean[highest] ? d : highest;
            }
            for (int d : new int[] {from, Math.min(lowest, highest), Math.max(lowest, highest), to}) {
                if (count == 0 || d > kept[count - 1]) {
                    kept[count++] = d;
                }
            }
        }
        return Arrays.copyOf(kept, count);
    }
}
