package org.consensusprobe.theory.run;

/** The leading eigenvectors of a model's value matrices, (U + U')/2 summed over heads. */
@FunctionalInterface
public interface Directions {
    /**
     * The eigenvector of the block that states at a depth enter.
     *
     * @param depth blocks done before, from 0
     * @return [D], of length 1; its sign says nothing
     */
    double[] at(int depth);
}
