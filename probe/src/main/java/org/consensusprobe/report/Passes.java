package org.consensusprobe.report;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.plan.Route;

/**
 * The passes of a run along its depth.
 *
 * @param ends the depths at which a pass ends, ascending
 * @param once what ran once, before or after a loop over some of the blocks
 * @param trained how many passes the model was trained with; 0 if this is no loop of its own
 */
public record Passes(int[] ends, List<Span> once, int trained) {
    private static final int MOST_LINES = 24;

    /** The blocks between two depths. */
    public record Span(int from, int to) {}

    public Passes {
        ends = ends.clone();
        once = List.copyOf(once);
    }

    /** Passes of a model that was not trained in them. */
    Passes(int[] ends, List<Span> once) {
        this(ends, once, 0);
    }

    /** Those of a run's route. */
    static Passes of(Route route, int trained) {
        int[] ends = route.ends();
        return new Passes(
                ends,
                Stream.of(new Span(0, route.first()), new Span(ends[ends.length - 1], route.blocks()))
                        .filter(span -> span.to() > span.from())
                        .toList(),
                trained);
    }

    /** The depth at which the passes end that the model was trained with; empty if it goes no further. */
    OptionalInt trainedUntil() {
        return trained > 0 && trained < ends.length ? OptionalInt.of(ends[trained - 1]) : OptionalInt.empty();
    }

    /** Whether the other passes are the first of these. */
    boolean begins(Passes other) {
        int count = Math.min(ends.length, other.ends.length);
        return once.equals(other.once)
                && Arrays.equals(ends, 0, count, other.ends, 0, count)
                && other.ends.length <= ends.length;
    }

    /** Blocks of a pass; 0 if passes differ. */
    int blocks() {
        int before = once.isEmpty() || once.get(0).from() > 0 ? 0 : once.get(0).to();
        if (ends.length == 0) {
            return 0;
        }
        int first = ends[0] - before;
        return IntStream.range(1, ends.length).allMatch(i -> ends[i] - ends[i - 1] == first) ? first : 0;
    }

    /** Every how many passes a line is drawn, so that the lines never close up. */
    int perLine() {
        for (int power = 1; ; power *= 10) {
            for (int factor : new int[] {1, 2, 5}) {
                if (ends.length <= MOST_LINES * factor * power) {
                    return factor * power;
                }
            }
        }
    }

    /** The ends at which a line is drawn: all, or every so many. */
    int[] lines() {
        int every = perLine();
        return IntStream.range(0, ends.length / every)
                .map(i -> ends[(i + 1) * every - 1])
                .toArray();
    }
}
