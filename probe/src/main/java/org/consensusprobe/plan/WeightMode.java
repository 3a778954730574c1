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
    RANDOM_EACH_PASS,
    /** Another program's, which this one knows by the states that they made: no run can compute with them. */
    ELSEWHERE;

    static final Codec<WeightMode> CODEC = Codec.text(
            "one of trained, shuffled, random, random-each-pass",
            Codec.choice(WeightMode.class).parser(),
            Codec::name);

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
            case ELSEWHERE -> "states of another program";
        };
    }

    /** Whether a draw decides over the numbers. */
    public boolean isDrawn() {
        return this != TRAINED && this != ELSEWHERE;
    }

    /** Whether the mode needs a checkpoint's files. */
    public boolean needsCheckpoint() {
        return this == TRAINED || this == SHUFFLED;
    }
}
