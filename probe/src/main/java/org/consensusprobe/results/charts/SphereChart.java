package org.consensusprobe.results.charts;

import java.util.List;

/**
 * Paths on a sphere or ellipsoid in space, each from an open to a filled mark.
 *
 * @param halfAxes of the ellipsoid, along x, y and z
 * @param view the direction from which a still drawing looks at it
 * @param arrows directions worth marking, such as a leading eigenvector
 */
public record SphereChart(String title, double[] halfAxes, double[] view, List<Path> paths, List<Arrow> arrows)
        implements Chart {
    /** The points of one token, [samples][3]. */
    public record Path(int colour, double[][] points) {}

    /** A point on the surface with its name. */
    public record Arrow(String label, double[] point) {}

    public SphereChart {
        halfAxes = halfAxes.clone();
        view = view.clone();
        paths = List.copyOf(paths);
        arrows = List.copyOf(arrows);
    }
}
