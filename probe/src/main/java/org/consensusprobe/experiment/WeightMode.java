package org.consensusprobe.experiment;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

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
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether the mode needs a checkpoint's files. */
    public boolean needsCheckpoint() {
        return this == TRAINED || this == SHUFFLED;
    }

    /** All names, in order. */
    public static List<String> optionNames() {
        return Arrays.stream(values()).map(WeightMode::optionName).toList();
    }
}
