package org.consensusprobe.measure;

/**
 * What a reader of a measure needs to know.
 *
 * @param name in options, manifests and file names
 * @param formula in one line; u_i are unit tokens, s_ij = |u_i - u_j|^2 / 2 = 1 - cos(u_i, u_j), X the T x D matrix of tokens
 * @param source where it comes from
 * @param unit what its values are counted in; "1" for a pure number
 * @param cost what it takes
 * @param floor below which rounding makes its values; what is done there
 */
public record About(String name, String formula, String source, String unit, Cost cost, String floor) {
    /** How long a measure takes, beside a block of the same tokens. */
    public enum Cost {
        /** A few passes over the states. */
        LOW("low"),
        /** A product of T x T x D or a little more per prompt. */
        MEDIUM("medium"),
        /** A decomposition of each prompt's tokens or of its attention: can take longer than the block. */
        HIGH("high");

        private final String text;

        Cost(String text) {
            this.text = text;
        }

        /** As listings write it. */
        public String text() {
            return text;
        }
    }
}
