package org.consensusprobe.theory.spectrum;

import java.util.OptionalDouble;

/**
 * One hypothesis of a theorem, held against the matrices of a model.
 *
 * @param theorem its number in "The asymptotic behavior of attention in transformers" (arXiv 2412.02682)
 * @param statement what it asks, in words
 * @param test what is compared with the tolerance, as a formula; empty where nothing numerical is
 * @param place where it is looked at: heads, sums over heads, the model
 * @param holds in how many places it holds
 * @param of how many places there are; 0 where only a run can tell
 * @param nearest the value that comes nearest to holding
 */
public record Hypothesis(
        String theorem, String statement, String test, String place, int holds, int of, OptionalDouble nearest) {
    /** Whether it holds wherever it is asked for. */
    public boolean holdsEverywhere() {
        return of > 0 && holds == of;
    }

    /** Whether the matrices alone cannot tell. */
    public boolean needsRun() {
        return of == 0;
    }
}
