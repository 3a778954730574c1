package org.consensusprobe.results;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One array of the arrays of shares of its rows: prompts that were run apart. Where a share's rows are smaller along an axis, as
 * those of shorter prompts are, they end in NaN. One row at a time is in Java's memory.
 */
public final class JoinedArrays {
    private JoinedArrays() {}

    /**
     * Joins arrays.
     *
     * @param parts files of one dtype and number of axes
     * @param rows for each file, the rows of the joined array that it holds, in its order
     * @param target gets the joined array
     * @throws org.consensusprobe.common.Problem if a file is missing or damaged, or the disk refuses
     * @throws IllegalArgumentException if files and rows do not fit together
     */
    public static void join(List<Path> parts, List<int[]> rows, Path target) {
        List<NpyHeader> headers = parts.stream().map(Npy::readHeader).toList();
        NpyHeader joined = header(headers, rows);
        try (NpyRows out = NpyRows.create(target, joined)) {
            for (int i = 0; i < parts.size(); i++) {
                List<Integer> from = tail(headers.get(i));
                int[] places = rows.get(i);
                Npy.rows(parts.get(i), (row, values) -> out.set(places[row], padded(values, from, tail(joined))));
            }
            out.finish();
        }
    }

    private static NpyHeader header(List<NpyHeader> headers, List<int[]> rows) {
        NpyHeader first = headers.get(0);
        List<Integer> shape = new ArrayList<>(first.shape());
        shape.set(0, 0);
        for (int i = 0; i < headers.size(); i++) {
            NpyHeader header = headers.get(i);
            if (header.type() != first.type()
                    || header.shape().size() != shape.size()
                    || header.shape().get(0) != rows.get(i).length) {
                throw new IllegalArgumentException(header + " for " + rows.get(i).length + " rows beside " + first);
            }
            shape.set(0, shape.get(0) + rows.get(i).length);
            for (int axis = 1; axis < shape.size(); axis++) {
                shape.set(axis, Math.max(shape.get(axis), header.shape().get(axis)));
            }
        }
        return new NpyHeader(first.type(), shape);
    }

    private static List<Integer> tail(NpyHeader header) {
        return header.shape().subList(1, header.shape().size());
    }

    private static double[] padded(double[] values, List<Integer> from, List<Integer> to) {
        if (from.equals(to)) {
            return values;
        }
        double[] row = new double[to.stream().reduce(1, Math::multiplyExact)];
        Arrays.fill(row, Double.NaN);
        copy(values, 0, from, row, 0, to);
        return row;
    }

    private static void copy(double[] values, int at, List<Integer> from, double[] row, int place, List<Integer> to) {
        if (from.size() == 1) {
            System.arraycopy(values, at, row, place, from.get(0));
            return;
        }
        int step = size(from.subList(1, from.size()));
        int stride = size(to.subList(1, to.size()));
        for (int i = 0; i < from.get(0); i++) {
            copy(
                    values,
                    at + i * step,
                    from.subList(1, from.size()),
                    row,
                    place + i * stride,
                    to.subList(1, to.size()));
        }
    }

    private static int size(List<Integer> shape) {
        return shape.stream().reduce(1, (a, b) -> a * b);
    }
}
