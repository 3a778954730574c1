package org.consensusprobe.results;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.consensusprobe.plan.Route;

/**
 * The error against depth, summarised over prompts: what {@code curve.csv} holds and figures show.
 *
 * <p>Values are those of numpy's {@code mean(0)}, {@code std(0)} and {@code percentile(axis=0)} over the prompts that are
 * numbers at that depth, as of {@code nanmean} and its kin; a depth at which none is, is NaN throughout.
 *
 * @param route the blocks that ran
 * @param rows one for each depth, {@code route.blocks() + 1} of them
 */
public record Curve(Route route, List<CurveRow> rows) {
    /** The columns of {@code curve.csv}. */
    public static final String COLUMNS = "depth,pass,layer,mean,std,min,p10,p50,p90,max";

    public Curve {
        rows = List.copyOf(rows);
        if (rows.size() != route.blocks() + 1) {
            throw new IllegalArgumentException(rows.size() + " depths for " + route.words());
        }
    }

    /**
     * Summarises the recorded errors.
     *
     * @param error [prompts][route.blocks() + 1]
     */
    public static Curve of(double[][] error, Route route) {
        if (error.length == 0) {
            throw new IllegalArgumentException("no prompts");
        }
        int depths = route.blocks() + 1;
        List<CurveRow> rows = new ArrayList<>(depths);
        double[] column = new double[error.length];
        for (int depth = 0; depth < depths; depth++) {
            for (int prompt = 0; prompt < error.length; prompt++) {
                if (error[prompt].length != depths) {
                    throw new IllegalArgumentException("prompt " + prompt + " has " + error[prompt].length
                            + " depths; expected " + depths + " for " + route.words());
                }
                column[prompt] = error[prompt][depth];
            }
            rows.add(summarise(depth, route, column));
        }
        return new Curve(route, rows);
    }

    /** The mean over prompts at each depth. */
    public double[] mean() {
        return column(CurveRow::mean);
    }

    /** One column over all depths. */
    public double[] column(ToDoubleFunction<CurveRow> of) {
        return rows.stream().mapToDouble(of).toArray();
    }

    /** The content of {@code curve.csv}: every double read back is the double written; NaN is {@code nan}. */
    public String toCsv() {
        StringBuilder csv = new StringBuilder(COLUMNS).append('\n');
        rows.forEach(row -> csv.append(String.join(",", row.cells())).append('\n'));
        return csv.toString();
    }

    /** At each depth, over how many prompts its row is. */
    public static int[] defined(double[][] error) {
        return IntStream.range(0, error[0].length)
                .map(depth -> (int) Arrays.stream(error)
                        .filter(row -> !Double.isNaN(row[depth]))
                        .count())
                .toArray();
    }

    private static CurveRow summarise(int depth, Route route, double[] all) {
        double[] numbers = Arrays.stream(all).filter(v -> !Double.isNaN(v)).toArray();
        double[] column = numbers.length == 0 ? all : numbers;
        int pass = depth == 0 ? 0 : route.at(depth).pass();
        int layer = depth == 0 ? 0 : route.at(depth).layer() + 1;
        double mean = Arrays.stream(column).reduce(0, Double::sum) / column.length;
        double squares = 0;
        for (double value : column) {
            squares += (value - mean) * (value - mean);
        }
        double std = Math.sqrt(squares / column.length);
        double[] sorted = column.clone();
        Arrays.sort(sorted);
        return new CurveRow(
                depth,
                pass,
                layer,
                mean,
                std,
                sorted[0],
                percentile(sorted, 0.1),
                percentile(sorted, 0.5),
                percentile(sorted, 0.9),
                sorted[sorted.length - 1]);
    }

    /** numpy's method "linear", with its choice of the end that is interpolated from, which keeps the last digit. */
    private static double percentile(double[] sorted, double q) {
        double position = q * (sorted.length - 1);
        int below = (int) Math.floor(position);
        int above = Math.min(below + 1, sorted.length - 1);
        double t = position - below;
        double step = sorted[above] - sorted[below];
        return t >= 0.5 ? sorted[above] - step * (1 - t) : sorted[below] + step * t;
    }
}
