package org.consensusprobe.experiment.units;

/**
 * What a unit is estimated to cost.
 *
 * @param flop of matrix products: two for each product of two numbers
 * @param seconds on the machine that planned it
 * @param memoryBytes held at most, without file-mapped pages
 * @param checkpoint whose files it maps, by name; empty where weights are drawn
 * @param checkpointBytes of those files; 0 where they are not known yet
 */
public record Cost(double flop, double seconds, long memoryBytes, String checkpoint, long checkpointBytes) {
    /** Of what cannot be estimated. */
    public static final Cost UNKNOWN = new Cost(0, 0, 0, "", 0);
}
