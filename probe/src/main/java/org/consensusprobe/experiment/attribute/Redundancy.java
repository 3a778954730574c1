package org.consensusprobe.experiment.attribute;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.measure.ChangeMeasure;
import org.consensusprobe.report.Numbers;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.StatesArray;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * How alike the states of a prompt set are at different depths. Two depths are read at a time; of tokens' products, those of the
 * first {@value #TOKENS} tokens are kept.
 *
 * @param angular [l][m], mean over tokens of the angle between a token at depth l and at depth m, over pi (Gromov et al., arXiv
 *     2403.17887, who take the last token); from the chord, so that it is right near 0
 * @param alignment [l][m], linear centred kernel alignment over tokens (Kornblith et al., arXiv 1905.00414)
 * @param debiased the same from unbiased estimates (Song et al. 2012; Nguyen et al., arXiv 2010.15327); NaN below 4 tokens
 * @param influence of block l + 1: 1 - mean cosine of a token before and after it (Men et al., arXiv 2403.03853)
 * @param linearity of block l + 1: what no rotation and scale of its input reaches of its output, centred and of norm 1 (after
 *     Razzhigaev et al., arXiv 2405.12250, who allow any matrix, which reaches all where tokens are no more than dimensions)
 */
record Redundancy(
        double[][] angular, double[][] alignment, double[][] debiased, double[] influence, double[] linearity) {
    /** Tokens whose products are taken for the alignment. */
    static final int TOKENS = 512;

    private static final int FEWEST_FOR_DEBIASED = 4;

    /**
     * Reads and compares.
     *
     * @param files of states [prompts, tokens, dim], depth by depth from the embedding on
     */
    static Redundancy of(List<Path> files) {
        int depths = files.size();
        double[][] angular = new double[depths][depths];
        double[] influence = new double[depths - 1];
        double[] linearity = new double[depths - 1];
        List<DMatrixRMaj> grams = new ArrayList<>();
        for (int l = 0; l < depths; l++) {
            Tokens first = Tokens.read(files.get(l));
            grams.add(first.gram());
            for (int m = l + 1; m < depths; m++) {
                Tokens other = Tokens.read(files.get(m));
                double[] compared = first.compared(other);
                angular[l][m] = compared[0];
                angular[m][l] = compared[0];
                if (m == l + 1) {
                    influence[l] = compared[1];
                    linearity[l] = first.residual(other);
                }
            }
        }
        return new Redundancy(
                angular,
                matrix(grams, Redundancy::product),
                matrix(grams.stream().map(Redundancy::hollow).toList(), Redundancy::unbiased),
                influence,
                linearity);
    }

    /** The blocks, counted from 0 along the way, whose loss changes what follows least: the least influence first. */
    List<Integer> leastInfluential(int count) {
        return IntStream.range(0, influence.length)
                .boxed()
                .sorted(Comparator.comparingDouble(block -> influence[block]))
                .limit(count)
                .toList();
    }

    /** The first of so many blocks in a row, from 0, whose input and output are the least angle apart. */
    int leastAngular(int count) {
        return IntStream.rangeClosed(0, influence.length - count)
                .boxed()
                .min(Comparator.comparingDouble(first -> angular[first][first + count]))
                .orElseThrow();
    }

    /** The two ways of naming blocks to leave out, with the options that do so. */
    List<String> sentences(List<Integer> layers) {
        int count = Math.max(1, influence.length / 4);
        String least = options(
                leastInfluential(count).stream().map(layers::get).sorted().toList());
        int first = leastAngular(count);
        String row =
                options(layers.subList(first, first + count).stream().sorted().toList());
        String blocks = count == 1 ? "The block that changes its" : "The " + count + " blocks that change their";
        return List.of(
                blocks + " tokens' directions least (block influence at most "
                        + Numbers.text(influence[leastInfluential(count).get(count - 1)]) + "): --skip-blocks " + least
                        + ".",
                (count == 1 ? "The block" : "The " + count + " blocks in a row")
                        + " whose input and output are least apart (angular distance "
                        + Numbers.text(angular[first][first + count]) + "): --skip-blocks " + row + ".");
    }

    private static String options(List<Integer> layers) {
        return String.join(",", layers.stream().distinct().map(String::valueOf).toList());
    }

    private interface Pairing {
        double of(DMatrixRMaj a, DMatrixRMaj b);
    }

    /** Every pair over the roots of both with themselves. */
    private static double[][] matrix(List<DMatrixRMaj> grams, Pairing pairing) {
        double[] own = grams.stream().mapToDouble(g -> pairing.of(g, g)).toArray();
        double[][] all = new double[own.length][own.length];
        for (int l = 0; l < own.length; l++) {
            for (int m = 0; m <= l; m++) {
                double value = pairing.of(grams.get(l), grams.get(m)) / Math.sqrt(own[l] * own[m]);
                all[l][m] = value;
                all[m][l] = value;
            }
        }
        return all;
    }

    private static double product(DMatrixRMaj a, DMatrixRMaj b) {
        DMatrixRMaj products = new DMatrixRMaj(a.numRows, a.numCols);
        CommonOps_DDRM.elementMult(a, b, products);
        return CommonOps_DDRM.elementSum(products);
    }

    /** The estimate of HSIC without bias, of matrices whose diagonal is 0; without its factor 1 / n (n - 3). */
    private static double unbiased(DMatrixRMaj a, DMatrixRMaj b) {
        double n = a.numRows;
        if (n < FEWEST_FOR_DEBIASED) {
            return Double.NaN;
        }
        double[] rows = CommonOps_DDRM.sumRows(a, null).data;
        double[] others = CommonOps_DDRM.sumRows(b, null).data;
        double sum = Arrays.stream(rows).sum();
        double other = Arrays.stream(others).sum();
        double both = IntStream.range(0, rows.length)
                .mapToDouble(i -> rows[i] * others[i])
                .sum();
        return product(a, b) + sum * other / ((n - 1) * (n - 2)) - 2 * both / (n - 2);
    }

    private static DMatrixRMaj hollow(DMatrixRMaj gram) {
        DMatrixRMaj copy = gram.copy();
        for (int i = 0; i < copy.numRows; i++) {
            copy.set(i, i, 0);
        }
        return copy;
    }

    /** All tokens of all prompts at one depth, [tokens][dim]. */
    private record Tokens(double[][] values, boolean wide) {
        static Tokens read(Path file) {
            List<double[]> tokens = new ArrayList<>();
            StatesArray array = StatesArray.open(file);
            int dim = array.header().shape().get(2);
            array.read((prompt, states) -> {
                for (int from = 0; from < states.length; from += dim) {
                    tokens.add(Arrays.copyOfRange(states, from, from + dim));
                }
            });
            return new Tokens(tokens.toArray(double[][]::new), array.header().type() == NpyHeader.Type.FLOAT64);
        }

        /** Products of tokens less their mean, which is what centring the products would do: [n][n]. */
        DMatrixRMaj gram() {
            DMatrixRMaj x = new DMatrixRMaj(Arrays.copyOf(values, Math.min(TOKENS, values.length)));
            double[] sums = CommonOps_DDRM.sumCols(x, null).data;
            for (int i = 0; i < x.numRows; i++) {
                for (int j = 0; j < x.numCols; j++) {
                    x.add(i, j, -sums[j] / x.numRows);
                }
            }
            DMatrixRMaj gram = new DMatrixRMaj(x.numRows, x.numRows);
            CommonOps_DDRM.multTransB(x, x, gram);
            return gram;
        }

        /** What no rotation and scale of these tokens reaches of the others, both less their mean and over their norm. */
        double residual(Tokens other) {
            try (Scope scope = Scope.open()) {
                Kernels k = Kernels.plain(scope);
                return ChangeMeasure.procrustes(k, first(k), other.first(k), wide)[0];
            }
        }

        /** [1, n, D]. */
        private Tensor first(Kernels k) {
            int count = Math.min(TOKENS, values.length);
            double[] flat = Arrays.stream(values)
                    .limit(count)
                    .flatMapToDouble(Arrays::stream)
                    .toArray();
            return k.tensors().values(flat, 1, count, values[0].length);
        }

        /** The mean angle over pi, and the mean of 1 - cosine, token by token; tokens without a direction do not count. */
        double[] compared(Tokens other) {
            double angle = 0;
            double distance = 0;
            int counted = 0;
            for (int t = 0; t < values.length; t++) {
                double chord = chord(values[t], other.values[t]);
                if (!Double.isNaN(chord)) {
                    angle += 2 * Math.asin(Math.min(1, chord / 2)) / Math.PI;
                    distance += chord * chord / 2;
                    counted++;
                }
            }
            return new double[] {angle / counted, distance / counted};
        }

        private static double chord(double[] a, double[] b) {
            double na = norm(a);
            double nb = norm(b);
            double sum = 0;
            for (int i = 0; i < a.length; i++) {
                double d = a[i] / na - b[i] / nb;
                sum += d * d;
            }
            return Math.sqrt(sum);
        }

        private static double norm(double[] a) {
            double sum = 0;
            for (double v : a) {
                sum += v * v;
            }
            return Math.sqrt(sum);
        }
    }
}
