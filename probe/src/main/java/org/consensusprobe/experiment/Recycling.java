package org.consensusprobe.experiment;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What one pass hands to the next. */
public enum Recycling {
    /** The output of the final norm, as in the paper's experiments. */
    FINAL_NORM,
    /** The last block's output as it is. */
    RAW;

    /** The name on the command line and in manifests: {@code final-norm} or {@code raw}. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All names, in order. */
    public static List<String> optionNames() {
        return Arrays.stream(values()).map(Recycling::optionName).toList();
    }
}
