package org.consensusprobe.experiment.sweep;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections.Floor;
import org.consensusprobe.results.RunReader;

/**
 * The curves of many runs as two tidy tables: {@code curves.csv}, a line for each run and depth, and
 * {@code summary.csv}, a line for each run. Both start with the same columns, which say what the run is.
 */
public final class SweepTables {
    private static final List<String> RUN_COLUMNS = List.of(
            "run",
            "model",
            "weights",
            "seed",
            "feed_forward",
            "prompts",
            "prompt_count",
            "tokens",
            "dtype",
            "recycle",
            "similarity");
    private static final int MOST_DECADES = 6;

    private final StringBuilder curves = new StringBuilder();
    private final StringBuilder summary = new StringBuilder();

    public SweepTables() {
        curves.append(String.join(",", RUN_COLUMNS)).append(",depth,pass,layer,mean,std,min,p10,p50,p90,max\n");
        List<String> columns = new ArrayList<>(RUN_COLUMNS);
        columns.addAll(List.of("passes", "layers", "error_depth_0", "error_native", "error_end", "floor"));
        for (int decade = 1; decade <= MOST_DECADES; decade++) {
            columns.add("depth_to_1e-" + decade);
        }
        columns.add("seconds");
        summary.append(String.join(",", columns)).append('\n');
    }

    /** Enters a finished run. */
    public void add(RunReader run) {
        String described = describe(run);
        Curve curve = run.curve();
        curve.toCsv().lines().skip(1).forEach(line -> curves.append(described)
                .append(',')
                .append(line)
                .append('\n'));
        summary.append(described);
        double[] mean = curve.mean();
        summary.append(',').append(curve.passes()).append(',').append(curve.layers());
        for (double value : new double[] {mean[0], mean[curve.layers()], mean[mean.length - 1]}) {
            summary.append(',').append(value);
        }
        summary.append(',')
                .append(run.manifest()
                        .floor()
                        .map(Floor::error)
                        .map(Object::toString)
                        .orElse(""));
        for (int decade = 1; decade <= MOST_DECADES; decade++) {
            summary.append(',').append(depthTo(mean, Math.pow(10, -decade)));
        }
        summary.append(',').append(run.manifest().timings().seconds()).append('\n');
    }

    /** Writes both tables into a folder. */
    public void write(Path folder) {
        AtomicFiles.writeText(folder.resolve("curves.csv"), curves.toString());
        AtomicFiles.writeText(folder.resolve("summary.csv"), summary.toString());
    }

    private static String describe(RunReader run) {
        Manifest manifest = run.manifest();
        var plan = manifest.plan();
        var details = manifest.section("plan");
        return String.join(
                ",",
                quoted(run.path().getFileName().toString()),
                quoted(manifest.model().name()),
                plan.weights(),
                plan.weights().equals("trained") ? "" : Long.toString(plan.seed()),
                Boolean.toString(plan.feedForward()),
                quoted(plan.prompts()),
                Integer.toString(plan.promptCount()),
                Integer.toString(plan.tokens()),
                plan.dtype(),
                details.path("recycle").asText("final-norm"),
                details.path("similarity").asText("cosine"));
    }

    /** The first depth at which the mean is at or below the bound; empty if there is none. */
    private static String depthTo(double[] mean, double bound) {
        for (int depth = 0; depth < mean.length; depth++) {
            if (mean[depth] <= bound) {
                return Integer.toString(depth);
            }
        }
        return "";
    }

    private static String quoted(String text) {
        return text.matches("[^\",\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
