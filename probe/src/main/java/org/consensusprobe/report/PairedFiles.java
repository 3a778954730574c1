package org.consensusprobe.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Csv;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.Interval;
import org.consensusprobe.report.stats.PairedDepth;
import org.consensusprobe.report.stats.PairedRuns;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;

/** Two runs held against each other depth by depth, in a folder: paired.csv, paired.json, a figure and a report. */
public final class PairedFiles {
    /** Name of the files, before their endings. */
    public static final String NAME = "paired";

    /** All that {@link #write} writes. */
    public static final List<String> ALL =
            List.of(NAME + ".csv", NAME + ".json", NAME + ".png", NAME + ".svg", RunDirectory.REPORT);

    private static final int COLUMNS = 2;
    private static final int MOST_ROWS = 40;
    private static final String METHOD =
            "Differences are taken prompt by prompt, with 95 % intervals of Student's t over prompts, each for its depth alone. p is of"
                    + " the same test, and corrected after Holm over the depths of one quantity at which the two differ at all: of"
                    + " all depths named as differing, the chance that one is named wrongly is at most 5 %, quantity by quantity."
                    + " Prompts are few and their differences may be skewed: what matters is worth a run on other prompts.";

    private PairedFiles() {}

    /**
     * Writes all files.
     *
     * @param common what both runs have in common, for the title
     */
    public static void write(PairedRuns runs, List<String> common, Path folder) {
        String title = String.join(" · ", common);
        ChartSheet sheet = new ChartSheet(title, PairedCharts.ofTheError(runs), COLUMNS);
        sheet.writePng(folder.resolve(NAME + ".png"));
        sheet.writeSvg(folder.resolve(NAME + ".svg"));
        AtomicFiles.writeText(folder.resolve(NAME + ".csv"), csv(runs));
        AtomicFiles.writeText(folder.resolve(NAME + ".json"), json(runs).toPrettyString() + "\n");
        report(runs, title, sheet, folder.resolve(RunDirectory.REPORT));
    }

    /** A row for each quantity and depth; passes and layers count as in curve.csv. */
    static String csv(PairedRuns runs) {
        StringBuilder csv = new StringBuilder(Csv.line(
                "quantity",
                "unit",
                "depth",
                "pass",
                "layer",
                "base",
                "tuned",
                "difference",
                "difference_low",
                "difference_high",
                "prompts",
                "p",
                "p_corrected",
                "answer"));
        for (PairedRuns.Quantity quantity : runs.quantities()) {
            for (PairedDepth d : quantity.depths()) {
                csv.append(Csv.line(
                        quantity.name(),
                        quantity.unit(),
                        d.depth(),
                        pass(runs, d),
                        layer(runs, d),
                        number(d.base()),
                        number(d.tuned()),
                        number(d.difference().value()),
                        d.interval().map(Interval::low).orElse(null),
                        d.interval().map(Interval::high).orElse(null),
                        d.prompts(),
                        number(d.p()),
                        number(d.corrected()),
                        d.answer().id()));
            }
        }
        return csv.toString();
    }

    /** Everything. */
    public static ObjectNode json(PairedRuns runs) {
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("program", "consensus-probe");
        root.put("version", Build.version());
        root.put("format", 1);
        ObjectNode method = root.putObject("method");
        method.put("difference", "tuned less base, prompt by prompt");
        method.put("interval", "Student's t over prompts, one depth at a time");
        method.put("coverage", Bootstrap.COVERAGE);
        method.put("p_corrected", "Holm, over the depths of one quantity");
        put(root.putObject("base"), runs.base(), runs.labels().get(0));
        put(root.putObject("tuned"), runs.tuned(), runs.labels().get(1));
        root.put("prompts", runs.prompts());
        PairedWords.sentences(runs).forEach(root.putArray("findings")::add);
        runs.notes().forEach(root.putArray("notes")::add);
        root.putArray("quantities");
        for (PairedRuns.Quantity quantity : runs.quantities()) {
            ObjectNode node = root.withArray("/quantities").addObject();
            node.put("name", quantity.name());
            node.put("unit", quantity.unit());
            node.put("tests", quantity.tests());
            node.putArray("depths");
            quantity.depths().forEach(d -> put(node.withArray("/depths").addObject(), runs, d));
        }
        return root;
    }

    private static void put(ObjectNode node, RunReader run, String label) {
        node.put("run", run.path().toString());
        node.put("label", label);
        node.put("model", run.manifest().model().name());
    }

    private static void put(ObjectNode node, PairedRuns runs, PairedDepth d) {
        node.put("depth", d.depth());
        node.put("pass", pass(runs, d));
        node.put("layer", layer(runs, d));
        node.put("base", number(d.base()));
        node.put("tuned", number(d.tuned()));
        node.put("difference", number(d.difference().value()));
        node.put("low", d.interval().map(Interval::low).orElse(null));
        node.put("high", d.interval().map(Interval::high).orElse(null));
        node.put("prompts", d.prompts());
        node.put("p", number(d.p()));
        node.put("p_corrected", number(d.corrected()));
        node.put("answer", d.answer().id());
    }

    private static int pass(PairedRuns runs, PairedDepth d) {
        return d.depth() == 0 ? 0 : runs.route().at(d.depth()).pass();
    }

    private static int layer(PairedRuns runs, PairedDepth d) {
        return d.depth() == 0 ? 0 : runs.route().at(d.depth()).layer() + 1;
    }

    private static Double number(double value) {
        return Double.isFinite(value) ? value : null;
    }

    private static void report(PairedRuns runs, String title, ChartSheet sheet, Path file) {
        PlainReport report = new PlainReport().section("Where they differ");
        report.text("Base: " + runs.labels().get(0) + " (" + runs.base().path() + "). Tuned: "
                + runs.labels().get(1) + " (" + runs.tuned().path() + ").");
        PairedWords.sentences(runs).forEach(report::text);
        runs.notes().forEach(note -> report.text("Note: " + note + "."));
        report.text(METHOD).figure(sheet, PairedCharts.CAPTION);
        for (PairedRuns.Quantity quantity : runs.quantities()) {
            report.section(quantity.name());
            if (!PairedCharts.isOfTheError(quantity)) {
                report.figure(new ChartSheet("", PairedCharts.of(runs, quantity), COLUMNS), PairedCharts.CAPTION);
            }
            List<List<String>> rows = PairedWords.rows(runs, quantity, MOST_ROWS);
            report.text(PairedWords.sentence(runs, quantity));
            if (!rows.isEmpty()) {
                report.table(PairedWords.HEAD, new ArrayList<>(rows));
            }
            long apart = quantity.depths().stream().filter(PairedDepth::differs).count();
            if (apart > rows.size()) {
                report.text("The " + rows.size() + " widest apart of " + apart + "; " + NAME + ".csv has all.");
            }
        }
        report.write(
                "Paired comparison",
                runs.labels().get(1) + " less " + runs.labels().get(0),
                title,
                Build.version(),
                file);
    }
}
