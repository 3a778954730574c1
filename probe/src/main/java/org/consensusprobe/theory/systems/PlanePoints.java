package org.consensusprobe.theory.systems;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Points of the plane.
 *
 * @param all with two coordinates each
 */
record PlanePoints(List<double[]> all) {
    /** Points nearer than this are one. */
    static final double SAME = 0.05;

    private static final int DIRECTIONS = 720;

    /** The first two coordinates of tokens. */
    static PlanePoints of(double[] z, int dim) {
        return new PlanePoints(IntStream.range(0, z.length / dim)
                .mapToObj(i -> new double[] {z[i * dim], z[i * dim + 1]})
                .toList());
    }

    /** The first point of each group that is one. */
    PlanePoints distinct() {
        PlanePoints kept = new PlanePoints(new ArrayList<>());
        all.stream().filter(p -> kept.distance(p) > SAME).forEach(kept.all::add);
        return kept;
    }

    /** From a point to the nearest of these. */
    double distance(double[] p) {
        return all.stream()
                .mapToDouble(q -> Math.hypot(p[0] - q[0], p[1] - q[1]))
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /** The points that no two others have between them: extreme in one of 720 directions. */
    PlanePoints hull() {
        return new PlanePoints(IntStream.range(0, DIRECTIONS)
                .mapToDouble(k -> 2 * Math.PI * k / DIRECTIONS)
                .mapToObj(angle -> all.stream()
                        .max(Comparator.comparingDouble(p -> along(p, angle)))
                        .orElseThrow())
                .distinct()
                .toList());
    }

    /** How far the points reach in a direction. */
    double support(double angle) {
        return all.stream().mapToDouble(p -> along(p, angle)).max().orElseThrow();
    }

    private static double along(double[] p, double angle) {
        return p[0] * Math.cos(angle) + p[1] * Math.sin(angle);
    }
}
