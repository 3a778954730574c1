package org.consensusprobe.experiment.loop;

import java.util.Map;

/** Where a run stands: the blocks that are done and all hidden states behind the last of them. */
public final class Position implements AutoCloseable {
    private final HiddenStates states;
    private final HiddenStates equal;
    private final Map<String, double[]> measures;
    private final PassTrail trail;
    private int blocksDone;
    private double floor;

    /**
     * A position.
     *
     * @param states of all prompts; behind the last block of a pass, what enters the next
     * @param equal the states of equal tokens, from which the floor is measured in the first pass; null after it
     * @param floor the largest error that equal tokens reached so far
     * @param measures what an earlier process recorded at its last depth, by name; empty at the start
     * @param trail what is remembered of the passes so far
     */
    public Position(
            int blocksDone,
            HiddenStates states,
            HiddenStates equal,
            double floor,
            Map<String, double[]> measures,
            PassTrail trail) {
        this.trail = trail;
        this.blocksDone = blocksDone;
        this.states = states;
        this.equal = equal;
        this.floor = floor;
        this.measures = measures;
    }

    public int blocksDone() {
        return blocksDone;
    }

    public HiddenStates states() {
        return states;
    }

    /** Null once the first pass is done in an earlier process. */
    public HiddenStates equal() {
        return equal;
    }

    public PassTrail trail() {
        return trail;
    }

    Map<String, double[]> measures() {
        return measures;
    }

    public double floor() {
        return floor;
    }

    void raiseFloor(double error) {
        floor = Math.max(floor, error);
    }

    void blockDone() {
        blocksDone++;
    }

    /** Closes everything but the states. */
    HiddenStates takeStates() {
        if (equal != null) {
            equal.close();
        }
        trail.close();
        return states;
    }

    @Override
    public void close() {
        takeStates().close();
    }
}
