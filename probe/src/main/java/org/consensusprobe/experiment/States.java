package org.consensusprobe.experiment;

/**
 * Where a run's hidden states come from, and which states and attention matrices it keeps on its way.
 *
 * @param initial what enters the first block
 * @param hidden where hidden states are kept, in {@code hidden/}
 * @param attention of which blocks attention matrices are kept, in {@code attention/}
 */
public record States(Initial initial, DepthList hidden, DepthList attention) {
    /** From the embedding, nothing kept. */
    public static final States USUAL = new States(Initial.EMBEDDING, DepthList.NONE, DepthList.NONE);

    /** From elsewhere, nothing kept. */
    public static States from(Initial initial) {
        return new States(initial, DepthList.NONE, DepthList.NONE);
    }
}
