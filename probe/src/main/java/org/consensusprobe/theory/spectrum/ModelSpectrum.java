package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.consensusprobe.common.Problem;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.weights.WeightSource;

/** The spectra of a model, one layer in memory at a time. */
public final class ModelSpectrum {
    private ModelSpectrum() {}

    /**
     * Reads layers in order and computes their spectra.
     *
     * @param source weights in float64 on the CPU
     * @param layers from 0, ascending; change and drift are between neighbours in this list
     * @param done told each layer's spectrum
     * @param cancelled asked before every layer; true ends with {@link Problem#INTERRUPTED}
     */
    public static List<LayerSpectrum> of(
            Transformer model,
            WeightSource source,
            Kernels kernels,
            List<Integer> layers,
            Consumer<LayerSpectrum> done,
            BooleanSupplier cancelled) {
        List<LayerSpectrum> spectra = new ArrayList<>();
        LayerMatrices before = null;
        LayerSpectrum spectrum = null;
        for (int layer : layers) {
            if (cancelled.getAsBoolean()) {
                throw Problem.interrupted(
                        "Interrupted after %d of %d layers; nothing was written.", spectra.size(), layers.size());
            }
            LayerMatrices matrices;
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                matrices = LayerMatrices.of(k, model.projections(k, source.layer(k, 0, layer)));
            }
            spectrum = LayerSpectrum.of(layer, matrices, before, spectrum);
            spectra.add(spectrum);
            done.accept(spectrum);
            before = matrices;
        }
        return spectra;
    }

    /**
     * The leading eigenvectors alone: of (U + U')/2, summed over heads.
     *
     * @param pass whose weights; 0 unless every pass has its own
     * @return [layers][D]
     */
    public static double[][] directions(
            Transformer model, WeightSource source, Kernels kernels, int pass, BooleanSupplier cancelled) {
        double[][] directions = new double[model.layers()][];
        for (int layer = 0; layer < directions.length; layer++) {
            if (cancelled.getAsBoolean()) {
                throw Problem.interrupted("Interrupted; nothing was written.");
            }
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                LayerMatrices matrices = LayerMatrices.of(k, model.projections(k, source.layer(k, pass, layer)));
                directions[layer] = LayerSpectrum.direction(
                        layer, Arnoldi.largestOfSymmetric(matrices.sum().symmetricPart(), 2));
            }
        }
        return directions;
    }
}
