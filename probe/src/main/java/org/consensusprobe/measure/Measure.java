package org.consensusprobe.measure;

import java.util.List;

/**
 * Something that is recorded of every prompt, at every depth or after every pass.
 *
 * <p>What it is reduced from says its kind: {@link StateMeasure} the hidden states of all prompts, {@link CloudMeasure} the
 * tokens of one, {@link BlockMeasure} a size of those before and after a block, {@link ChangeMeasure} each token before and
 * after it, {@link HalfMeasure} those between its halves too, {@link HeadMeasure} without each head, {@link AttentionMeasure}
 * what attention does in a block, {@link KeyValueMeasure} what it takes, {@link OutputMeasure} the distributions of next
 * tokens after a pass, {@link PassMeasure} the states at the end of a pass beside those at the ends of earlier ones, {@link
 * Lyapunov} two runs that started close together, {@link ExitMeasure} what a looped model's gate says of a pass, {@link
 * ExpertFlips} what a mixture of experts chose in a block. Its values are NaN where it is not defined.
 */
public sealed interface Measure
        permits StateMeasure,
                CloudMeasure,
                BlockMeasure,
                ChangeMeasure,
                AttentionMeasure,
                OutputMeasure,
                PassMeasure,
                ExitMeasure,
                HalfMeasure,
                HeadMeasure,
                KeyValueMeasure,
                ExpertFlips,
                Lyapunov {
    /** Name, formula, source, unit, cost and floor. */
    About about();

    /** Its axes after prompt and depth, or prompt and pass; none for one number. */
    default List<Axis> axes(Sizes sizes) {
        return List.of();
    }

    /** What it makes at most while it is taken of one chunk of prompts, in bytes, on the device. */
    long bytes(Sizes sizes);

    /** The same in Java's memory, where that is more than a few numbers a token. */
    default long javaBytes(Sizes sizes) {
        return 0;
    }

    /**
     * What the length of an axis and the memory may depend on.
     *
     * @param heads of the model
     * @param allPrompts of the run
     * @param longest prompt of the run, in tokens
     * @param prompts of a chunk
     * @param tokens of each of them
     * @param width of the model
     * @param vocabulary of the model
     */
    record Sizes(int heads, long allPrompts, long longest, long prompts, long tokens, long width, long vocabulary) {
        /** Sizes for axes alone: heads, and the tokens of the longest prompt. */
        public Sizes(int heads, int longest) {
            this(heads, 1, longest, 1, 1, 1, 1);
        }

        /** Values of a chunk's states. */
        public long values() {
            return prompts * tokens * width;
        }
    }

    /** Its name in options, manifests and file names. */
    default String name() {
        return about().name();
    }

    /** How many numbers it has for a prompt at a depth. */
    default int size(Sizes sizes) {
        return axes(sizes).stream().mapToInt(Axis::size).reduce(1, Math::multiplyExact);
    }

    /** Whether it is one number for a prompt at a depth. */
    default boolean isScalar() {
        return axes(new Sizes(1, 1)).isEmpty();
    }

    /** Whether it is taken once a pass, not at every depth. */
    default boolean perPass() {
        return isOfOutput() || this instanceof PassMeasure || this instanceof Lyapunov;
    }

    /** Whether it reads states behind the final norm: of the last pass at the run's end, behind what runs once there. */
    default boolean isOfOutput() {
        return this instanceof OutputMeasure || this instanceof ExitMeasure;
    }
}
