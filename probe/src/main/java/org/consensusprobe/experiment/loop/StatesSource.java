package org.consensusprobe.experiment.loop;

import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * Hidden states that another program made, depth by depth, and the attention matrices that it may have kept beside them.
 * Prompts may differ in length. Tensors are made in the kernels' scope, in the dtype they are stored in, on the CPU.
 */
public interface StatesSource {
    /** Tokens of each prompt. */
    int[] lengths();

    /** Width D of the states. */
    int width();

    /** Heads H of the attention matrices; 0 where there are none. */
    int heads();

    /**
     * The states [T, D] of a prompt at a depth, T its own length.
     *
     * @throws org.consensusprobe.common.Problem if they are not finite
     */
    Tensor states(Kernels kernels, int depth, int prompt);

    /** Whether it is known what a pass, from 0, handed on, apart from what its last block returned. */
    boolean handsOn(int pass);

    /** What a pass handed on, [T, D]. */
    Tensor handedOn(Kernels kernels, int pass, int prompt);

    /** Whether there are attention matrices of the block that ends at a depth. */
    boolean attends(int depth);

    /**
     * Some rows of a prompt's attention matrix, [last - first, T].
     *
     * @throws org.consensusprobe.common.Problem if they do not sum to 1
     */
    Tensor attention(Kernels kernels, int depth, int prompt, int head, int first, int last);
}
