package org.consensusprobe.results;

import java.util.Arrays;
import java.util.List;

/**
 * An array as read from a numpy file.
 *
 * @param type the dtype of the file
 * @param shape the size of each axis
 * @param values all values in C order; float32 is widened, which is exact
 */
public record NpyArray(NpyHeader.Type type, List<Integer> shape, double[] values) {
    public NpyArray {
        shape = List.copyOf(shape);
        if (new NpyHeader(type, shape).count() != values.length) {
            throw new IllegalArgumentException(values.length + " values for shape " + shape);
        }
    }

    /** A matrix by rows; the array must have two axes. */
    public double[][] rows() {
        if (shape.size() != 2) {
            throw new IllegalStateException("expected two axes, found shape " + shape);
        }
        int columns = shape.get(1);
        double[][] rows = new double[shape.get(0)][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Arrays.copyOfRange(values, i * columns, (i + 1) * columns);
        }
        return rows;
    }
}
