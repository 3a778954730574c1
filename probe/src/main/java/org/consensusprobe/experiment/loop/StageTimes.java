package org.consensusprobe.experiment.loop;

/** Where a run's wall-clock time went, in nanoseconds. */
final class StageTimes {
    private long waiting;
    private long blocks;
    private long measures;

    void addWaiting(long nanoseconds) {
        waiting += nanoseconds;
    }

    void addBlocks(long nanoseconds) {
        blocks += nanoseconds;
    }

    void addMeasures(long nanoseconds) {
        measures += nanoseconds;
    }

    /** Seconds the blocks waited for weights. */
    double waitingSeconds() {
        return waiting * 1e-9;
    }

    /** Seconds in blocks. */
    double blockSeconds() {
        return blocks * 1e-9;
    }

    /** Seconds in measures. */
    double measureSeconds() {
        return measures * 1e-9;
    }
}
