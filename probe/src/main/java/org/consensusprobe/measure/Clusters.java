package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.plan.MeasureNames;

/** Into how many groups the tokens fall when those within an angle belong together. */
public final class Clusters {
    private static final double[] DEGREES = MeasureNames.CLUSTER_DEGREES.stream()
            .mapToDouble(Double::doubleValue)
            .toArray();
    private static final String FLOOR = "none; angles are resolved to 1e-6 degrees in float32 states";

    private Clusters() {}

    static Measure components() {
        return measure(
                "cluster-components",
                "connected components of the graph s_ij < 1 - cos(th), th = 5, 15, 30, 60 degrees",
                "tokens",
                CloudMeasure.Held.NOTHING,
                (cloud, bound) -> sizes(cloud::pairs, cloud.tokens(), bound).length);
    }

    /**
     * The number of connected components of the graph s_ij < 1 - cos(angle).
     *
     * @param pairs s_ij, [n * n]
     */
    public static int components(double[] pairs, int n, double degrees) {
        return sizes(tile -> tile.rows(0, pairs), n, bound(degrees)).length;
    }

    static Measure cover() {
        return measure(
                "cluster-cover",
                "tokens that a greedy choice needs until every token is within th of one: each time the one that covers"
                        + " most",
                "tokens",
                new CloudMeasure.Held(n -> 0, Clusters::coverBytes),
                Clusters::greedyCover);
    }

    static Measure largest() {
        return measure(
                "cluster-largest",
                "share of the tokens in the largest of cluster-components",
                "1",
                CloudMeasure.Held.NOTHING,
                (cloud, bound) -> Arrays.stream(sizes(cloud::pairs, cloud.tokens(), bound))
                                .max()
                                .orElse(0)
                        / (double) cloud.tokens());
    }

    private static Measure measure(
            String name, String formula, String unit, CloudMeasure.Held held, BiFunction<Cloud, Double, Number> count) {
        return new CloudMeasure(
                new About(name, formula, "clusters of Geshkovski et al., arXiv 2312.10794", unit, Cost.MEDIUM, FLOOR),
                List.of(Axis.of("threshold_degrees", DEGREES)),
                held,
                cloud -> Arrays.stream(DEGREES)
                        .map(th -> count.apply(cloud, bound(th)).doubleValue())
                        .toArray());
    }

    private static double bound(double degrees) {
        double half = Math.sin(Math.toRadians(degrees) / 2);
        return 2 * half * half; // 1 - cos without cancellation
    }

    /** Sizes of the components of the graph of tokens nearer than the bound. */
    private static int[] sizes(Consumer<Cloud.Tile> pairs, int n, double bound) {
        int[] parent = IntStream.range(0, n).toArray();
        pairs.accept((first, s) -> {
            for (int i = first; i < first + s.length / n; i++) {
                for (int j = i + 1; j < n; j++) {
                    if (s[(i - first) * n + j] < bound) {
                        parent[root(parent, j)] = root(parent, i);
                    }
                }
            }
        });
        int[] sizes = new int[n];
        for (int i = 0; i < n; i++) {
            sizes[root(parent, i)]++;
        }
        return Arrays.stream(sizes).filter(size -> size > 0).toArray();
    }

    // on the way every token is hung onto its parent's parent, which keeps paths short
    private static int root(int[] parent, int token) {
        int i = token;
        while (parent[i] != i) {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        return i;
    }

    /** Which tokens are nearer than the bound to each, itself included. */
    private static BitSet[] near(Cloud cloud, double bound) {
        int n = cloud.tokens();
        BitSet[] near = new BitSet[n];
        cloud.pairs((first, s) -> {
            for (int i = first; i < first + s.length / n; i++) {
                near[i] = new BitSet(n);
                near[i].set(i);
                for (int j = 0; j < n; j++) {
                    if (s[(i - first) * n + j] < bound) {
                        near[i].set(j);
                    }
                }
            }
        });
        return near;
    }

    private static int greedyCover(Cloud cloud, double bound) {
        BitSet[] left = near(cloud, bound); // of what each token covers, that which is not covered yet
        int covered = 0;
        int centres = 0;
        while (covered < left.length) {
            int best = 0;
            for (int i = 1; i < left.length; i++) {
                if (left[i].cardinality() > left[best].cardinality()) {
                    best = i;
                }
            }
            BitSet taken = (BitSet) left[best].clone();
            covered += taken.cardinality();
            for (BitSet each : left) {
                each.andNot(taken);
            }
            centres++;
        }
        return centres;
    }

    /** Bytes of the graph of a prompt's tokens, in Java's memory. */
    static long coverBytes(long tokens) {
        return tokens * (tokens / Byte.SIZE + 64);
    }
}
