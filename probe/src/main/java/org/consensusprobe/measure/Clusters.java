package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.consensusprobe.measure.About.Cost;

/** Into how many groups the tokens fall when those within an angle belong together. */
public final class Clusters {
    private static final double[] DEGREES = {5, 15, 30, 60};
    private static final String FLOOR = "none; angles are resolved to 1e-6 degrees in float32 states";

    private Clusters() {}

    static Measure components() {
        return measure(
                "cluster-components",
                "connected components of the graph s_ij < 1 - cos(th), th = 5, 15, 30, 60 degrees",
                "tokens",
                (near, n) -> sizes(near, n).length);
    }

    /**
     * The number of connected components of the graph s_ij < 1 - cos(angle).
     *
     * @param pairs s_ij, [n * n]
     */
    public static int components(double[] pairs, int n, double degrees) {
        return sizes(near(pairs, degrees), n).length;
    }

    static Measure cover() {
        return measure(
                "cluster-cover",
                "tokens that a greedy choice needs until every token is within th of one: each time the one that covers"
                        + " most",
                "tokens",
                Clusters::greedyCover);
    }

    static Measure largest() {
        return measure(
                "cluster-largest",
                "share of the tokens in the largest of cluster-components",
                "1",
                (near, n) -> Arrays.stream(sizes(near, n)).max().orElse(0) / (double) n);
    }

    private static Measure measure(
            String name, String formula, String unit, BiFunction<boolean[], Integer, Number> count) {
        return new CloudMeasure(
                new About(name, formula, "clusters of Geshkovski et al., arXiv 2312.10794", unit, Cost.MEDIUM, FLOOR),
                List.of(Axis.of("threshold_degrees", DEGREES)),
                cloud -> Arrays.stream(DEGREES)
                        .map(th -> count.apply(near(cloud.pairs(), th), cloud.tokens())
                                .doubleValue())
                        .toArray());
    }

    /** Which tokens are nearer than an angle, [T * T]. */
    private static boolean[] near(double[] s, double degrees) {
        double half = Math.sin(Math.toRadians(degrees) / 2);
        double bound = 2 * half * half; // 1 - cos without cancellation
        boolean[] near = new boolean[s.length];
        for (int i = 0; i < s.length; i++) {
            near[i] = s[i] < bound;
        }
        return near;
    }

    private static int[] sizes(boolean[] near, int n) {
        boolean[] seen = new boolean[n];
        int[] queue = new int[n];
        return java.util.stream.IntStream.range(0, n)
                .map(start -> seen[start] ? 0 : fill(near, n, start, seen, queue))
                .filter(size -> size > 0)
                .toArray();
    }

    /** Visits the component of a token; its size. */
    private static int fill(boolean[] near, int n, int start, boolean[] seen, int[] queue) {
        int size = 0;
        queue[size++] = start;
        seen[start] = true;
        for (int next = 0; next < size; next++) {
            int i = queue[next];
            for (int j = 0; j < n; j++) {
                if (!seen[j] && near[i * n + j]) {
                    seen[j] = true;
                    queue[size++] = j;
                }
            }
        }
        return size;
    }

    private static int greedyCover(boolean[] near, int n) {
        boolean[] covered = new boolean[n];
        int left = n;
        int centres = 0;
        while (left > 0) {
            int best = -1;
            int most = 0;
            for (int i = 0; i < n; i++) {
                int gain = 0;
                for (int j = 0; j < n; j++) {
                    gain += !covered[j] && (i == j || near[i * n + j]) ? 1 : 0;
                }
                if (gain > most) {
                    most = gain;
                    best = i;
                }
            }
            for (int j = 0; j < n; j++) {
                covered[j] |= j == best || near[best * n + j];
            }
            left -= most;
            centres++;
        }
        return centres;
    }
}
