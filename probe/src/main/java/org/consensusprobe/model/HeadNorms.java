package org.consensusprobe.model;

import java.util.function.UnaryOperator;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.TensorKernels;

/** Norms of each head's part of x [B, T, H d], queries or keys. */
final class HeadNorms {
    private HeadNorms() {}

    /** RMSNorm with gain [d] or null. */
    static Tensor rms(Forward f, Tensor x, int heads, Tensor gain, double eps) {
        return byHead(f, x, heads, parts -> f.rmsNorm(parts, gain, eps)); // [B, T, H d]
    }

    /** LayerNorm with gain and bias [d]. */
    static Tensor layer(Forward f, Tensor x, int heads, Tensor gain, Tensor bias, double eps) {
        return byHead(f, x, heads, parts -> f.layerNorm(parts, gain, bias, eps)); // [B, T, H d]
    }

    /** LayerNorm with a gain of its own for each head: [H, d]. */
    static Tensor layers(Forward f, Tensor x, int heads, Tensor gain, double eps) {
        return byHead(f, x, heads, parts -> {
            return f.kernels().affine(f.layerNorm(parts, null, null, eps), gain, null); // [B, T, H, d]
        });
    }

    private static Tensor byHead(Forward f, Tensor x, int heads, UnaryOperator<Tensor> norm) {
        TensorKernels k = f.kernels().tensors();
        long[] whole = x.shape();
        long[] parts = {whole[0], whole[1], heads, whole[2] / heads};
        return k.reshape(norm.apply(k.reshape(x, parts)), whole); // [B, T, H d]
    }
}
