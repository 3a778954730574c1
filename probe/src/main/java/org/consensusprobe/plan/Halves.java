package org.consensusprobe.plan;

/**
 * Which halves of a block run. What is left out leaves the stream as it is: a half goes with its norms and its skip.
 *
 * @param attention whether attention's half runs
 * @param feedForward whether the feed-forward half runs
 */
public record Halves(boolean attention, boolean feedForward) {
    /** Both. */
    public static final Halves BOTH = new Halves(true, true);

    /** Whether nothing runs: the block hands on what it was given. */
    public boolean isNothing() {
        return !attention && !feedForward;
    }

    /** Those halves that run here and there. */
    public Halves and(Halves other) {
        return new Halves(attention && other.attention, feedForward && other.feedForward);
    }
}
