package org.consensusprobe.experiment.settle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.theory.spectrum.Arnoldi;
import org.consensusprobe.theory.spectrum.Eigenvalue;
import org.consensusprobe.theory.spectrum.LinearOperator;

/**
 * Leading eigenvalues of the Jacobian J of a pass's map g at one prompt's last states: what becomes of small changes. In whole,
 * and in two blocks: of changes that are the same for all tokens (P J P, P the mean over tokens: the consensus subspace), and of those that
 * have no mean ((I - P) J (I - P), its complement). Where states have collapsed J keeps the first subspace, and its eigenvalues are those of
 * the two blocks; elsewhere {@code leaves} says how much of a common change becomes different from token to token.
 *
 * @param prompt from 0
 * @param whole eigenvalues of J, the largest modulus first, one of each conjugate pair
 * @param consensus those of the consensus subspace
 * @param complement those of its complement
 * @param leaves the largest |(I - P) J v| / |J v| of common changes v that were tried
 * @param residual the largest |J v - lambda v| over the largest modulus, of all three
 * @param converged whether all that were asked for were found
 */
public record Spectrum(
        int prompt,
        List<Eigenvalue> whole,
        List<Eigenvalue> consensus,
        List<Eigenvalue> complement,
        double leaves,
        double residual,
        boolean converged) {
    /** How many are asked for, both of a pair counted. */
    private static final int COUNT = 4;
    /** Differences are right to about 1e-9, so no more is asked; the largest moduli come out of few products. */
    private static final Arnoldi.Effort EFFORT = new Arnoldi.Effort(24, 10, 4, 1e-6);
    /** |h v| over |x| of a central difference: its error is some h^2, its rounding 1e-16 / h. */
    private static final double NEAR = 1e-6;

    /**
     * Finds the eigenvalues.
     *
     * @param x the states [tokens * width]
     * @param g the map of a pass, for several states at once
     */
    static Spectrum at(int prompt, double[] x, int tokens, UnaryOperator<double[][]> g) {
        Differences j = new Differences(x, g);
        int width = x.length / tokens;
        double[] leaves = {0};
        Arnoldi.Result whole = leading(j);
        Arnoldi.Result consensus = leading(operator(width, v -> {
            double[] image = j.times(spread(v, tokens));
            double[] mean = mean(image, width);
            double[] rest = image.clone();
            subtract(rest, mean);
            leaves[0] = Math.max(leaves[0], norm(rest) / Math.max(norm(image), Double.MIN_NORMAL));
            return mean;
        }));
        Arnoldi.Result complement = leading(operator(x.length, v -> {
            double[] own = v.clone();
            subtract(own, mean(own, width));
            double[] image = j.times(own);
            subtract(image, mean(image, width));
            return image;
        }));
        return new Spectrum(
                prompt,
                whole.values(),
                consensus.values(),
                complement.values(),
                leaves[0],
                Math.max(whole.residual(), Math.max(consensus.residual(), complement.residual())),
                whole.converged() && consensus.converged() && complement.converged());
    }

    private static Arnoldi.Result leading(LinearOperator operator) {
        return Arnoldi.leading(operator, Arnoldi.End.LARGEST, COUNT, EFFORT);
    }

    private static LinearOperator operator(int size, UnaryOperator<double[]> product) {
        return new LinearOperator() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public void apply(double[] v, int from, double[] y, int to) {
                double[] image = product.apply(java.util.Arrays.copyOfRange(v, from, from + size));
                System.arraycopy(image, 0, y, to, size);
            }
        };
    }

    /** J v as (g(x + h v) - g(x - h v)) / 2h. */
    private record Differences(double[] x, UnaryOperator<double[][]> g) implements LinearOperator {
        double[] times(double[] v) {
            double length = norm(v);
            if (length == 0) {
                return new double[x.length];
            }
            double h = NEAR * norm(x) / length;
            double[][] near = new double[2][x.length];
            for (int i = 0; i < x.length; i++) {
                near[0][i] = x[i] + h * v[i];
                near[1][i] = x[i] - h * v[i];
            }
            double[][] images = g.apply(near);
            double[] product = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                product[i] = (images[0][i] - images[1][i]) / (2 * h);
            }
            return product;
        }

        @Override
        public int size() {
            return x.length;
        }

        @Override
        public void apply(double[] v, int from, double[] y, int to) {
            double[] product = times(java.util.Arrays.copyOfRange(v, from, from + x.length));
            System.arraycopy(product, 0, y, to, x.length);
        }
    }

    /** The same for all tokens, of the same length as v. */
    private static double[] spread(double[] v, int tokens) {
        double[] all = new double[v.length * tokens];
        for (int i = 0; i < all.length; i++) {
            all[i] = v[i % v.length] / Math.sqrt(tokens);
        }
        return all;
    }

    /** The mean over tokens in the coordinates of {@link #spread}. */
    private static double[] mean(double[] x, int width) {
        double[] mean = new double[width];
        double root = Math.sqrt((double) x.length / width);
        for (int i = 0; i < x.length; i++) {
            mean[i % width] += x[i] / root;
        }
        return mean;
    }

    private static void subtract(double[] x, double[] mean) {
        double root = Math.sqrt((double) x.length / mean.length);
        for (int i = 0; i < x.length; i++) {
            x[i] -= mean[i % mean.length] / root;
        }
    }

    private static double norm(double[] x) {
        return Math.sqrt(Plane.dot(x, x));
    }

    /** An eigenvalue of the run's own pass, damped and anchored: (1 - anchor) (1 + step (lambda - 1)). */
    static Eigenvalue ofPass(Eigenvalue value, double step, double anchor) {
        return new Eigenvalue((1 - anchor) * (1 + step * (value.re() - 1)), (1 - anchor) * step * value.im());
    }

    /** An eigenvalue in words: whether what it belongs to decays or grows, and whether it turns. */
    static String words(Eigenvalue value) {
        double degrees = Math.toDegrees(Math.atan2(value.im(), value.re()));
        String size = String.format(Locale.ROOT, "%.3g", value.modulus());
        String turn = !value.isComplex()
                ? value.re() < 0 ? ", to and fro" : ""
                : String.format(Locale.ROOT, ", turning %.3g degrees", degrees);
        return (value.modulus() < 1 ? "decays by " : "grows by ") + size + turn;
    }

    /** The same as JSON, with those of the run's own pass. */
    ObjectNode json(double step, double anchor) {
        ObjectNode node = StrictJson.mapper().createObjectNode();
        node.put("prompt", prompt);
        enter(node.putArray("whole"), whole, step, anchor);
        enter(node.putArray("consensus"), consensus, step, anchor);
        enter(node.putArray("complement"), complement, step, anchor);
        SettlementJson.put(node, "leaves_consensus", leaves);
        SettlementJson.put(node, "residual", residual);
        node.put("converged", converged);
        return node;
    }

    private static void enter(ArrayNode array, List<Eigenvalue> values, double step, double anchor) {
        for (Eigenvalue value : values) {
            Eigenvalue ofPass = ofPass(value, step, anchor);
            ObjectNode node = array.addObject();
            node.put("re", value.re());
            node.put("im", value.im());
            node.put("modulus", value.modulus());
            node.put("degrees", Math.toDegrees(Math.atan2(value.im(), value.re())));
            node.put("modulus_of_pass", ofPass.modulus());
        }
    }
}
