package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.sweep.RunSpec;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.SweepFile;
import org.consensusprobe.experiment.sweep.WeightSeeds;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.results.RunDirectory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code consensus sweep FILE}: many runs from one file. */
@Command(
        name = "sweep",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Make the runs of a file, and one table of all their curves. Finished runs are used again, interrupted",
            "ones gone on with; a run that fails does not keep the others from running.",
            "",
            "The file is a JSON object with \"grid\" (lists of values: every combination is a run), \"runs\" (a list",
            "of runs), or both. A run has model, revision, weights, seed, feed_forward, mask, beta, attention_scale,",
            "skip, norm, heads (as text: \"0-3\"), initial, save_hidden_at, prompts, limit_prompts, special_tokens, passes, dtype, recycle,",
            "similarity, chunk and measures, with the defaults of `consensus run`; beside grid and runs they hold for all runs. \"title\", \"note\" and",
            "\"figure\": {\"rows\": [FIELD, ...], \"show\": WHAT} are optional: a figure has a row of panels for each",
            "combination of the values of those fields, and shows the error, a measure that all runs record, or",
            "cosine-histograms (of pairs of tokens, at the depths of save_hidden_at)."
        },
        footer = {
            "",
            "Example:",
            "  { \"passes\": 5, \"prompts\": \"random:8x64\",",
            "    \"grid\": { \"model\": [\"demo-gpt2\", \"demo-gpt-neo\"], \"weights\": [\"trained\", \"random\"],",
            "              \"feed_forward\": [true, false] },",
            "    \"figure\": { \"rows\": [\"model\"] } }"
        })
final class SweepCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The sweep file.")
    private Path file;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where runs, tables and figure go (results/NAME, after the file).")
    private Path out;

    @Option(
            names = "--weight-seeds",
            paramLabel = "K",
            defaultValue = "1",
            description = "Draws of random and shuffled weights for each run; with 2 or more the tables have a row over"
                    + " draws, then prompts (${DEFAULT-VALUE}).")
    private int weightSeeds;

    @Option(names = "--dry-run", description = "Print the plan and what it will cost; run nothing.")
    private boolean dryRun;

    @Mixin
    private MachineOptions machine;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        SweepFile sweepFile = SweepFile.read(file);
        String name = file.getFileName().toString().replaceAll("\\.json$", "");
        Path folder = out != null ? out : Path.of("results", name);
        RunPreparer preparer = new RunPreparer(machine, stderr);
        Sweep sweep = new Sweep(folder, preparer);
        stdout.println(sweepFile.title());
        sweepFile.note().ifPresent(stdout::println);
        List<RunSpec> specs = WeightSeeds.spread(sweepFile.runs(), weightSeeds);
        SweepPlan.print(stdout, specs, sweep, preparer);
        if (dryRun) {
            return 0;
        }
        List<Sweep.Outcome> outcomes =
                sweep.run(specs, new SweepProgress(stderr, specs.size()), Interruption::requested);
        if (!SweepOutput.finished(outcomes).isEmpty()) {
            if (sweepFile.figure().isPresent()) {
                draw(stdout, stderr, sweepFile, outcomes, folder, name);
            }
            writeReport(stdout, stderr, sweepFile, outcomes, folder);
            SweepOutput.writeTables(stdout, outcomes, folder);
        }
        return SweepOutput.end(stderr, outcomes);
    }

    private static void writeReport(
            PrintWriter out, PrintWriter err, SweepFile sweepFile, List<Sweep.Outcome> outcomes, Path folder) {
        try {
            Path report = folder.resolve(RunDirectory.REPORT);
            String note = sweepFile.note().orElse("");
            HtmlReport.write(sweepFile.title(), SweepOutput.sections(note, SweepOutput.finished(outcomes)), report);
            out.println("report:  " + report);
        } catch (Problem e) {
            err.println("no report: " + e.getMessage());
        }
    }

    // the runs and their tables are there, whatever a figure can hold
    private static void draw(
            PrintWriter out,
            PrintWriter err,
            SweepFile sweepFile,
            List<Sweep.Outcome> outcomes,
            Path folder,
            String name) {
        try {
            List<Sweep.Outcome> firstDraws = SweepOutput.finished(outcomes).stream()
                    .filter(o -> sweepFile.runs().contains(o.spec()))
                    .toList();
            out.println("figure:  " + SweepFigure.draw(sweepFile, firstDraws, folder, name));
        } catch (Problem e) {
            err.println("no figure: " + e.getMessage());
        }
    }
}
