package org.consensusprobe.weights;

import java.util.Arrays;
import java.util.List;

/**
 * A tensor that an architecture needs: its name without the optional prefix, and the shape the file must have.
 *
 * @param name the canonical name, such as {@code h.0.attn.c_attn.weight}
 * @param shape the shape in the file
 * @param underPrefix whether files with a prefix put it before this name; heads such as {@code lm_head.weight} lie
 *     beside the prefix
 */
public record ExpectedTensor(String name, List<Long> shape, boolean underPrefix) {
    public ExpectedTensor {
        shape = List.copyOf(shape);
    }

    /** A tensor under the prefix. */
    public static ExpectedTensor of(String name, long... shape) {
        return new ExpectedTensor(name, Arrays.stream(shape).boxed().toList(), true);
    }

    /** A tensor that never carries the prefix. */
    public static ExpectedTensor besidePrefix(String name, long... shape) {
        return new ExpectedTensor(name, Arrays.stream(shape).boxed().toList(), false);
    }
}
