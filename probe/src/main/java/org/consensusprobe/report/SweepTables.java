package org.consensusprobe.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Csv;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.report.stats.CurveNumbers;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/**
 * Many runs as two tidy tables: {@code curves.csv}, a line for each run and depth, and {@code summary.csv}, a line for
 * each run with the columns of a comparison, and one more for each set of runs that differ in their seed only.
 */
public final class SweepTables {
    private static final String CURVE_COLUMNS = "run,model,weights,seed,feed_forward,dtype,prompt_set,prompts,tokens,"
            + "recycle,similarity,depth,pass,layer,mean,std,min,p10,p50,p90,max\n";

    private final StringBuilder curves = new StringBuilder(CURVE_COLUMNS);
    private final StringBuilder summary = new StringBuilder();
    private final Map<List<Object>, List<RunReader>> bySeedsApart = new LinkedHashMap<>();

    /** Tables without a run. */
    public SweepTables() {
        summary.append(String.join(",", ComparisonFiles.columns()))
                .append(",recycle,similarity,seconds,")
                .append(ComparisonFiles.RATE_PER_STEP)
                .append('\n');
    }

    /** Enters a finished run. */
    public void add(RunReader run) {
        String described = describe(run);
        run.curve().toCsv().lines().skip(1).forEach(line -> curves.append(described)
                .append(',')
                .append(line)
                .append('\n'));
        summarise(folderName(run), List.of(run), CurveNumbers.of(run));
        bySeedsApart.computeIfAbsent(withoutSeed(run), k -> new ArrayList<>()).add(run);
    }

    /** Writes both tables into a folder. */
    public void write(Path folder) {
        bySeedsApart.values().stream()
                .filter(runs -> runs.size() > 1)
                .forEach(runs ->
                        summarise(folderName(runs.get(0)) + " and its other seeds", runs, CurveNumbers.ofDraws(runs)));
        AtomicFiles.writeText(folder.resolve("curves.csv"), curves.toString());
        AtomicFiles.writeText(folder.resolve("summary.csv"), summary.toString());
    }

    private void summarise(String label, List<RunReader> runs, CurveNumbers numbers) {
        double seconds =
                runs.stream().mapToDouble(r -> r.manifest().timings().seconds()).sum();
        summary.append(ComparisonFiles.csvLine(new Comparison.Row(label, runs, numbers)))
                .append(',')
                .append(String.join(",", unusual(runs.get(0).manifest())))
                .append(',')
                .append(seconds)
                .append(',')
                .append(ComparisonFiles.ratePerStep(numbers))
                .append('\n');
    }

    private static List<Object> withoutSeed(RunReader run) {
        ObjectNode plan = run.manifest().section("plan").deepCopy();
        boolean drawn = !run.manifest().plan().weights().equals("trained");
        if (drawn) {
            plan.remove("seed");
        }
        return List.of(
                plan,
                run.manifest().section("config"),
                drawn ? "" : run.manifest().model());
    }

    private static String describe(RunReader run) {
        Manifest manifest = run.manifest();
        var plan = manifest.plan();
        List<String> cells = new ArrayList<>(List.of(
                Csv.cell(folderName(run)),
                Csv.cell(manifest.model().name()),
                plan.weights(),
                plan.weights().equals("trained") ? "" : Long.toString(plan.seed()),
                Boolean.toString(plan.feedForward()),
                plan.dtype(),
                Csv.cell(plan.prompts()),
                Integer.toString(plan.promptCount()),
                Integer.toString(plan.tokens())));
        cells.addAll(unusual(manifest));
        return String.join(",", cells);
    }

    private static List<String> unusual(Manifest manifest) {
        ObjectNode plan = manifest.section("plan");
        return List.of(
                plan.path("recycle").asText("final-norm"),
                plan.path("similarity").asText("cosine"));
    }

    private static String folderName(RunReader run) {
        return run.path().getFileName().toString();
    }
}
