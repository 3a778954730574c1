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
record AcrossPromptSimilarity(boolean byToken) implements StateMeasure {
    static final String NAME = "across-prompt-similarity";

    @Override
    public About about() {
        return new About(
                byToken ? NAME + "-token" : NAME,
                byToken
                        ? "mean over other prompts q of cos(u_p, u_q) at every position"
                        : "mean over positions and over other prompts q of cos(u_p, u_q) at the same position",
                "anisotropy baseline, Ethayarajh 2019",
                "1",
                About.Cost.LOW,
                byToken ? "none; NaN where no other prompt reaches" : "none; NaN for one prompt");
    }

    // sums over prompts in float64, and their mean
    @Override
    public long bytes(Sizes sizes) {
        return sizes.allPrompts() < 2
                ? 0
                : 2 * Double.BYTES * sizes.longest() * sizes.width() + Work.STATES.bytes(sizes);
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        return byToken ? List.of(Axis.tokens(sizes)) : List.of();
    }

    @Override
    public double[] of(Kernels kernels, DepthStates snapshot) {
        return of(kernels, snapshot, new Sizes(1, snapshot.longest()));
    }

    @Override
    public double[] of(Kernels kernels, DepthStates snapshot, Sizes sizes) {
        int size = size(sizes);
        double[] values = new double[snapshot.prompts() * size];
        Arrays.fill(values, Double.NaN);
        if (snapshot.prompts() < 2) {
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
                double[] own = distances(distances.get(c), i, chunk.tokens(), reached, spread);
                int prompt = chunk.members()[i];
                for (int t = 0; byToken && t < own.length; t++) {
                    values[prompt * size + t] = 1 - own[t];
                }
                if (!byToken) {
                    values[prompt] = 1 - mean(own);
                }
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

    private static double mean(double[] distances) {
        double sum = 0;
        int positions = 0;
        for (double distance : distances) {
            if (!Double.isNaN(distance)) {
                sum += distance;
                positions++;
            }
        }
        return sum / positions; // NaN where no other prompt reaches
    }

    /** One minus the mean cosine at every position that another prompt reaches; NaN elsewhere. */
    private static double[] distances(double[] distances, int row, int tokens, long[] reached, double[] spread) {
        double[] own = new double[tokens];
        for (int t = 0; t < tokens; t++) {
            own[t] = reached[t] > 1
                    ? (reached[t] * distances[row * tokens + t] + spread[t]) / (2.0 * (reached[t] - 1))
                    : Double.NaN;
        }
        return own;
    }
}
