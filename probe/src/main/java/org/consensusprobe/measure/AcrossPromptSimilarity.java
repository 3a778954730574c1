package org.consensusprobe.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * The mean cosine of a prompt's tokens with the tokens at the same position of the other prompts: near 1 where all
 * prompts drift to one direction, whatever their tokens do to each other.
 *
 * <p>A position counts where another prompt reaches it too. From the squared distances a_p of the P unit tokens of a
 * position to their mean, the mean over q of |u_p - u_q|^2 / 2 is (P a_p + sum_q a_q) / (2 (P - 1)): one minus the mean
 * cosine, without its cancellation.
 */
final class AcrossPromptSimilarity implements StateMeasure {
    static final String NAME = "across-prompt-similarity";

    @Override
    public About about() {
        return new About(
                NAME,
                "mean over positions and over other prompts q of cos(u_p, u_q) at the same position",
                "anisotropy baseline, Ethayarajh 2019",
                "1",
                About.Cost.LOW,
                "none; NaN for one prompt");
    }

    // sums over prompts in float64, and their mean
    @Override
    public long bytes(Sizes sizes) {
        return sizes.allPrompts() < 2
                ? 0
                : 2 * Double.BYTES * sizes.longest() * sizes.width() + Work.STATES.bytes(sizes);
    }

    @Override
    public double[] of(Kernels kernels, DepthStates snapshot) {
        double[] values = new double[snapshot.prompts()];
        if (values.length < 2) {
            Arrays.fill(values, Double.NaN);
            return values;
        }
        int longest = snapshot.longest();
        long[] reached = new long[longest];
        for (DepthStates.Chunk chunk : snapshot.chunks()) {
            for (int t = 0; t < chunk.tokens(); t++) {
                reached[t] += chunk.members().length;
            }
        }
        List<double[]> distances = distances(kernels, snapshot, reached);
        double[] spread = spread(snapshot, distances, longest);
        for (int c = 0; c < distances.size(); c++) {
            DepthStates.Chunk chunk = snapshot.chunks().get(c);
            for (int i = 0; i < chunk.members().length; i++) {
                values[chunk.members()[i]] = similarity(distances.get(c), i, chunk.tokens(), reached, spread);
            }
        }
        return values;
    }

    private static List<double[]> distances(Kernels kernels, DepthStates snapshot, long[] reached) {
        try (Scope scope = Scope.open()) {
            Kernels k = kernels.in(scope);
            Tensor total = k.measures().unitTotal(snapshot.chunks().get(0).x(), reached.length); // [longest T, D]
            for (DepthStates.Chunk chunk : snapshot.chunks()) {
                k.measures().addUnits(total, chunk.x());
            }
            Tensor mean = k.measures().divideRows(total, reached); // [longest T, D]
            List<double[]> distances = new ArrayList<>();
            for (DepthStates.Chunk chunk : snapshot.chunks()) {
                distances.add(k.measures().unitDistances(chunk.x(), mean));
            }
            return distances;
        }
    }

    /** The sum over prompts of the squared distances at each position. */
    private static double[] spread(DepthStates snapshot, List<double[]> distances, int longest) {
        double[] spread = new double[longest];
        for (int c = 0; c < distances.size(); c++) {
            int tokens = snapshot.chunks().get(c).tokens();
            for (int i = 0; i < distances.get(c).length; i++) {
                spread[i % tokens] += distances.get(c)[i];
            }
        }
        return spread;
    }

    private static double similarity(double[] distances, int row, int tokens, long[] reached, double[] spread) {
        double sum = 0;
        int positions = 0;
        for (int t = 0; t < tokens; t++) {
            if (reached[t] > 1) {
                sum += (reached[t] * distances[row * tokens + t] + spread[t]) / (2.0 * (reached[t] - 1));
                positions++;
            }
        }
        return positions == 0 ? Double.NaN : 1 - sum / positions;
    }
}
