package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.consensusprobe.experiment.units.UnitWorker;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.TrainingSteps;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.MachineFields;
import org.consensusprobe.plan.RunPlan;
import picocli.CommandLine.ArgGroup;
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

    @ArgGroup(exclusive = false, validate = false, heading = "%nIn parts, on many machines:%n", order = 0)
    private UnitOptions parts = new UnitOptions();

    @ArgGroup(exclusive = false, validate = false, heading = "%nOn a cluster:%n", order = 1)
    private ClusterOptions cluster = new ClusterOptions();

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        requireOneVerb();
        SweepFile inFile = SweepFile.read(file);
        String name = file.getFileName().toString().replaceAll("\\.json$", "");
        Path folder = out != null ? out : Path.of("results", name);
        Machine machine = OPTIONS.machine(spec);
        ModelLookup models = Terminal.models(machine, stderr);
        SweepFile sweepFile = inFile.withRuns(TrainingSteps.spread(inFile.runs(), models));
        List<RunPlan> plans = WeightSeeds.spread(sweepFile.runs(), weightSeeds);
        if (!parts.verbs().isEmpty() || cluster.on != null) {
            SweepUnits units = new SweepUnits(folder, plans, parts.splitting(), machine, models, stdout, stderr);
            return inParts(units, sweepFile, folder, name);
        }
        Sweep sweep = new Sweep(folder, plan -> RecordedRun.prepare(plan, machine, models));
        stdout.println(sweepFile.title());
        sweepFile.note().ifPresent(stdout::println);
        Estimator estimator = Estimating.by(machine, models, stderr);
        SweepPlan.print(stdout, plans, sweep, estimator);
        if (dryRun) {
            return 0;
        }
        List<Sweep.Outcome> outcomes =
                sweep.run(plans, new SweepProgress(stderr, plans.size(), estimator::learn), Interruption::requested);
        SweepOutput.write(stdout, stderr, sweepFile, outcomes, folder, name);
        return SweepOutput.end(stderr, outcomes);
    }

    private int inParts(SweepUnits units, SweepFile sweepFile, Path folder, String name) {
        if (parts.listUnits) {
            units.list(parts.json);
            return 0;
        }
        int tries = parts.triesOr(UnitWorker.DEFAULT_TRIES);
        if (parts.unit != null) {
            return cluster.tasks == null
                    ? units.make(parts.unit, tries, System.getenv())
                    : units.make(parts.unit, cluster.tasks, tries, System.getenv());
        }
        return cluster.on == null || onSlurm(units, tries) ? collect(units, sweepFile, folder, name) : 0;
    }

    /** Whether the sweep's jobs have ended, so that it can be collected. */
    private boolean onSlurm(SweepUnits units, int tries) {
        SweepOnSlurm slurm = new SweepOnSlurm(
                units,
                cluster,
                file,
                passedOn(),
                parts.splitting().seconds(),
                tries,
                spec.commandLine().getOut());
        if (cluster.cancel) {
            slurm.cancel();
            return false;
        }
        boolean all = slurm.submit();
        if (cluster.follow) {
            new SweepFollow(
                            units.folder(),
                            units.agreed(),
                            slurm.slurm(),
                            slurm.jobs(),
                            spec.commandLine().getErr())
                    .toTheEnd();
        }
        return cluster.follow || all;
    }

    /** What tasks are told of how the sweep is cut and of the machine; they make no request. */
    private List<String> passedOn() {
        List<String> words = new ArrayList<>(List.of("--weight-seeds", Integer.toString(weightSeeds)));
        if (parts.splitPrompts != null) {
            words.addAll(List.of("--split-prompts", parts.splitPrompts.toString()));
        }
        if (parts.unitTime != null) {
            words.addAll(List.of("--unit-time", parts.unitTime));
        }
        OPTIONS.find(spec, MachineFields.DEVICE).ifPresent(device -> words.addAll(List.of("--device", device)));
        OPTIONS.find(spec, MachineFields.THREADS)
                .flatMap(count -> count)
                .ifPresent(count -> words.addAll(List.of("--threads", count.toString())));
        OPTIONS.find(spec, MachineFields.MEMORY)
                .flatMap(bytes -> bytes)
                .ifPresent(bytes -> words.addAll(List.of("--memory", bytes.toString())));
        return words;
    }

    private int collect(SweepUnits units, SweepFile sweepFile, Path folder, String name) {
        List<Sweep.Outcome> outcomes = units.collect();
        PrintWriter stderr = spec.commandLine().getErr();
        SweepOutput.write(spec.commandLine().getOut(), stderr, sweepFile, outcomes, folder, name);
        return SweepOutput.end(stderr, outcomes, "are not there");
    }

    private void requireOneVerb() {
        cluster.check();
        List<String> verbs = new ArrayList<>(parts.verbs());
        if (cluster.on != null) {
            verbs.add("--on");
        }
        if (dryRun) {
            verbs.add("--dry-run");
        }
        if (verbs.size() > 1) {
            throw Problem.input("%s: give one of them.", String.join(" and ", verbs));
        }
        if (parts.json && !parts.listUnits) {
            throw Problem.input("--json goes with --list-units.");
        }
        if (verbs.isEmpty() && parts.cutsAnything()) {
            throw Problem.input(
                    "--split-prompts, --unit-time and --tries are about units: give --list-units, --unit, --collect or --on too.");
        }
    }
}
