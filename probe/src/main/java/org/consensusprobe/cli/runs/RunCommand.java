package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Bos;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.report.stats.Pairing;
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
            "  consensus run --model path/to/checkpoint --bos both --out with-and-without",
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
        boolean both = plan.prompts().bos().equals(Optional.of(Bos.BOTH));
        if (dryRun) {
            ModelLookup models = Terminal.models(machine, stderr);
            RunPlan one = both ? plan.with(Fields.BOS, Optional.of(Bos.ON)) : plan;
            RunCost.print(stdout, models.named(one), Estimating.by(machine, models, stderr));
            if (both) {
                stdout.println("That is with BOS; the run without costs about as much again.");
            }
            return 0;
        }
        return both ? both(plan, machine) : one(plan, machine, Optional.ofNullable(out));
    }

    /** The run with the tokenizer's special tokens in front, the run without, and the two compared. */
    private int both(RunPlan plan, Machine machine) {
        Path folder = out != null ? out : OutFolder.fresh("bos");
        if (Files.exists(folder.resolve(RunDirectory.MANIFEST))) {
            throw Problem.input("--out %s: a run lies there; --bos both makes two. Choose another folder.", folder);
        }
        List<RunReader> runs = new ArrayList<>();
        for (Bos bos : List.of(Bos.ON, Bos.OFF)) {
            Path own = folder.resolve("bos-" + bos.name().toLowerCase(Locale.ROOT));
            one(plan.with(Fields.BOS, Optional.of(bos)), machine, Optional.of(own));
            runs.add(RunReader.open(own));
        }
        ComparedRuns compared = ComparedRuns.of(runs, Pairing.found());
        compared.write(folder);
        compared.print(spec.commandLine().getOut(), folder);
        return 0;
    }

    private int one(RunPlan plan, Machine machine, Optional<Path> into) {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        try (RecordedRun run = RecordedRun.prepare(plan, machine, Terminal.models(machine, stderr));
                RunDirectory directory = directory(run, into)) {
            if (run.isFinishedIn(directory)) {
                stdout.println("The run in " + directory.path() + " is finished; nothing is left to do.");
                return 0;
            }
            try (RunProgress progress = new RunProgress(
                    stderr, run.plan().route(run.subject().transformer().layers()))) {
                run.into(directory, progress, Interruption::requested);
            } catch (Problem e) {
                throw e.exitCode() == Problem.INTERRUPTED ? withAdvice(e, out != null ? out : directory.path()) : e;
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

    private RunDirectory directory(RecordedRun run, Optional<Path> into) {
        KeptStates.announce(
                spec.commandLine().getErr(), run, into.orElse(Path.of("results").toAbsolutePath()), resume);
        if (resume) {
            return RunDirectory.resume(into.orElseThrow());
        }
        if (into.isPresent()) {
            return RunDirectory.create(into.get(), force);
        }
        String model = run.subject().name().replaceAll(".*[/\\\\]", "");
        return RunDirectory.createDefault(Path.of(""), model + "-" + Titles.weights(run.plan()), Instant.now());
    }
}
