package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.ExperimentPlan;
import org.consensusprobe.experiment.RecordedRun;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code consensus run}: one model, one kind of weights, recycled and measured. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Send prompts through all blocks again and again, and record how far their tokens are from consensus.",
        footer = {
            "",
            "Examples:",
            "  consensus run --model demo-gpt2 --prompts random:8x128 --passes 5",
            "  consensus run --model path/to/checkpoint --no-feed-forward --dtype float64",
            "  consensus run --model gpt2-xl --weights random --prompts paper --limit-prompts 10 --passes 3"
        })
final class RunCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "M",
            description =
                    "An alias of models/ (gpt2-xl, demo-gpt2, ...), a hub id (org/name[@revision]) or the directory of a "
                            + "checkpoint.")
    private String model;

    @Mixin
    private RunOptions options;

    @Option(names = "--out", paramLabel = "DIR", description = "The run directory (a new one in results/).")
    private Path out;

    @Option(names = "--force", description = "Replace the run that --out holds.")
    private boolean force;

    @Option(
            names = "--resume",
            description = {
                "Go on with the interrupted run that --out holds, to the very bytes of an uninterrupted one;",
                "start it if there is none, do nothing if it is finished."
            })
    private boolean resume;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        requireResumable();
        ExperimentPlan plan = options.plan();
        ModelLookup.Found found = ModelLookup.online(
                        options.offline(), spec.commandLine().getErr())
                .find(model, plan.weights());
        PromptSet prompts = PromptsOfRun.read(found, options, plan.states().initial());
        try (RecordedRun run = RecordedRun.prepare(found.subject(), plan, prompts, found.hubId(), found.revision());
                RunDirectory directory = directory(plan, found, run)) {
            if (run.isFinishedIn(directory)) {
                PrintWriter stdout = spec.commandLine().getOut();
                stdout.println("The run in " + directory.path() + " is finished; nothing is left to do.");
                stdout.flush();
                return 0;
            }
            try (RunProgress progress = RunProgress.start(
                    spec.commandLine().getErr(),
                    plan.passes(),
                    found.subject().transformer().layers())) {
                run.into(directory, progress, Interruption::requested);
            } catch (Problem e) {
                throw e.exitCode() == Problem.INTERRUPTED ? withAdvice(e, directory.path()) : e;
            }
            RunReader finished = RunReader.open(directory.path());
            Figure figure = Figure.of(finished, Figure.BOTH);
            figure.writePng(directory.path().resolve(RunDirectory.FIGURE_PNG));
            figure.writeSvg(directory.path().resolve(RunDirectory.FIGURE_SVG));
            HtmlReport.write(finished, directory.path().resolve(RunDirectory.REPORT));
            RunSummary.print(spec.commandLine().getOut(), finished);
            return 0;
        }
    }

    private void requireResumable() {
        if (resume && force) {
            throw Problem.input("--resume goes on with a run and --force replaces it: give one of them.");
        }
        if (resume && out == null) {
            throw Problem.input("--resume: name the directory of the interrupted run with --out DIR.");
        }
    }

    private static Problem withAdvice(Problem interruption, Path directory) {
        return Problem.interrupted(
                "%s%nTo go on: the same command with --resume --out %s", interruption.getMessage(), directory);
    }

    private RunDirectory directory(ExperimentPlan plan, ModelLookup.Found found, RecordedRun run) {
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
        return RunDirectory.createDefault(
                Path.of(""), found.subject().name(), weights(plan), plan.feedForward(), Instant.now());
    }

    /** The weights' part of a folder's name, with what of the model is changed. */
    private static String weights(ExperimentPlan plan) {
        List<String> words = new ArrayList<>(List.of(plan.weights().optionName()));
        words.addAll(plan.ingredients().changes());
        return String.join("-", words).replace(' ', '-');
    }
}
