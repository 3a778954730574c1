package org.consensusprobe.measure;

import java.util.Arrays;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * How far tokens are from a reference token: eq. 25 of "The asymptotic behavior of attention in transformers", or the
 * same for the tokens from the second on. NaN where there is no second token to compare with the reference.
 *
 * @param name of the measure
 * @param reference the reference token, counted from 0; earlier tokens are left out
 */
record ConsensusError(String name, int reference, Similarity similarity) implements StateMeasure {
    @Override
    public About about() {
        return new About(
                name,
                formula(),
                "eq. 25, arXiv 2412.02682",
                "1",
                About.Cost.LOW,
                "float32 about 1e-14, float64 1e-32; what equal tokens reach is measured in every run");
    }

    private String formula() {
        int first = reference + 1;
        String cosine = "cos(u_" + first + ", u_j)";
        return "1 - mean over j = " + first + "..T of "
                + (similarity == Similarity.ABSOLUTE ? "|" + cosine + "|" : cosine);
    }

    @Override
    public double[] of(Kernels kernels, DepthStates snapshot) {
        double[] values = new double[snapshot.prompts()];
        for (DepthStates.Chunk chunk : snapshot.chunks()) {
            try (Scope scope = Scope.open()) {
                double[] errors = ofChunk(kernels.in(scope), chunk);
                for (int i = 0; i < errors.length; i++) {
                    values[chunk.members()[i]] = errors[i];
                }
            }
        }
        return values;
    }

    @Override
    public long bytes(Sizes sizes) {
        return Work.STATES.bytes(sizes);
    }

    // a token has no error beside itself, nor is there one of no token
    private double[] ofChunk(Kernels kernels, DepthStates.Chunk chunk) {
        if (chunk.x().size(1) - reference < 2) {
            double[] none = new double[chunk.members().length];
            Arrays.fill(none, Double.NaN);
            return none;
        }
        Tensor x = reference == 0
                ? chunk.x()
                : kernels.measures().fromToken(chunk.x(), reference); // [B, T - reference, D]
        return similarity == Similarity.COSINE
                ? kernels.measures().error(x)
                : kernels.measures().errorAbsolute(x);
    }
}
