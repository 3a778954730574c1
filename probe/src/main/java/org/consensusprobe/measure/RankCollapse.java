package org.consensusprobe.measure;

import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;

/**
 * How far the tokens X [T, D] of a prompt are from a matrix of rank one with equal rows, R = X - 1 xbar'.
 *
 * <p>The residual of Dong, Cordonnier, Loukas, "Attention is not all you need" (2021), in their composite norm and relative to
 * X, and the measure mu of Wu, Ajorlou, Wang, Jegelka, Jadbabaie, "On the role of attention masks and LayerNorm in
 * transformers" (2024). Sums are in float64; below the rounding of the states' dtype, times sqrt(T) |x|, they are rounding.
 */
final class RankCollapse implements Measure {
    static final String RESIDUAL = "residual";
    static final String MU = "mu";

    private final boolean relative;

    /** The relative residual, or mu. */
    RankCollapse(boolean relative) {
        this.relative = relative;
    }

    @Override
    public String name() {
        return relative ? RESIDUAL : MU;
    }

    @Override
    public String unit() {
        return relative ? "1" : "unit of the hidden states";
    }

    @Override
    public String formula() {
        return relative
                ? "sqrt(|R|_1 |R|_inf) / sqrt(|X|_1 |X|_inf), R = X - 1 xbar'"
                : "|X - 1 xbar'| (Frobenius norm)";
    }

    @Override
    public double[] of(Kernels kernels, Snapshot snapshot) {
        double[] values = new double[snapshot.prompts()];
        for (Snapshot.Chunk chunk : snapshot.chunks()) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                double[] some = relative ? k.relativeResidual(chunk.x()) : k.spread(chunk.x());
                for (int i = 0; i < some.length; i++) {
                    values[chunk.members()[i]] = some[i];
                }
            }
        }
        return values;
    }
}
