package org.consensusprobe.experiment.settle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.report.stats.PhaseRates;

/**
 * Where a loop ends that is started anew, from other states under the same prompts: does its limit keep the start, and the prompt?
 *
 * @param starts how many there are, the prompts' own among them
 * @param same ends nearer to each other than that are one
 * @param within |x^a - x^b| / |x| of two starts of one prompt: the median over pairs and prompts
 * @param between the same of two prompts of equal length from like starts; NaN where no two are of equal length
 * @param basins of each prompt: how many starts end in each place, the most first
 * @param settled how many ends, of all starts and prompts, have settled
 */
public record Starts(int starts, double same, double within, double between, List<int[]> basins, int settled) {
    private static final String ONE_LENGTH = "; of the prompt nothing can be told, since no two are of equal length";

    /** What a limit keeps. */
    public enum Limit {
        FORGETS_BOTH,
        FORGETS_THE_START,
        FORGETS_THE_PROMPT,
        /** of the prompt nothing can be told */
        KEEPS_THE_START,
        KEEPS_BOTH,
        CANNOT_BE_TOLD
    }

    /**
     * Compares ends.
     *
     * @param ends states [start][prompt][tokens * width]
     * @param settled how many of them have settled
     */
    public static Starts of(double[][][] ends, double same, int settled) {
        int prompts = ends[0].length;
        List<Double> within = new ArrayList<>();
        List<Double> between = new ArrayList<>();
        List<int[]> basins = new ArrayList<>();
        for (int p = 0; p < prompts; p++) {
            int[] place = new int[ends.length];
            for (int a = 0; a < ends.length; a++) {
                place[a] = a;
                for (int b = 0; b < a; b++) {
                    double apart = apart(ends[a][p], ends[b][p]);
                    within.add(apart);
                    if (apart < same) {
                        merge(place, place[a], place[b]);
                    }
                }
                for (int q = 0; q < p; q++) {
                    if (ends[a][p].length == ends[a][q].length) {
                        between.add(apart(ends[a][p], ends[a][q]));
                    }
                }
            }
            basins.add(sizes(place));
        }
        return new Starts(ends.length, same, median(within), median(between), basins, settled);
    }

    private static void merge(int[] place, int from, int to) {
        Arrays.setAll(place, i -> place[i] == from ? to : place[i]);
    }

    private static int[] sizes(int[] place) {
        int[] counts = new int[place.length];
        for (int p : place) {
            counts[p]++;
        }
        int[] sizes = Arrays.stream(counts).filter(c -> c > 0).sorted().toArray();
        int[] mostFirst = sizes.clone();
        Arrays.setAll(mostFirst, i -> sizes[sizes.length - 1 - i]);
        return mostFirst;
    }

    /** |x - y| over the root mean square of |x| and |y|. */
    private static double apart(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (x[i] - y[i]) * (x[i] - y[i]);
        }
        return Math.sqrt(sum / ((Plane.dot(x, x) + Plane.dot(y, y)) / 2));
    }

    private static double median(List<Double> values) {
        return PhaseRates.median(
                values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** What most ends keep; nothing is said of a loop whose ends have mostly not settled. */
    public Limit limit() {
        if (2 * settled <= starts * basins.size()) {
            return Limit.CANNOT_BE_TOLD;
        }
        if (within < same) {
            return between < same ? Limit.FORGETS_BOTH : Limit.FORGETS_THE_START;
        }
        if (Double.isNaN(between)) {
            return Limit.KEEPS_THE_START;
        }
        return between < same ? Limit.FORGETS_THE_PROMPT : Limit.KEEPS_BOTH;
    }

    /** The limit in words. */
    public String words() {
        return switch (limit()) {
            case FORGETS_BOTH -> "the limit forgets start and prompt: all end in one place";
            case FORGETS_THE_START -> Double.isNaN(between)
                    ? "the limit forgets the start" + ONE_LENGTH
                    : "the limit forgets the start and keeps the prompt";
            case FORGETS_THE_PROMPT -> "the limit keeps the start and forgets the prompt";
            case KEEPS_THE_START -> "the limit keeps the start" + ONE_LENGTH;
            case KEEPS_BOTH -> "the limit keeps start and prompt";
            case CANNOT_BE_TOLD -> "nothing can be told of a limit: " + settled + " of " + starts * basins.size()
                    + " ends have settled";
        };
    }

    /** The most and the fewest places that a prompt's starts end in. */
    public String places() {
        int fewest = basins.stream().mapToInt(b -> b.length).min().orElse(0);
        int most = basins.stream().mapToInt(b -> b.length).max().orElse(0);
        return fewest == most ? Integer.toString(most) : fewest + " to " + most;
    }

    /** Distances and places in one line. */
    public String numbers() {
        return String.format(
                Locale.ROOT,
                "|x^a - x^b| / |x| within a prompt %.3g, between prompts %s; %d starts end in %s places (nearer than %.0e is one)",
                within,
                Double.isNaN(between) ? "-" : String.format(Locale.ROOT, "%.3g", between),
                starts,
                places(),
                same);
    }

    /** The same as JSON. */
    ObjectNode json() {
        ObjectNode node = StrictJson.mapper().createObjectNode();
        node.put("starts", starts);
        node.put("same", same);
        node.put("limit", limit().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        node.put("ends_settled", settled);
        SettlementJson.put(node, "within_prompt", within);
        SettlementJson.put(node, "between_prompts", between);
        ArrayNode places = node.putArray("basins");
        basins.forEach(sizes -> {
            ArrayNode own = places.addArray();
            Arrays.stream(sizes).forEach(own::add);
        });
        return node;
    }
}
