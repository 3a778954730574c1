package org.consensusprobe.experiment.settle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Csv;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.LayerRange;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.report.PlainReport;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.results.RunDirectory;

/**
 * What loops over every window of some lengths do.
 *
 * @param title what was run
 * @param rows one for each window and kind of weights that has a verdict
 * @param failed windows whose runs failed, and why
 */
public record Scan(String title, List<Row> rows, List<String> failed, Limits limits) {
    private static final String NAME = "scan";
    private static final int COLUMNS = 3;
    private static final List<String> COLUMN_NAMES = List.of(
            "first",
            "last",
            "length",
            "weights",
            "verdict",
            "prompts",
            "of",
            "verdict_of_directions",
            "step",
            "ratio",
            "angle",
            "collapses",
            "prompts_collapsed",
            "error",
            "across_prompt_similarity");

    /** A window and what its prompts do. */
    public record Row(LayerRange window, Settlement settlement) {
        int length() {
            return window.last() - window.first() + 1;
        }
    }

    /** Head of the table. */
    public static final List<String> HEAD = head();

    private static List<String> head() {
        List<String> head = new ArrayList<>(List.of("layers"));
        head.addAll(Settlement.HEADINGS);
        return List.copyOf(head);
    }

    /**
     * All windows of some lengths, layers counted from 0.
     *
     * @throws Problem if the model has not as many layers
     */
    public static List<LayerRange> windows(int layers, List<Integer> lengths) {
        lengths.stream()
                .filter(length -> length < 1 || length > layers)
                .findFirst()
                .ifPresent(length -> {
                    throw Problem.input("--length %d: expected 1 to %d, the layers of the model.", length, layers);
                });
        return lengths.stream()
                .distinct()
                .sorted()
                .flatMap(length -> IntStream.rangeClosed(0, layers - length)
                        .mapToObj(first -> new LayerRange(first, first + length - 1)))
                .toList();
    }

    /**
     * The runs: every window of some lengths as the loop, for every kind of weights.
     *
     * @param said what is said of each run
     */
    public static List<RunPlan> plans(Values said, List<WeightMode> weights, List<LayerRange> windows) {
        return weights.stream()
                .flatMap(mode -> windows.stream()
                        .map(window -> RunPlan.of(said.with(RouteFields.LOOP, Optional.of(window))
                                .with(Fields.WEIGHTS, mode)
                                .with(Fields.MEASURES, Settlement.MEASURES))))
                .toList();
    }

    /**
     * Judges the runs.
     *
     * @throws Problem if all of them failed
     */
    public static Scan of(String title, Collection<Outcome> outcomes, Limits limits) {
        List<Row> rows = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            LayerRange window = outcome.plan().passes().loop().orElseThrow();
            String name = outcome.plan().weights().mode().optionName();
            if (outcome.finished()) {
                rows.add(new Row(window, Settlement.of(name, outcome.read(), limits.collapsed(), limits.motion())));
            } else {
                failed.add(window + " " + name + ": no verdict, its run failed: " + outcome.reason());
            }
        }
        if (rows.isEmpty()) {
            throw outcomes.iterator().next().problem().orElseThrow();
        }
        return new Scan(title, rows, failed, limits);
    }

    /** The lengths that an option names: numbers and ranges, such as 2,4-6. */
    public static List<Integer> lengths(String text) {
        List<Integer> lengths = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String[] ends = part.strip().split("-", -1);
            Optional<int[]> range = ends.length > 2 ? Optional.empty() : range(ends[0], ends[ends.length - 1]);
            IntStream.rangeClosed(
                            range.orElseThrow(() ->
                                    Problem.input("--length %s: expected numbers of layers such as 6 or 2,4-6.", text))[
                                    0],
                            range.get()[1])
                    .forEach(lengths::add);
        }
        return lengths;
    }

    private static Optional<int[]> range(String from, String to) {
        if (!from.matches("[1-9]\\d{0,4}") || !to.matches("[1-9]\\d{0,4}")) {
            return Optional.empty();
        }
        int[] range = {Integer.parseInt(from), Integer.parseInt(to)};
        return range[0] <= range[1] ? Optional.of(range) : Optional.empty();
    }

    /** The rows of the table. */
    public List<List<String>> cells() {
        return rows.stream()
                .map(row -> {
                    List<String> cells = new ArrayList<>(List.of(row.window().toString()));
                    cells.addAll(row.settlement().cells());
                    return List.copyOf(cells);
                })
                .toList();
    }

    /** Writes scan.csv, settle.json, figure and report. */
    public void write(Path folder) {
        ChartSheet sheet = new ChartSheet(title, ScanCharts.of(rows), COLUMNS);
        sheet.writePng(folder.resolve(NAME + ".png"));
        sheet.writeSvg(folder.resolve(NAME + ".svg"));
        PlainReport report = new PlainReport()
                .section("Windows")
                .figure(
                        sheet,
                        "First layer of the loop (from 0) against its length. Ratio: the factor of contraction, the median"
                                + " over prompts in the last quarter of passes. Error: the median at the end.")
                .table(HEAD, cells());
        failed.forEach(report::text);
        report.text(String.join(" ", limits.words()))
                .write("Loops", title, "every window of layers", Build.version(), folder.resolve(RunDirectory.REPORT));
        StringBuilder csv = new StringBuilder(Csv.line(COLUMN_NAMES));
        rows.forEach(row -> csv.append(Csv.line(csv(row))));
        AtomicFiles.writeText(folder.resolve(NAME + ".csv"), csv.toString());
        AtomicFiles.writeText(folder.resolve("settle.json"), json().toPrettyString() + "\n");
    }

    private static List<String> csv(Row row) {
        Settlement s = row.settlement();
        return List.of(
                Integer.toString(row.window().first()),
                Integer.toString(row.window().last()),
                Integer.toString(row.length()),
                s.name(),
                s.verdict(),
                Long.toString(s.kind().map(kind -> s.counts().get(kind)).orElse(0L)),
                Integer.toString(s.motions().size()),
                s.verdictOfDirections(),
                number(s.step()),
                number(s.ratio()),
                number(s.angle()),
                Boolean.toString(s.mostCollapse()),
                Long.toString(s.collapses()),
                number(s.error()),
                number(s.acrossPrompts()));
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "nan" : String.format(Locale.ROOT, "%.5g", value);
    }

    /** Every window, prompt by prompt. */
    public ObjectNode json() {
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("program", "consensus-probe");
        root.put("version", Build.version());
        root.put("title", title);
        root.set("thresholds", StrictJson.mapper().valueToTree(limits.motion()));
        root.put("collapsed", limits.collapsed());
        rows.forEach(row -> {
            ObjectNode node = SettlementJson.of(row.settlement());
            node.put("loop", row.window().toString());
            root.withArray("/windows").add(node);
        });
        failed.forEach(root.putArray("failed")::add);
        return root;
    }

    /** What all windows of a scan have in common, for its figure. */
    public static String title(String model, RunPlan plan) {
        List<String> parts = new ArrayList<>(List.of(model));
        parts.addAll(Titles.changes(plan));
        parts.add(plan.passes().count() + " passes");
        return String.join(" · ", parts);
    }
}
