package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;

/**
 * How the next token is chosen from the model's scores.
 *
 * @param greedy whether the most probable token is taken; nothing below matters then
 * @param topP nucleus: tokens in the order of their probability, of which every one whose inclusive cumulative probability
 *     exceeds this is dropped, except the first; 1 keeps all
 * @param temperature divides the scores before the softmax
 */
public record Sampling(boolean greedy, double topP, double temperature) {
    public Sampling {
        if (!(topP > 0 && topP <= 1)) {
            throw Problem.input("--top-p is %s: expected a probability over 0, up to 1.", topP);
        }
        if (!(temperature > 0) || Double.isInfinite(temperature)) {
            throw Problem.input(
                    "--temperature is %s: expected a number over 0; for the most probable token take --greedy.",
                    temperature);
        }
    }

    /**
     * The distribution of the next token: softmax of the scores over the temperature, in float64.
     *
     * @param scores [V]
     * @return [V], sums to 1
     */
    double[] distribution(double[] scores) {
        double highest = Arrays.stream(scores).max().orElseThrow();
        double heat = greedy ? 1 : temperature;
        double[] p =
                Arrays.stream(scores).map(s -> Math.exp((s - highest) / heat)).toArray();
        double sum = Arrays.stream(p).sum();
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
        return p;
    }

    /**
     * Chooses a token. Of equally probable ones the lower id comes first.
     *
     * @param p the distribution, [V]
     * @param uniform draws from [0, 1); asked once, and not at all if greedy
     */
    int choose(double[] p, DoubleSupplier uniform) {
        if (greedy) {
            int best = 0;
            for (int i = 1; i < p.length; i++) {
                best = p[i] > p[best] ? i : best;
            }
            return best;
        }
        int[] order = IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -p[i]).thenComparing(i -> i))
                .mapToInt(Integer::intValue)
                .toArray();
        int kept = 1;
        double mass = p[order[0]];
        while (kept < order.length && mass + p[order[kept]] <= topP) {
            mass += p[order[kept]];
            kept++;
        }
        double point = uniform.getAsDouble() * mass;
        int chosen = 0;
        double below = p[order[0]];
        while (point >= below && chosen < kept - 1) {
            chosen++;
            below += p[order[chosen]];
        }
        return order[chosen];
    }

    /** Shannon entropy of a distribution, in nats. */
    static double entropy(double[] p) {
        return Arrays.stream(p).filter(q -> q > 0).map(q -> -q * Math.log(q)).sum();
    }
}
