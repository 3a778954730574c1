package org.consensusprobe.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ejml.simple.SimpleMatrix;

/** Clouds of tokens, and what measures of them are by their formulas, written plainly. */
final class Clouds {
    private final double[][] x;
    private final double[][] u;
    private final int n;
    private final int d;

    Clouds(double[][] x) {
        this.x = x;
        this.u = Arrays.stream(x).map(Clouds::unit).toArray(double[][]::new);
        this.n = x.length;
        this.d = x[0].length;
    }

    /** A cloud by its kind; a number is the spread about one direction. */
    static double[][] of(String kind, int n, int d, Random random) {
        double[] direction = random.doubles(d, 0.5, 1.5).toArray();
        double[][] x = new double[n][d];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < d; k++) {
                double g = random.nextGaussian();
                x[i][k] = switch (kind) {
                    case "random" -> g;
                    case "wide" -> g * Math.pow(10, i % 4 * 2);
                    case "clusters" -> (i % 3 == k ? 1 : 0) + 1e-4 * g;
                    case "rank-one" -> direction[k] * (1 + i);
                    case "opposite" -> (i % 2 == 0 ? 1 : -1) * direction[k] + 1e-2 * g;
                    default -> direction[k] + Double.parseDouble(kind) * g;
                };
            }
        }
        return x;
    }

    private static double[] unit(double[] token) {
        double norm = Math.sqrt(Arrays.stream(token).map(v -> v * v).sum());
        return Arrays.stream(token).map(v -> v / norm).toArray();
    }

    private static double square(double[] a, double[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
            sum += (a[k] - b[k]) * (a[k] - b[k]);
        }
        return sum;
    }

    private double[] mean(double[][] tokens) {
        double[] mean = new double[d];
        for (double[] token : tokens) {
            for (int k = 0; k < d; k++) {
                mean[k] += token[k] / n;
            }
        }
        return mean;
    }

    double[] pairs() {
        return IntStream.range(0, n * n)
                .mapToDouble(ij -> square(u[ij / n], u[ij % n]) / 2)
                .toArray();
    }

    double[] toToken(int first) {
        return IntStream.range(first, n)
                .mapToDouble(j -> square(u[first], u[j]) / 2)
                .toArray();
    }

    /** Eq. 25. */
    double error() {
        return Arrays.stream(toToken(0)).average().orElseThrow();
    }

    /** The cloud of (I - 11'/D) x_i. */
    Clouds projected() {
        return new Clouds(Arrays.stream(x)
                .map(token -> {
                    double mean = Arrays.stream(token).average().orElseThrow();
                    return Arrays.stream(token).map(v -> v - mean).toArray();
                })
                .toArray(double[][]::new));
    }

    /** The cloud of x_i less the mean of these tokens and others, by differences from the first token. */
    Clouds withoutMean(double[][]... others) {
        double[][] all = Stream.concat(Arrays.stream(x), Arrays.stream(others).flatMap(Arrays::stream))
                .toArray(double[][]::new);
        double[][] rest = new double[n][d];
        for (int k = 0; k < d; k++) {
            int column = k;
            double mean = Arrays.stream(all)
                    .mapToDouble(token -> token[column] - x[0][column])
                    .average()
                    .orElseThrow();
            for (int i = 0; i < n; i++) {
                rest[i][k] = x[i][k] - x[0][k] - mean;
            }
        }
        return new Clouds(rest);
    }

    /** The largest of |x_i| over that of what is left of it: how much rounding of x weighs there. */
    double weightOfRounding(Clouds rest) {
        return IntStream.range(0, n)
                .mapToDouble(i -> Math.sqrt(dot(x[i], x[i]) / dot(rest.x[i], rest.x[i])))
                .max()
                .orElseThrow();
    }

    double pairwiseMean() {
        return Arrays.stream(pairs()).average().orElseThrow();
    }

    double order() {
        return Math.sqrt(square(mean(u), new double[d]));
    }

    double max(double[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }

    double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    double mu() {
        double[] mean = mean(x);
        return Math.sqrt(
                Arrays.stream(x).mapToDouble(token -> square(token, mean)).sum());
    }

    double norm() {
        return Math.sqrt(Arrays.stream(x)
                .mapToDouble(token -> square(token, new double[d]))
                .sum());
    }

    double diameter() {
        return Math.sqrt(IntStream.range(0, n * n)
                .mapToDouble(ij -> square(x[ij / n], x[ij % n]))
                .max()
                .orElseThrow());
    }

    double energy(double beta) {
        return Arrays.stream(pairs()).map(s -> -Math.expm1(-beta * s)).average().orElseThrow();
    }

    double share(int k) {
        double[] terms = Arrays.stream(mean(u)).map(m -> m * m).sorted().toArray();
        return Arrays.stream(terms, d - k, d).sum() / Arrays.stream(terms).sum();
    }

    double[] histogram(int bins) {
        double[] shares = new double[bins];
        double[] s = pairs();
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                int bin = (int) Math.floor((1 - s[i * n + j] + 1) * bins / 2);
                shares[Math.max(0, Math.min(bins - 1, bin))] += 2.0 / (n * (n - 1));
            }
        }
        return shares;
    }

    /** Sizes of the groups that tokens nearer than an angle make. */
    List<Integer> components(double degrees) {
        int[] label = IntStream.range(0, n).toArray();
        double bound = 1 - Math.cos(Math.toRadians(degrees));
        double[] s = pairs();
        for (int ij = 0; ij < n * n; ij++) {
            int a = label[ij / n];
            int b = label[ij % n];
            if (s[ij] < bound && a != b) {
                label = Arrays.stream(label).map(l -> l == a ? b : l).toArray();
            }
        }
        List<Integer> sizes = new ArrayList<>();
        for (int l : Arrays.stream(label).distinct().toArray()) {
            sizes.add((int) Arrays.stream(label).filter(m -> m == l).count());
        }
        return sizes;
    }

    double[] singularValues(boolean centred) {
        double[] values = new SimpleMatrix(centred ? centred() : x).svd().getSingularValues();
        return Arrays.stream(values).map(v -> -v).sorted().map(v -> -v).toArray();
    }

    private double[][] centred() {
        double[] mean = mean(x);
        double[][] rest = new double[n][d];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < d; k++) {
                rest[i][k] = x[i][k] - mean[k];
            }
        }
        return rest;
    }

    double effectiveRank(double[] sigma) {
        double sum = Arrays.stream(sigma).sum();
        return Math.exp(Arrays.stream(sigma)
                .map(v -> v / sum)
                .map(p -> p > 0 ? -p * Math.log(p) : 0)
                .sum());
    }

    double stableRank(double[] sigma) {
        return Arrays.stream(sigma).map(v -> v * v).sum() / (sigma[0] * sigma[0]);
    }

    double composite() {
        return composite(x);
    }

    double compositeResidual() {
        return composite(centred());
    }

    private double composite(double[][] tokens) {
        double rows = 0;
        double[] columns = new double[d];
        for (double[] token : tokens) {
            rows = Math.max(rows, Arrays.stream(token).map(Math::abs).sum());
            for (int k = 0; k < d; k++) {
                columns[k] += Math.abs(token[k]);
            }
        }
        return Math.sqrt(rows * max(columns));
    }

    /** The distance of the hull from 0 by many steps of Gilbert's algorithm with pairwise exchange of weights. */
    double margin() {
        double[] w = new double[n];
        w[0] = 1;
        double[] p = u[0].clone();
        for (int step = 0; step < 400_000; step++) {
            int to = 0;
            int from = -1;
            for (int i = 0; i < n; i++) {
                if (dot(p, u[i]) < dot(p, u[to])) {
                    to = i;
                }
                if (w[i] > 0 && (from < 0 || dot(p, u[i]) > dot(p, u[from]))) {
                    from = i;
                }
            }
            double gap = dot(p, u[from]) - dot(p, u[to]);
            double length = square(u[from], u[to]);
            if (gap < 1e-15 || length == 0) {
                break;
            }
            double move = Math.min(w[from], gap / length);
            w[from] -= move;
            w[to] += move;
            for (int k = 0; k < d; k++) {
                p[k] += move * (u[to][k] - u[from][k]);
            }
        }
        return Math.sqrt(dot(p, p));
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
            sum += a[k] * b[k];
        }
        return sum;
    }
}
