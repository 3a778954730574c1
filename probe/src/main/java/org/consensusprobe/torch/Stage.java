package org.consensusprobe.torch;

/**
 * One thing that was held to float64 on the CPU.
 *
 * @param name in words
 * @param error the largest relative error of an element: relative to the element and the terms that it is summed from, as much as
 *     rounding acts on either
 * @param allowed what rounding in its dtype may make of it
 * @param calls how often it was tried
 */
public record Stage(String name, double error, double allowed, int calls) {
    /** Whether it is wrong by more than rounding; NaN is. */
    public boolean isOff() {
        return !(error <= allowed);
    }

    /** How much of what is allowed was needed. */
    public double share() {
        return error == 0 ? 0 : error / allowed;
    }

    /** Of two tries at one thing, the worse, which counts for both. */
    Stage worse(Stage other) {
        Stage worst = Double.isNaN(other.share()) || other.share() > share() ? other : this;
        return new Stage(name, worst.error, worst.allowed, calls + other.calls);
    }
}
