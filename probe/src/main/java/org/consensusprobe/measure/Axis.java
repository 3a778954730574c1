package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * An axis of a measure after prompt and depth.
 *
 * @param name what it counts, with its unit: {@code threshold_degrees}
 * @param labels of its entries, in order
 */
public record Axis(String name, List<String> labels) {
    public Axis {
        labels = List.copyOf(labels);
    }

    static Axis of(String name, double... values) {
        return new Axis(
                name,
                Arrays.stream(values)
                        .mapToObj(v -> v == Math.rint(v) ? Long.toString((long) v) : Double.toString(v))
                        .toList());
    }

    /** The tokens of the longest prompt, from 1. */
    public static Axis tokens(Measure.Sizes sizes) {
        return new Axis(
                "token",
                LongStream.rangeClosed(1, sizes.longest())
                        .mapToObj(String::valueOf)
                        .toList());
    }

    /** How many entries it has. */
    public int size() {
        return labels.size();
    }
}
