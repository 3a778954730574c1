package org.consensusprobe.results.charts;

/** One chart of a figure, as data. */
public sealed interface Chart permits LineChart, SphereChart, HeatChart, BarChart {
    /** What stands above it, plain text. */
    String title();
}
