package org.consensusprobe.measure;

import java.util.List;

/**
 * Something that is recorded of every prompt, at every depth or after every pass.
 *
 * <p>What it is reduced from says its kind: {@link StateMeasure} the hidden states of all prompts, {@link CloudMeasure}
 * the tokens of one, {@link BlockMeasure} those before and after a block, {@link AttentionMeasure} what attention does in
 * a block, {@link OutputMeasure} the distributions of next tokens after a pass, {@link PassMeasure} the states at the end of
 * a pass beside those at the ends of earlier ones, {@link Lyapunov} two runs that started close together. Its values are NaN where it is not
 * defined.
 */
public sealed interface Measure
        permits StateMeasure, CloudMeasure, BlockMeasure, AttentionMeasure, OutputMeasure, PassMeasure, Lyapunov {
    /** Name, formula, source, unit, cost and floor. */
    About about();

    /** Its axes after prompt and depth, or prompt and pass; none for one number. */
    default List<Axis> axes(Sizes sizes) {
        return List.of();
    }

    /**
     * What the length of an axis may depend on.
     *
     * @param tokens of the longest prompt
     */
    record Sizes(int heads, int tokens) {}

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
        return this instanceof OutputMeasure || this instanceof PassMeasure || this instanceof Lyapunov;
    }
}
