package org.consensusprobe.model;

/** Sees which experts the tokens of one chunk choose in one layer, and may hold them to another choice. */
@FunctionalInterface
public interface Routing {
    /**
     * The experts that tokens are sent to.
     *
     * @param first the first of the tokens, counted from 0 in each prompt
     * @param tokens how many of each prompt
     * @param chosen how many experts a token has, k
     * @param own what the tokens choose by themselves, prompt after prompt and token after token, ascending for each
     * @return {@code own} itself, or another array of its size
     */
    long[] choose(int first, int tokens, int chosen, long[] own);
}
