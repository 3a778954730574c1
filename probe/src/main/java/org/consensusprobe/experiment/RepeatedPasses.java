package org.consensusprobe.experiment;

import org.consensusprobe.torch.Kernels;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/** A run's weights over and over: pass {@code passes} is pass 0 again. */
record RepeatedPasses(WeightSource source, int passes) implements WeightSource {
    @Override
    public Weights embeddings(Kernels kernels) {
        return source.embeddings(kernels);
    }

    @Override
    public Weights layer(Kernels kernels, int pass, int layer) {
        return source.layer(kernels, pass % passes, layer);
    }

    @Override
    public Weights finalNorm(Kernels kernels, int pass) {
        return source.finalNorm(kernels, pass % passes);
    }

    @Override
    public Weights head(Kernels kernels, int pass) {
        return source.head(kernels, pass % passes);
    }

    @Override
    public boolean changesEachPass() {
        return source.changesEachPass();
    }

    @Override
    public void close() {
        source.close();
    }
}
