package org.consensusprobe.measure;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.consensusprobe.model.AttentionRows;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * What attention did in a block to the prompts of a chunk.
 *
 * <p>Its matrices A [B, H, T, T] are whole for prompts of up to {@value AttentionRows#WHOLE} tokens; of longer ones a few rows,
 * or one head, are made at a time.
 */
public final class Attended {
    private final AttentionRows rows;
    private final Tensor branch;
    private final Tensor x;
    private final Map<String, double[]> known = new HashMap<>();
    private Tensor mean;

    /**
     * Of one chunk.
     *
     * @param rows of the matrices, which sum to 1, or with sinks to less; null where no measure asks for them
     * @param branch [B, T, D], what attention adds
     * @param x [B, T, D], what it is added to
     */
    public Attended(AttentionRows rows, Tensor branch, Tensor x) {
        this.rows = rows;
        this.branch = branch;
        this.x = x;
    }

    Tensor branch() {
        return branch;
    }

    Tensor x() {
        return x;
    }

    /** Heads H. */
    int heads() {
        return rows.heads();
    }

    /** Whether A's rows sum to 1, as bounds of contraction want it. */
    boolean isStochastic() {
        return rows.sumToOne();
    }

    /** Values that several measures need, computed once. */
    double[] once(String name, Supplier<double[]> values) {
        return known.computeIfAbsent(name, n -> values.get());
    }

    /**
     * The mean of a number of every row from row 2 on.
     *
     * @param ofMatrices the kernel that reduces A to [B, H]
     * @param ofRows the kernel that sums it over some rows
     */
    double[] meanOverRows(Kernels kernels, String ofMatrices, String ofRows) {
        if (isWhole()) {
            return kernels.measures().reduce(ofMatrices, rows.whole(kernels));
        }
        double[] mean = null;
        for (int first = 0; first < rows.tokens(); first += rows.rowsAtATime()) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                Tensor part = some(k, first); // [B, H, r, T]
                double[] sums = k.measures().reduce(ofRows, part, (long) first, rows.seesLater());
                mean = mean == null ? new double[sums.length] : mean;
                for (int i = 0; i < sums.length; i++) {
                    mean[i] += sums[i] / (rows.tokens() - 1);
                }
            }
        }
        return mean;
    }

    /** What a kernel makes of the matrix of every head -> [B, H]. */
    double[] byHead(Kernels kernels, String kernel) {
        if (isWhole()) {
            return kernels.measures().reduce(kernel, rows.whole(kernels));
        }
        int prompts = Math.toIntExact(x.size(0));
        double[] values = new double[prompts * rows.heads()];
        for (int head = 0; head < rows.heads(); head++) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                double[] own = k.measures().reduce(kernel, rows.ofHead(k, head).whole(k));
                for (int i = 0; i < prompts; i++) {
                    values[i * rows.heads() + head] = own[i];
                }
            }
        }
        return values;
    }

    /** The mean of the heads' matrices, float64 [B, T, T]. */
    Tensor mean(Kernels kernels) {
        if (mean == null) {
            mean = isWhole() ? kernels.measures().derive("mean_attention", rows.whole(kernels)) : meanByRows(kernels);
        }
        return mean;
    }

    private Tensor meanByRows(Kernels kernels) {
        Tensor all = null; // float64 [B, T, T]
        for (int first = 0; first < rows.tokens(); first += rows.rowsAtATime()) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                Tensor part = k.measures().derive("mean_attention", some(k, first)); // [B, r, T]
                all = all == null ? kernels.measures().derive("room_for_rows", part) : all;
                k.measures().derive("put_rows", all, part, (long) first);
            }
        }
        return all;
    }

    private Tensor some(Kernels kernels, int first) {
        return rows.rows(kernels, first, Math.min(rows.tokens(), first + rows.rowsAtATime()));
    }

    private boolean isWhole() {
        return rows.tokens() <= AttentionRows.WHOLE;
    }
}
