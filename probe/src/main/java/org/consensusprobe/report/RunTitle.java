package org.consensusprobe.report;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Shown;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/** What a figure says of a run: model, weights, feed-forward, what is changed, dtype, prompts. */
public final class RunTitle {
    private RunTitle() {}

    /** For example "gpt2-xl · random weights (seed 42) · no feed-forward · float32 · 10 prompts as in the paper". */
    public static String of(Manifest manifest) {
        return String.join(" · ", parts(manifest));
    }

    /** The same in parts. */
    public static List<String> parts(Manifest manifest) {
        return Titles.parts(plan(manifest)).stream().map(Shown::text).toList();
    }

    /** What several runs have in common, and what tells each apart: by their folders where nothing else does. */
    public static Titles compare(List<RunReader> runs) {
        return compare(runs, List.of());
    }

    /**
     * The same without some fields, which are said elsewhere.
     */
    static Titles compare(List<RunReader> runs, List<Field<?>> elsewhere) {
        return compare(
                runs.stream().map(RunReader::manifest).toList(),
                runs.stream().map(RunReader::name).toList(),
                elsewhere);
    }

    static Titles compare(List<Manifest> manifests, List<String> names, List<Field<?>> elsewhere) {
        return Titles.of(manifests.stream().map(RunTitle::plan).toList(), names, elsewhere);
    }

    /** A run's values of some fields. */
    static String heading(RunReader run, List<Field<?>> fields) {
        return Titles.heading(plan(run.manifest()), fields);
    }

    /** The plan with what is known of it once it ran: the name that figures give the model, and how many prompts there were. */
    private static RunPlan plan(Manifest manifest) {
        return manifest.plan()
                .with(Fields.MODEL, manifest.model().name())
                .with(Fields.LIMIT_PROMPTS, Optional.of(manifest.promptCount()));
    }
}
