package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.torch.Kernels;

/** The farthest and the middle token, seen from token 1 or, since first tokens are often outliers, from token 2. */
final class ToFirstToken {
    private ToFirstToken() {}

    static Measure max(int reference) {
        return measure(
                reference, "max", "the largest", s -> Arrays.stream(s).max().orElse(Double.NaN));
    }

    static Measure median(int reference) {
        return measure(reference, "median", "the median", ToFirstToken::median);
    }

    private static Measure measure(int reference, String name, String word, ToDoubleFunction<double[]> of) {
        String first = Integer.toString(reference + 1);
        return new ChunkMeasure(
                new About(
                        reference == 0 ? name + "-to-token-1" : name + "-without-token-1",
                        word + " s_" + first + "j over j = " + first + "..T",
                        "companion of eq. 25, arXiv 2412.02682",
                        "1",
                        Cost.LOW,
                        "float32 about 1e-14, float64 1e-32"),
                Work.STATES,
                (k, chunk) -> byPrompt(distances(k, chunk, reference), chunk, of));
    }

    static double[] distances(Kernels k, DepthStates.Chunk chunk, int reference) {
        return chunk.tokens() <= reference
                ? new double[0]
                : chunk.once("to-token-" + reference, () -> k.measures()
                        .reduce("to_first_token", k.measures().fromToken(chunk.x(), reference)));
    }

    private static double[] byPrompt(double[] s, DepthStates.Chunk chunk, ToDoubleFunction<double[]> of) {
        int prompts = chunk.members().length;
        int each = s.length / prompts;
        double[] values = new double[prompts];
        for (int i = 0; i < prompts; i++) {
            values[i] = of.applyAsDouble(Arrays.copyOfRange(s, i * each, (i + 1) * each));
        }
        return values;
    }

    private static double median(double[] s) {
        if (s.length == 0) {
            return Double.NaN;
        }
        double[] sorted = s.clone();
        Arrays.sort(sorted);
        int middle = s.length / 2;
        return s.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
