package org.consensusprobe.results;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The error against depth, summarised over prompts: what {@code curve.csv} holds and figures show.
 *
 * <p>Values are those of numpy's {@code mean(0)}, {@code std(0)} and {@code percentile(axis=0)} over the prompts that are
 * numbers at that depth, as of {@code nanmean} and its kin; a depth at which none is, is NaN throughout.
 *
 * @param passes how many passes were made
 * @param layers blocks per pass
 * @param rows one for each depth, {@code passes * layers + 1} of them
 */
public record Curve(int passes, int layers, List<CurveRow> rows) {
    private static final String HEADER = "depth,pass,layer,mean,std,min,p10,p50,p90,max";

    public Curve {
        rows = List.copyOf(rows);
        if (passes < 1 || layers < 1 || rows.size() != passes * layers + 1) {
            throw new IllegalArgumentException(rows.size() + " depths for " + passes + " passes of " + layers);
        }
    }

    /**
     * Summarises the recorded errors.
     *
     * @param error [prompts][passes * layers + 1]
     */
    public static Curve of(double[][] error, int passes, int layers) {
        if (error.length == 0) {
            throw new IllegalArgumentException("no prompts");
        }
        int depths = Math.addExact(Math.multiplyExact(passes, layers), 1);
        List<CurveRow> rows = new ArrayList<>(depths);
        double[] column = new double[error.length];
        for (int depth = 0; depth < depths; depth++) {
            for (int prompt = 0; prompt < error.length; prompt++) {
                if (error[prompt].length != depths) {
                    throw new IllegalArgumentException("prompt " + prompt + " has " + error[prompt].length
                            + " depths; expected " + depths + " for " + passes + " passes of " + layers);
                }
                column[prompt] = error[prompt][depth];
            }
            rows.add(summarise(depth, layers, column));
        }
        return new Curve(passes, layers, rows);
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
        StringBuilder csv = new StringBuilder(HEADER).append('\n');
        for (CurveRow r : rows) {
            csv.append(r.depth()).append(',').append(r.pass()).append(',').append(r.layer());
            for (double value : new double[] {r.mean(), r.std(), r.min(), r.p10(), r.p50(), r.p90(), r.max()}) {
                csv.append(',').append(text(value));
            }
            csv.append('\n');
        }
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

    private static CurveRow summarise(int depth, int layers, double[] all) {
        double[] numbers = Arrays.stream(all).filter(v -> !Double.isNaN(v)).toArray();
        double[] column = numbers.length == 0 ? all : numbers;
        int pass = depth == 0 ? 0 : (depth - 1) / layers;
        int layer = depth == 0 ? 0 : (depth - 1) % layers + 1;
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

    private static String text(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        return Double.toString(value);
    }
}
