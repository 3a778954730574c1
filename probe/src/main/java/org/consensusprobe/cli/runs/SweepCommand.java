package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.Estimator;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.SweepFile;
import org.consensusprobe.experiment.sweep.WeightSeeds;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.TrainingSteps;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.report.SweepFigure;
import org.consensusprobe.report.SweepReport;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus sweep FILE}: many runs from one file. */
@Command(
        name = "sweep",
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Make the runs of a file, and one table of all their curves. Finished runs are used again, interrupted",
            "ones resumed; a run that fails does not keep the others from running.",
            "",
            "The file is a JSON object with \"grid\" (lists of values: every combination is a run), \"runs\" (a list",
            "of runs), or both. What a run may say, and its defaults, are the options of `consensus run` with underscores,",
            "true or false for feed_forward, skip and norm, and revision (a pattern such as step* or checkpoint-* stands for",
            "all checkpoints of a training); beside grid and runs they hold for all runs.",
            "\"title\", \"note\" and \"figure\": {\"rows\": [FIELD, ...], \"show\": WHAT} are optional: a figure has a row of",
            "panels for each combination of the values of those fields, and shows the error, a measure that all runs record,",
            "or cosine-histograms (of pairs of tokens, at the depths of save_hidden_at)."
        },
        footer = {
            "",
            "Example:",
            "  { \"passes\": 5, \"prompts\": \"random:8x64\",",
            "    \"grid\": { \"model\": [\"demo-gpt2\", \"demo-gpt-neo\"], \"weights\": [\"trained\", \"random\"],",
            "              \"feed_forward\": [true, false] },",
            "    \"figure\": { \"rows\": [\"model\"] } }"
        })
public final class SweepCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final PlanOptions OPTIONS = PlanOptions.of(List.of());

    @Parameters(paramLabel = "FILE", description = "The sweep file.")
    private Path file;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where runs, tables and figure go (default: results/NAME, after the file).")
    private Path out;

    @Option(
            names = "--weight-seeds",
            paramLabel = "K",
            defaultValue = "1",
            description = "Draws of random and shuffled weights for each run; with 2 or more the tables have a row over"
                    + " draws, then prompts (default: ${DEFAULT-VALUE}).")
    private int weightSeeds;

    @Option(names = "--dry-run", description = "Print the plan and what it will cost; run nothing.")
    private boolean dryRun;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        SweepFile inFile = SweepFile.read(file);
        String name = file.getFileName().toString().replaceAll("\\.json$", "");
        Path folder = out != null ? out : Path.of("results", name);
        Machine machine = OPTIONS.machine(spec);
        ModelLookup models = Terminal.models(machine, stderr);
        SweepFile sweepFile = inFile.withRuns(TrainingSteps.spread(inFile.runs(), models));
        Sweep sweep = new Sweep(folder, plan -> RecordedRun.prepare(plan, machine, models));
        stdout.println(sweepFile.title());
        sweepFile.note().ifPresent(stdout::println);
        List<RunPlan> plans = WeightSeeds.spread(sweepFile.runs(), weightSeeds);
        SweepPlan.print(stdout, plans, sweep, new Estimator(machine, models)::estimate);
        if (dryRun) {
            return 0;
        }
        List<Sweep.Outcome> outcomes =
                sweep.run(plans, new SweepProgress(stderr, plans.size()), Interruption::requested);
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
            HtmlReport.write(sweepFile.title(), SweepReport.sections(note, SweepOutput.finished(outcomes)), report);
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
            SweepFile.FigurePlan figure = sweepFile.figure().orElseThrow();
            List<RunReader> firstDraws = SweepOutput.finished(outcomes.stream()
                    .filter(o -> sweepFile.runs().contains(o.plan()))
                    .toList());
            out.println("figure:  "
                    + SweepFigure.draw(sweepFile.title(), figure.rows(), figure.show(), firstDraws, folder, name));
        } catch (Problem e) {
            err.println("no figure: " + e.getMessage());
        }
    }
}
