package org.consensusprobe.experiment.loop;

import java.util.List;
import org.consensusprobe.doctor.Trust;

/** Told about a run as it goes; called on the run's thread. */
public interface RunListener {
    /** What is known of the device's numbers: told first, unless nothing is. */
    default void onTrust(Trust.Known known) {}

    /** The run goes on where an interrupted one stood: so many blocks are done. Nothing of them is told again. */
    default void onResumed(int blocksDone) {}

    /**
     * A measure beside the error, its values prompt after prompt; told before the error of the same depth.
     *
     * @param depth of a measure that is taken once a pass, the pass from 0
     */
    default void onMeasure(int depth, String measure, double[] values) {}

    /** Some tokens have the zero vector for an embedding: told before the error of depth 0, and again where a run goes on. */
    default void onZeroTokens(List<ZeroToken> tokens) {}

    /** So many prompts have one token, and so no error: told at the start, and again where a run goes on. */
    default void onLonelyTokens(int prompts, int of) {}

    /** The prompts are embedded: their errors at depth 0, one per prompt. */
    default void onEmbedded(double[] errors) {}

    /** A block of all prompts is done: the depth that it ends at, one error per prompt. */
    default void onBlock(int depth, double[] errors) {}

    /** A pass is done; from 0. */
    default void onPass(int pass) {}
}
