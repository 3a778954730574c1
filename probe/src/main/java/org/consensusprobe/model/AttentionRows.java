package org.consensusprobe.model;

import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * The attention matrices A [B, H, T, T] of one layer, row i over the tokens that token i sees, made when they are asked for:
 * whole, a few rows of all heads, or those of one head.
 */
public interface AttentionRows {
    /** Tokens up to which matrices are made whole; of longer prompts attention makes a few rows at a time. */
    int WHOLE = 2048;

    /** Heads H. */
    int heads();

    /** Tokens T. */
    int tokens();

    /** Whether tokens see later ones. */
    boolean seesLater();

    /** Whether rows sum to 1; with sinks they sum to less. */
    default boolean sumToOne() {
        return true;
    }

    /** [B, H, T, T], made once, in the scope of the first who asks. */
    Tensor whole(Kernels kernels);

    /** The rows first (included) to last (excluded), [B, H, last - first, T]. */
    Tensor rows(Kernels kernels, int first, int last);

    /** The matrices of one head, counted from 0: [B, 1, T, T]. */
    AttentionRows ofHead(Kernels kernels, int head);

    /** Lets them live as long as a scope, beyond the block's step that they belong to. */
    void keepIn(Scope scope);

    /** Rows to ask for at a time where not all are wanted at once. */
    default int rowsAtATime() {
        return rowsAtATime(heads(), tokens());
    }

    // as the kernel that attends through matrices: some 2^23 values of all heads, and at least 16 rows
    private static int rowsAtATime(int heads, int tokens) {
        return (int) Math.max(16, (1L << 23) / ((long) heads * tokens) / 16 * 16);
    }

    /** Values of one prompt's matrices that are made at a time. */
    static long valuesAtATime(int heads, int tokens) {
        return (long) heads * tokens * (tokens <= WHOLE ? tokens : Math.min(tokens, rowsAtATime(heads, tokens)));
    }
}
