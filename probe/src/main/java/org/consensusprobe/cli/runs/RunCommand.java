package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code consensus run}: one model, one kind of weights, recycled and measured. */
@Command(
        name = "run",
        modelTransformer = PlanOptions.Adder.class,
        description =
                "Send prompts through all blocks again and again, and record how far their tokens are from consensus.",
        footer = {
            "",
            "Examples:",
            "  consensus run --model demo-gpt2 --prompts random:8x128 --passes 5",
            "  consensus run --model path/to/checkpoint --no-feed-forward --dtype float64",
            "  consensus run --model gpt2-xl --weights random --prompts paper --limit-prompts 10 --passes 3",
            "  consensus run --model demo-gpt2 --loop 2-5 --passes 20",
            "  consensus run --model path/to/checkpoint --passes 20 --dry-run",
            "  consensus run --adapter path/to/lora --adapter-scale 0.5"
        })
public final class RunCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final PlanOptions OPTIONS =
            PlanOptions.without(Fields.REVISION).requiring(Fields.MODEL, Fields.ADAPTER);

    @Option(names = "--out", paramLabel = "DIR", description = "The run directory (default: a new one in results/).")
    private Path out;

    @Option(names = "--force", description = "Replace the run that --out holds.")
    private boolean force;

    @Option(
            names = "--resume",
            description =
                    "Resume the interrupted run that --out holds, to the very bytes of an uninterrupted one; start it"
                            + " if there is none, do nothing if it is finished.")
    private boolean resume;

    @Option(
            names = "--dry-run",
            description = "Print what the run will cost (work, time, memory, disk); run nothing, fetch no weights.")
    private boolean dryRun;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        requireResumable();
        RunPlan plan = RunPlan.of(OPTIONS.values(spec));
        Machine machine = OPTIONS.machine(spec);
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        if (dryRun) {
            ModelLookup models = Terminal.models(machine, stderr);
            RunCost.print(stdout, models.named(plan), Estimating.by(machine, models, stderr));
            return 0;
        }
        try (RecordedRun run = RecordedRun.prepare(plan, machine, Terminal.models(machine, stderr));
                RunDirectory directory = directory(run)) {
            if (run.isFinishedIn(directory)) {
                stdout.println("The run in " + directory.path() + " is finished; nothing is left to do.");
                return 0;
            }
            try (RunProgress progress = new RunProgress(
                    stderr, run.plan().route(run.subject().transformer().layers()))) {
                run.into(directory, progress, Interruption::requested);
            } catch (Problem e) {
                throw e.exitCode() == Problem.INTERRUPTED ? withAdvice(e, directory.path()) : e;
            }
            RunReader finished = RunReader.open(directory.path());
            Figure figure = Figure.of(finished, Figure.BOTH);
            figure.writePng(directory.path().resolve(RunDirectory.FIGURE_PNG));
            figure.writeSvg(directory.path().resolve(RunDirectory.FIGURE_SVG));
            HtmlReport.write(finished, directory.path().resolve(RunDirectory.REPORT));
            RunSummary.print(stdout, finished);
            return 0;
        }
    }

    private void requireResumable() {
        if (resume && force) {
            throw Problem.input("--resume resumes a run and --force replaces it: give one of them.");
        }
        if (resume && out == null) {
            throw Problem.input("--resume: name the directory of the interrupted run with --out DIR.");
        }
    }

    private static Problem withAdvice(Problem interruption, Path directory) {
        return Problem.interrupted(
                "%s%nTo resume: the same command with --resume --out %s", interruption.getMessage(), directory);
    }

    private RunDirectory directory(RecordedRun run) {
        KeptStates.announce(
                spec.commandLine().getErr(),
                run,
                out != null ? out : Path.of("results").toAbsolutePath(),
                resume);
        if (resume) {
            return RunDirectory.resume(out);
        }
        if (out != null) {
            return RunDirectory.create(out, force);
        }
        String model = run.subject().name().replaceAll(".*[/\\\\]", "");
        return RunDirectory.createDefault(Path.of(""), model + "-" + Titles.weights(run.plan()), Instant.now());
    }
}
