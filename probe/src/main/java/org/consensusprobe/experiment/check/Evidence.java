package org.consensusprobe.experiment.check;

import java.util.List;
import java.util.Map;
import org.consensusprobe.plan.MeasureNames;

/**
 * All that was measured on one kind of prompts.
 *
 * @param prompts which
 * @param threshold the error under which tokens count as collapsed
 * @param checkpoint the passes of the checkpoint
 * @param controls the passes of each control, one track a draw; those of drawn controls may be fewer
 */
public record Evidence(Prompts prompts, double threshold, Track checkpoint, Map<Control, List<Track>> controls) {
    static final String WITHOUT_MEAN = "error-without-mean";

    /** What is recorded beside the error. */
    public static final List<String> MEASURES =
            List.of(MeasureNames.ERROR_WITHOUT_TOKEN_1, WITHOUT_MEAN, MeasureNames.ACROSS_PROMPT_SIMILARITY);

    /**
     * Prompts of one kind.
     *
     * @param name {@code text} or {@code random}, or {@code given} for those that were asked for
     * @param form as a run takes it
     * @param describe what they are, in words
     */
    public record Prompts(String name, String form, String describe) {}

    int passes() {
        return checkpoint.passes();
    }

    /** The passes that both have made. */
    int common(Control control) {
        return Math.min(passes(), controls.get(control).get(0).passes());
    }

    Place place(int pass) {
        return Place.of(this, pass);
    }
}
