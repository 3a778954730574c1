package org.consensusprobe.measure;

import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * The tokens of one prompt at one depth, in float64, with what several measures need of them computed once.
 *
 * <p>Used by one thread, while the scope of its kernels is open.
 */
public final class Cloud {
    private static final int TILE_PAIRS = 1 << 20;

    private final Kernels kernels;
    private final Tensor x;
    private final double rounding;
    private Tensor units;
    private double[] pairs; // of a cloud that is one tile
    private double[] values;
    private double[] centredValues;

    /**
     * One prompt of a chunk.
     *
     * @param states [B, T, D]
     */
    public Cloud(Kernels kernels, Tensor states, int row) {
        this.kernels = kernels;
        this.x = kernels.measures().derive("cloud", states, (long) row); // [T, D]
        this.rounding = Rounding.of(states.isFloat64());
    }

    Kernels kernels() {
        return kernels;
    }

    int tokens() {
        return Math.toIntExact(x.size(0));
    }

    /** Raw tokens, [T, D]. */
    Tensor x() {
        return x;
    }

    /** Unit tokens, [T, D]. */
    Tensor units() {
        if (units == null) {
            units = kernels.measures().derive("units", x);
        }
        return units;
    }

    /**
     * Takes s_ij for a few rows i at a time; right to about 1e-15 of the largest. Clouds of up to 1024 tokens have one
     * tile, which is computed once; of longer prompts no T x T numbers are ever held.
     */
    void pairs(Tile tile) {
        if (pairs != null) {
            tile.rows(0, pairs);
            return;
        }
        Tensor v = kernels.measures().derive("centred", units()); // [T, D]
        Tensor q = kernels.measures().derive("half_norms", v); // [T]
        byRows((k, first, last) -> {
            double[] s = k.measures().reduce("half_squares", v, q, (long) first, (long) last);
            pairs = s.length == (long) tokens() * tokens() ? s : null;
            tile.rows(first, s);
        });
        v.close();
        q.close();
    }

    /** Takes rows of a matrix [T, T], row-major from row {@code first} on; the numbers are not to be changed. */
    @FunctionalInterface
    interface Tile {
        void rows(int first, double[] values);
    }

    /** Takes the rows first (included) to last (excluded) of all tokens; what is made of them is freed thereafter. */
    @FunctionalInterface
    interface Rows {
        void take(Kernels kernels, int first, int last);
    }

    /** Goes through all tokens, as many at a time as have {@value #TILE_PAIRS} pairs with all. */
    void byRows(Rows rows) {
        int n = tokens();
        int step = rowsOfTile(n);
        for (int first = 0; first < n; first += step) {
            try (Scope scope = Scope.open()) {
                rows.take(kernels.in(scope), first, Math.min(n, first + step));
            }
        }
    }

    private static int rowsOfTile(long tokens) {
        return (int) Math.max(1, TILE_PAIRS / Math.max(1, tokens));
    }

    /**
     * The most that measures of clouds hold in tensors: tokens as they are, unit, centred, squared and as a decomposition takes
     * them; tiles of pairs, and of candidates for a token's nearest.
     */
    static long bytes(long tokens, long width) {
        long rows = Math.min(tokens, rowsOfTile(tokens));
        return Double.BYTES * (7 * tokens * width + 3 * rows * tokens + 8 * rows * width);
    }

    /** The same in Java's memory: tiles of pairs, before they are collected. */
    static long javaBytes(long tokens) {
        return 3L * Double.BYTES * Math.min(tokens, rowsOfTile(tokens)) * tokens;
    }

    /** Singular values of X, the largest first. */
    double[] values() {
        if (values == null) {
            values = kernels.measures().reduce("singular_values", x);
        }
        return values;
    }

    /** Singular values of X - 1 xbar', the largest first. */
    double[] centredValues() {
        if (centredValues == null) {
            centredValues = kernels.measures()
                    .reduce("singular_values", kernels.measures().derive("centred", x));
        }
        return centredValues;
    }

    /** |X|_F. */
    double norm() {
        return Math.sqrt(sumOfSquares(values()));
    }

    /** Half a unit in the last place of the states' dtype: what is smaller than this beside a token is rounding. */
    double rounding() {
        return rounding;
    }

    static double sumOfSquares(double[] v) {
        double sum = 0;
        for (double value : v) {
            sum += value * value;
        }
        return sum;
    }
}
