package org.consensusprobe.experiment.settle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.report.PlainReport;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.theory.spectrum.Eigenvalue;

/**
 * What settle says, in a folder: settle.json, figure and report.
 *
 * @param twins what was found, the checkpoint's weights first
 * @param failed of the twins whose runs failed, why
 */
public record SettleFiles(List<Twin> twins, Map<String, String> failed, Limits limits) {
    private static final String NAME = "settle";
    private static final int COLUMNS = 3;

    /** Head of the table of starts. */
    public static final List<String> STARTS_HEAD = List.of("weights", "the limit", "distances and places");
    /** Head of the table of eigenvalues. */
    public static final List<String> SPECTRA_HEAD = List.of(
            "weights", "prompt", "of a pass as it was run", "of g", "consensus", "complement", "leaves", "residual");

    /** What runs say of the checkpoint and its twins. */
    public static SettleFiles of(
            List<SettleRuns> runs, Map<RunPlan, Outcome> outcomes, Limits limits, Spectra spectra) {
        outcomes.get(runs.get(0).main()).problem().ifPresent(problem -> {
            throw problem;
        });
        List<Twin> found = new ArrayList<>();
        Map<String, String> failed = new LinkedHashMap<>();
        for (SettleRuns own : runs) {
            Optional<Twin> twin = own.read(outcomes, limits);
            twin.ifPresent(t -> found.add(spectra.of(own, t)));
            if (twin.isEmpty()) {
                failed.put(
                        own.main().weights().mode().optionName(),
                        outcomes.get(own.main()).reason());
            }
        }
        return new SettleFiles(found, failed, limits);
    }

    /** Adds spectra to what is known. */
    @FunctionalInterface
    public interface Spectra {
        Twin of(SettleRuns runs, Twin twin);
    }

    /** Writes all of them. */
    public void write(Path folder) {
        ChartSheet sheet = sheet();
        sheet.writePng(folder.resolve(NAME + ".png"));
        sheet.writeSvg(folder.resolve(NAME + ".svg"));
        report(sheet, folder.resolve(RunDirectory.REPORT));
        AtomicFiles.writeText(folder.resolve(NAME + ".json"), json().toPrettyString() + "\n");
    }

    private ChartSheet sheet() {
        return new ChartSheet(title(), SettleCharts.of(twins), COLUMNS);
    }

    /** What was run, in words, without the weights. */
    public String title() {
        RunPlan plan = plan();
        List<String> parts =
                new ArrayList<>(List.of(twins.get(0).run().manifest().model().name()));
        parts.addAll(Titles.changes(plan));
        parts.add(plan.passes().count() + " passes");
        parts.add(twins.get(0).run().manifest().promptCount() + " prompts");
        parts.add(plan.dtype().torchName());
        return String.join(" · ", parts);
    }

    private RunPlan plan() {
        return twins.get(0).run().manifest().plan();
    }

    /** The rows of the table of starts; none if there were none. */
    public List<List<String>> startsRows() {
        return twins.stream()
                .filter(t -> t.starts().isPresent())
                .map(t -> List.of(
                        t.settlement().name(),
                        t.starts().get().words(),
                        t.starts().get().numbers()))
                .toList();
    }

    /** The rows of the table of eigenvalues; none if there were none. */
    public List<List<String>> spectraRows() {
        RunPlan.Passes passes = plan().passes();
        List<List<String>> rows = new ArrayList<>();
        for (Twin twin : twins) {
            for (Spectrum s : twin.spectra()) {
                Eigenvalue leading = s.whole().get(0);
                rows.add(List.of(
                        twin.settlement().name(),
                        Integer.toString(s.prompt() + 1),
                        Spectrum.words(Spectrum.ofPass(leading, passes.step(), passes.anchor())),
                        Spectrum.words(leading),
                        Spectrum.words(s.consensus().get(0)),
                        Spectrum.words(s.complement().get(0)),
                        String.format(Locale.ROOT, "%.1e", s.leaves()),
                        String.format(Locale.ROOT, "%.0e%s", s.residual(), s.converged() ? "" : " (not converged)")));
            }
        }
        return rows;
    }

    /** Everything, prompt by prompt. */
    public ObjectNode json() {
        RunPlan.Passes passes = plan().passes();
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("program", "consensus-probe");
        root.put("version", Build.version());
        root.set("plan", twins.get(0).run().manifest().section("plan"));
        root.set("thresholds", StrictJson.mapper().valueToTree(limits.motion()));
        root.put("collapsed", limits.collapsed());
        ArrayNode runs = root.putArray("runs");
        for (Twin twin : twins) {
            ObjectNode run = SettlementJson.of(twin.settlement());
            twin.starts().ifPresent(starts -> run.set("starts", starts.json()));
            if (!twin.spectra().isEmpty()) {
                ArrayNode spectra = run.putArray("jacobian");
                twin.spectra().forEach(s -> spectra.add(s.json(passes.step(), passes.anchor())));
            }
            runs.add(run);
        }
        ObjectNode why = root.putObject("failed");
        failed.forEach(why::put);
        return root;
    }

    private void report(ChartSheet sheet, Path file) {
        PlainReport report = new PlainReport()
                .section("Does it settle, does it collapse?")
                .table(
                        Settlement.HEADINGS,
                        twins.stream().map(t -> t.settlement().cells()).toList());
        failed.forEach((name, reason) -> report.text(name + ": no verdict, its run failed: " + reason));
        report.text(String.join(" ", limits.words()));
        if (!startsRows().isEmpty()) {
            report.section("Other starts").table(STARTS_HEAD, startsRows());
        }
        if (!spectraRows().isEmpty()) {
            report.section("Small changes at a settled point")
                    .table(SPECTRA_HEAD, spectraRows())
                    .text(spectraText());
        }
        report.section("Pass by pass")
                .figure(
                        sheet,
                        "Thin lines are prompts. Paths are those of the first prompt, in the plane of their first two"
                                + " principal components, which each has of its own.");
        for (Twin twin : twins) {
            report.section("Prompts: " + twin.settlement().name())
                    .table(Settlement.PROMPT_HEADINGS, twin.settlement().promptCells());
        }
        report.write("Loops", title(), "settles, cycles, drifts, wanders or diverges", Build.version(), file);
    }

    /** How to read the table of eigenvalues. */
    public static String spectraText() {
        return "Leading eigenvalues of the Jacobian of a pass's map g (Arnoldi on central differences, float64), at the last"
                + " states: below 1 small changes decay, above 1 they grow. Consensus: changes that all tokens share;"
                + " complement: those without a mean; leaves: how much of a shared change becomes different from token to"
                + " token (0: the two blocks are the whole).";
    }
}
