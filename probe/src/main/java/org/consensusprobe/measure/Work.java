package org.consensusprobe.measure;

/** What a measure of states makes of a chunk [B, T, D] while it is taken. */
enum Work {
    /** Unit tokens, what is subtracted from them, and a float64 copy for a norm. */
    STATES(16),
    /** The same of tokens in float64. */
    WIDE_STATES(32),
    /** Unit tokens, those less their mean with a float64 copy, and a tile of pairs in float64. */
    PAIRS(16);

    /** Tokens of which all pairs are taken at once; of longer prompts half as many at a time. */
    private static final long TILE = 2048;

    private final int bytesPerValue;

    Work(int bytesPerValue) {
        this.bytesPerValue = bytesPerValue;
    }

    long bytes(Measure.Sizes sizes) {
        long tile = sizes.tokens() <= TILE ? sizes.tokens() : TILE / 2;
        long pairs = this == PAIRS ? (2L * Double.BYTES + Float.BYTES) * sizes.prompts() * tile * tile : 0;
        return bytesPerValue * sizes.values() + pairs;
    }
}
