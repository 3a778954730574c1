package org.consensusprobe.plan;

/** Which weights a run computes with. */
public enum WeightMode {
    /** Those of the checkpoint. */
    TRAINED,
    /** Those of the checkpoint with the entries of every tensor permuted: the control for weight scale. */
    SHUFFLED,
    /** One draw of the initialisation, for all passes. */
    RANDOM,
    /** A new draw of the initialisation before every pass. */
    RANDOM_EACH_PASS;

    /** The name on the command line and in manifests, such as {@code random-each-pass}. */
    public String optionName() {
        return Codec.name(this);
    }

    /** In words, for titles; drawn weights with their seed. */
    public String words(long seed) {
        String drawn = " (seed " + seed + ")";
        return switch (this) {
            case TRAINED -> "trained weights";
            case SHUFFLED -> "shuffled weights" + drawn;
            case RANDOM -> "random weights" + drawn;
            case RANDOM_EACH_PASS -> "random weights, redrawn each pass" + drawn;
        };
    }

    /** Whether the mode needs a checkpoint's files. */
    public boolean needsCheckpoint() {
        return this == TRAINED || this == SHUFFLED;
    }
}
