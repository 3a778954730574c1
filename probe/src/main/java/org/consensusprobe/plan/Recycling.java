package org.consensusprobe.plan;

/** What one pass hands to the next. */
public enum Recycling {
    /** The output of the final norm, as in the paper's experiments. */
    FINAL_NORM,
    /** The last block's output as it is. */
    RAW;

    /** The name on the command line and in manifests: {@code final-norm} or {@code raw}. */
    public String optionName() {
        return Codec.name(this);
    }
}
