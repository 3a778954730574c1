package org.consensusprobe.model;

import java.util.Optional;

/**
 * What mixtures of experts and sinks do in the steps of a block.
 *
 * @param routing of the chunk's tokens in this layer
 * @param firstToken of those that the steps get, counted from 0 in each prompt
 * @param sinks whether attention has those of the model
 */
record Choices(Optional<Routing> routing, int firstToken, boolean sinks) {
    /** Every token chooses by itself, and sinks are there. */
    static final Choices OWN = new Choices(Optional.empty(), 0, true);

    /** For tokens that begin so many later. */
    Choices from(long token) {
        return new Choices(routing, firstToken + (int) token, sinks);
    }

    /**
     * The experts that tokens are sent to.
     *
     * @param own what they choose by themselves: so many a token, ascending, of so many tokens of every prompt
     * @return {@code own}, or another choice of its size
     */
    long[] routed(long[] own, long tokens, int chosen) {
        return routing.map(r -> r.choose(firstToken, (int) tokens, chosen, own)).orElse(own);
    }
}
