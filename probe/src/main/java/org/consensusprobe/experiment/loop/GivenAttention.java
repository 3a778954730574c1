package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import org.consensusprobe.model.AttentionRows;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;

/** Attention matrices that another program made, of the prompts of a chunk, read as they are asked for. */
final class GivenAttention implements AttentionRows {
    private final StatesSource source;
    private final int depth;
    private final int[] members;
    private final int firstHead;
    private final int heads;
    private final boolean later;
    private final Precision precision;

    /** Of the block that ends at a depth. */
    GivenAttention(Kernels kernels, StatesSource source, int depth, int[] members, Precision precision) {
        this(source, depth, members, 0, source.heads(), seesLater(kernels, source, depth, members[0]), precision);
    }

    private GivenAttention(
            StatesSource source,
            int depth,
            int[] members,
            int firstHead,
            int heads,
            boolean later,
            Precision precision) {
        this.source = source;
        this.depth = depth;
        this.members = members;
        this.firstHead = firstHead;
        this.heads = heads;
        this.later = later;
        this.precision = precision;
    }

    @Override
    public int heads() {
        return heads;
    }

    @Override
    public int tokens() {
        return source.lengths()[members[0]];
    }

    @Override
    public boolean seesLater() {
        return later;
    }

    /** A first token that sees no later one attends to itself alone. */
    private static boolean seesLater(Kernels kernels, StatesSource source, int depth, int prompt) {
        boolean later = false;
        for (int head = 0; head < source.heads(); head++) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                Tensor row = k.tensors().convert(source.attention(k, depth, prompt, head, 0, 1), DType.FLOAT64);
                later |= Arrays.stream(row.toDoubles()).skip(1).anyMatch(a -> a > 0);
            }
        }
        return later;
    }

    @Override
    public Tensor whole(Kernels kernels) {
        return rows(kernels, 0, tokens());
    }

    @Override
    public Tensor rows(Kernels kernels, int first, int last) {
        Tensor all = kernels.tensors()
                .filled(new long[] {(long) members.length * heads, last - first, tokens()}, 0, precision.state());
        for (int i = 0; i < members.length; i++) {
            for (int head = 0; head < heads; head++) {
                try (Scope scope = Scope.open()) {
                    Kernels k = kernels.in(scope);
                    k.tensors()
                            .setRow(
                                    all,
                                    i * heads + head,
                                    source.attention(k, depth, members[i], firstHead + head, first, last));
                }
            }
        }
        Tensor shaped = kernels.tensors()
                .reshape(all, new long[] {members.length, heads, last - first, tokens()}); // [B, H, r, T]
        return precision.onCpu() ? shaped : kernels.tensors().toDevice(shaped, precision.device());
    }

    @Override
    public AttentionRows ofHead(Kernels kernels, int head) {
        return new GivenAttention(source, depth, members, firstHead + head, 1, later, precision);
    }

    @Override
    public void keepIn(Scope scope) {
        // nothing is made before it is asked for
    }
}
