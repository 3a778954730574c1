package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Which tokens of a prompt came within an angle of one another, and at which depth first: the groups of single linkage, so that a
 * token within the angle of any member belongs to a group. Tokens that came together may part again, which {@link #atEnd} shows.
 *
 * @param events the first meetings that joined two groups, in their order
 * @param order all tokens, those of a group beside each other
 * @param atEnd the groups at the last depth alone
 */
record TokenMerges(double degrees, List<Event> events, List<Integer> order, List<List<Integer>> atEnd) {
    /** The meeting of two groups: the pair of tokens that were nearest then. */
    record Event(int one, int other, int depth, double degrees) {}

    private record Pair(int one, int other, double half) {}

    /** The groups of single linkage while they grow. */
    private static final class Forest {
        private final int[] parent;
        private final Map<Integer, List<Integer>> groups = new LinkedHashMap<>();

        Forest(int tokens) {
            parent = IntStream.range(0, tokens).toArray();
            IntStream.range(0, tokens).forEach(i -> groups.put(i, new ArrayList<>(List.of(i))));
        }

        int root(int token) {
            int i = token;
            while (parent[i] != i) {
                i = parent[i];
            }
            return i;
        }

        boolean join(int a, int b) {
            int one = Math.min(root(a), root(b)); // the group of the earlier token stays in its place
            int other = Math.max(root(a), root(b));
            if (one == other) {
                return false;
            }
            parent[other] = one;
            groups.get(one).addAll(groups.remove(other));
            return true;
        }
    }

    /** The merges at each of some angles. */
    static List<TokenMerges> of(KeptTokens tokens, List<Double> degrees) {
        List<Forest> forests =
                degrees.stream().map(d -> new Forest(tokens.count())).toList();
        List<List<Event>> events =
                degrees.stream().<List<Event>>map(d -> new ArrayList<>()).toList();
        List<Forest> last = forests;
        for (int depth : tokens.depths()) {
            List<Pair> pairs = pairs(tokens.units(depth));
            last = degrees.stream().map(d -> new Forest(tokens.count())).toList();
            for (int k = 0; k < degrees.size(); k++) {
                for (Pair pair : pairs) {
                    if (angle(pair) >= degrees.get(k)) {
                        break;
                    }
                    last.get(k).join(pair.one, pair.other);
                    if (forests.get(k).join(pair.one, pair.other)) {
                        events.get(k).add(new Event(pair.one, pair.other, depth, angle(pair)));
                    }
                }
            }
        }
        List<TokenMerges> merges = new ArrayList<>();
        for (int k = 0; k < degrees.size(); k++) {
            merges.add(new TokenMerges(
                    degrees.get(k),
                    List.copyOf(events.get(k)),
                    forests.get(k).groups.values().stream()
                            .flatMap(List::stream)
                            .toList(),
                    last.get(k).groups.values().stream()
                            .map(group -> group.stream().sorted().toList())
                            .toList()));
        }
        return merges;
    }

    /** All pairs of tokens that have a direction, the nearest first. */
    private static List<Pair> pairs(double[][] units) {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < units.length; i++) {
            for (int j = i + 1; j < units.length; j++) {
                if (units[i] != null && units[j] != null) {
                    pairs.add(new Pair(i, j, Math.sqrt(squares(units[i], units[j])) / 2));
                }
            }
        }
        pairs.sort(Comparator.comparingDouble(Pair::half));
        return pairs;
    }

    private static double squares(double[] a, double[] b) {
        double sum = 0;
        for (int c = 0; c < a.length; c++) {
            sum += (a[c] - b[c]) * (a[c] - b[c]);
        }
        return sum;
    }

    // from the chord: the arc cosine cannot tell small angles apart
    private static double angle(Pair pair) {
        return Math.toDegrees(2 * Math.asin(Math.min(1, pair.half)));
    }
}
