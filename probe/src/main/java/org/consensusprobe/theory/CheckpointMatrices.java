package org.consensusprobe.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.model.Forward;
import org.consensusprobe.model.ImageInput;
import org.consensusprobe.model.Projections;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Halves;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Checkpoint;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorTable;
import org.consensusprobe.weights.TrainedWeights;
import org.consensusprobe.weights.Weights;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Reads a layer's attention into the form the papers write it in.
 *
 * <p>A unit token u stands for what the norm before attention makes of it, sqrt(D) N u with N = diag(gain) (I - 11'/D)
 * (without the centring for RMSNorm). So Q = c W_Q N and K = c W_K N, where c^2 = D times the model's scale of scores,
 * and U = W_O W_V N, whose sqrt(D) only sets the unit of time and is left out. Biases are left out as well: the papers'
 * systems have none.
 */
public final class CheckpointMatrices {
    private CheckpointMatrices() {}

    /**
     * Reads one layer.
     *
     * @param head one head, counted from 0; empty: all
     */
    public static LearnedMatrices read(
            String model, Transformer transformer, Checkpoint files, int layer, OptionalInt head) {
        Torch.start(0);
        TensorTable table = TensorTable.resolve(transformer.fileLayout(), files);
        try (Scope scope = Scope.open();
                TrainedWeights source = new TrainedWeights(
                        transformer,
                        false,
                        table,
                        Precision.uniform("cpu", DType.FLOAT64),
                        java.util.Optional.empty())) {
            Kernels kernels = Kernels.plain(scope);
            Weights weights = source.layer(kernels, 0, layer);
            Projections p = transformer.projections(kernels, weights);
            int width = transformer.sizes().width();
            double scale = Math.sqrt(width * scoreScale(transformer, kernels, weights, layer));
            DMatrixRMaj q = normed(matrix(p.q()), p, scale); // [H d, D]
            DMatrixRMaj k = normed(matrix(p.k()), p, scale); // [G d, D]
            DMatrixRMaj v = normed(matrix(p.v()), p, 1); // [G d, D]
            DMatrixRMaj o = matrix(p.o()); // [D, H d]
            List<Head> heads = new ArrayList<>();
            int size = q.numRows / p.heads();
            int sharing = p.heads() / p.keyValueHeads();
            for (int h = 0; h < p.heads(); h++) {
                if (head.isEmpty() || head.getAsInt() == h) {
                    int group = h / sharing;
                    DMatrixRMaj u = new DMatrixRMaj(width, width);
                    CommonOps_DDRM.mult(
                            CommonOps_DDRM.extract(o, 0, width, h * size, (h + 1) * size), rows(v, group, size), u);
                    heads.add(new Head(
                            Optional.of(rows(q, h, size)),
                            Optional.of(rows(k, group, size)),
                            Optional.empty(),
                            Optional.of(t -> u)));
                }
            }
            String name = model + ", layer " + layer + (head.isPresent() ? ", head " + head.getAsInt() : ", all heads");
            return new LearnedMatrices(name, width, heads);
        }
    }

    /** What the block itself multiplies its scores by: families, configs and layers differ in it. */
    static double scoreScale(Transformer transformer, Kernels kernels, Weights w, int layer) {
        int tokens = transformer.images().map(ImageInput::tokens).orElse(2);
        int width = transformer.sizes().width();
        double[] values = new double[tokens * width];
        Arrays.setAll(values, i -> Math.cos(i));
        Tensor x = kernels.tensors().values(values, 1, tokens, width); // [1, T, D]
        double[] scale = {Double.NaN};
        BlockTap tap = new BlockTap() {
            @Override
            public void onKeysAndValues(Tensor k, Tensor v, AttentionShape shape) {
                scale[0] = shape.scale();
            }
        };
        Forward forward =
                Forward.ofBlock(kernels, Ingredients.withFeedForward(false), Halves.BOTH, Optional.of(tap), x);
        transformer.block(forward, w, layer, x);
        return scale[0];
    }

    private static DMatrixRMaj matrix(Tensor tensor) {
        return DMatrixRMaj.wrap((int) tensor.size(0), (int) tensor.size(1), tensor.toDoubles());
    }

    private static DMatrixRMaj rows(DMatrixRMaj matrix, int block, int size) {
        return CommonOps_DDRM.extract(matrix, block * size, (block + 1) * size, 0, matrix.numCols);
    }

    /** W diag(gain) (I - 11'/D), times a factor. */
    private static DMatrixRMaj normed(DMatrixRMaj w, Projections p, double factor) {
        double[] gain = p.gain().map(Tensor::toDoubles).orElse(null);
        for (int r = 0; r < w.numRows; r++) {
            double mean = 0;
            for (int c = 0; c < w.numCols; c++) {
                int at = r * w.numCols + c;
                w.data[at] *= factor * (gain == null ? 1 : gain[c]);
                mean += w.data[at] / w.numCols;
            }
            for (int c = 0; p.centred() && c < w.numCols; c++) {
                w.data[r * w.numCols + c] -= mean;
            }
        }
        return w;
    }
}
