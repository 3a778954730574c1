package org.consensusprobe.report;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Route;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;

/** Where in the prompt tokens agree first: the error of every token against the others, by position and depth. */
final class PositionsSection {
    /** Rows and columns of the figure at most; beyond, the means of neighbours are drawn. */
    private static final int MOST_ROWS = 64;

    private static final int MOST_COLUMNS = 240;

    private PositionsSection() {}

    /** The section's HTML; empty where the error was not recorded token by token. */
    static String of(RunReader run) {
        if (run.measures().stream().noneMatch(m -> m.name().equals(MeasureNames.ERROR_TOKEN))) {
            return "";
        }
        double[][] mean = mean(run.measure(MeasureNames.ERROR_TOKEN)); // [depth][token]
        double[][] shares = shares(mean);
        return "<section>\n<h2>Position by position</h2>\n<p>The error of every token against the others: eq. 25 with that"
                + " token in the place of token 1, mean over the prompts that reach it.</p>\n<figure class=\"drawing\">"
                + new ChartSheet("", charts(mean, shares), 2).svg()
                + "</figure>\n<p>" + Html.escape(words(mean, shares, run.route())) + "</p>\n</section>\n";
    }

    /** The mean over prompts of [prompts, depths, tokens]; NaN where no prompt has a value. */
    private static double[][] mean(NpyArray array) {
        int prompts = array.shape().get(0);
        int depths = array.shape().get(1);
        int tokens = array.shape().get(2);
        double[][] mean = new double[depths][tokens];
        for (int depth = 0; depth < depths; depth++) {
            for (int token = 0; token < tokens; token++) {
                int at = depth * tokens + token;
                mean[depth][token] = IntStream.range(0, prompts)
                        .mapToDouble(p -> array.values()[p * depths * tokens + at])
                        .filter(v -> !Double.isNaN(v))
                        .average()
                        .orElse(Double.NaN);
            }
        }
        return mean;
    }

    /** Of the error at the embedding, [depth][token]. */
    private static double[][] shares(double[][] mean) {
        return Arrays.stream(mean)
                .map(row -> IntStream.range(0, row.length)
                        .mapToDouble(token -> row[token] / mean[0][token])
                        .toArray())
                .toArray(double[][]::new);
    }

    private static List<Chart> charts(double[][] mean, double[][] shares) {
        return List.of(
                chart("Error of a token against the others", "error", mean, false),
                chart("The same over that at the embedding", "share", shares, true));
    }

    private static HeatChart chart(String title, String value, double[][] mean, boolean logarithmic) {
        int rows = groups(mean[0].length, MOST_ROWS); // tokens in a row
        int columns = groups(mean.length, MOST_COLUMNS); // depths in a column
        double[] x = IntStream.range(0, groups(mean.length, columns))
                .mapToDouble(c -> c * columns + (columns - 1) / 2.0)
                .toArray();
        double[] y = IntStream.range(0, groups(mean[0].length, rows))
                .mapToDouble(r -> 1 + r * rows + (rows - 1) / 2.0)
                .toArray();
        double[][] values = new double[y.length][x.length];
        for (int r = 0; r < y.length; r++) {
            for (int c = 0; c < x.length; c++) {
                values[r][c] = mean(mean, c * columns, columns, r * rows, rows);
            }
        }
        DoubleSummaryStatistics positive = Arrays.stream(values)
                .flatMapToDouble(Arrays::stream)
                .filter(v -> v > 0 && Double.isFinite(v))
                .summaryStatistics();
        boolean any = positive.getCount() > 0;
        double most = any ? positive.getMax() : 1;
        double least = any ? Math.min(positive.getMin(), most / 10) : 0.1;
        return new HeatChart(title, "depth", "token", value, x, y, values, logarithmic ? least : 0, most, logarithmic);
    }

    /** How many groups of a size take all, the last one as they come. */
    private static int groups(int all, int size) {
        return (all + size - 1) / size;
    }

    private static double mean(double[][] all, int depth, int depths, int token, int tokens) {
        return Arrays.stream(all, depth, Math.min(depth + depths, all.length))
                .flatMapToDouble(row -> Arrays.stream(row, token, Math.min(token + tokens, row.length)))
                .filter(v -> !Double.isNaN(v))
                .average()
                .orElse(Double.NaN);
    }

    /** The extremes at native depth, and who first loses half of what it had at the embedding. */
    private static String words(double[][] mean, double[][] shares, Route route) {
        int depth = route.nativeDepth();
        int least = extreme(mean[depth], 1);
        int most = extreme(mean[depth], -1);
        if (least < 0) {
            return "No token has an error.";
        }
        return "At native depth token " + (least + 1) + " agrees most with the others ("
                + Numbers.text(mean[depth][least]) + "), token " + (most + 1) + " least ("
                + Numbers.text(mean[depth][most]) + "). " + firstHalved(mean, shares);
    }

    private static String firstHalved(double[][] mean, double[][] shares) {
        for (int depth = 1; depth < mean.length; depth++) {
            int first = extreme(shares[depth], 1);
            if (first >= 0 && shares[depth][first] < 0.5) {
                return "The first to fall below half of its error at the embedding is token " + (first + 1)
                        + ", at depth " + depth + " (" + Numbers.text(mean[depth][first]) + " after "
                        + Numbers.text(mean[0][first]) + ").";
            }
        }
        return "No token falls below half of its error at the embedding.";
    }

    /** The place of the smallest value, or with sign -1 of the largest; -1 where there is none. */
    private static int extreme(double[] values, int sign) {
        int best = -1;
        for (int i = 0; i < values.length; i++) {
            if (!Double.isNaN(values[i]) && (best < 0 || sign * values[i] < sign * values[best])) {
                best = i;
            }
        }
        return best;
    }
}
