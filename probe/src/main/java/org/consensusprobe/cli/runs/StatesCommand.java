package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.common.Shown;
import org.consensusprobe.experiment.states.StatesRun;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.MachineFields;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus states}: every measure on states that another program made. */
@Command(
        name = "states",
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Measure hidden states that another program made, as those of a run are measured: a folder of depth-0.npy,",
            "depth-1.npy, ... [prompts, tokens, dim], one .npy [depths, prompts, tokens, dim], or a .safetensors file with",
            "hidden_states.0, hidden_states.1, ... Prompts that are shorter end in NaN. Attention matrices, if there are any,",
            "lie in the folder attention beside the states: depth-1.npy, ... [prompts, heads, tokens, tokens] of the blocks",
            "that end at these depths (attentions.0, ... in a .safetensors file). The result is a run directory, which",
            "compare, plot and theory read. scripts/dump-hidden-states.py writes such a folder from a transformers model."
        },
        footer = {
            "",
            "Examples:",
            "  consensus states dumped/",
            "  consensus states hidden.npy --names names.json --measures effective-rank,pairwise-mean",
            "  consensus states dumped/ --save-hidden-at 0-12 --out r && consensus theory r"
        })
public final class StatesCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final PlanOptions OPTIONS = PlanOptions.only(
                    Fields.MEASURES,
                    Fields.SIMILARITY,
                    Fields.SAVE_HIDDEN_AT,
                    Fields.DTYPE,
                    Fields.CHUNK,
                    MachineFields.DEVICE,
                    MachineFields.THREADS,
                    MachineFields.MEMORY)
            .sayingDefault(Fields.MEASURES, "all that the states allow")
            .sayingDefault(Fields.DTYPE, "float64 for states in float64, else float32");

    @Parameters(paramLabel = "DIR|FILE", description = "The states.")
    private Path states;

    @Option(
            names = "--attention",
            paramLabel = "DIR|FILE",
            description =
                    "Attention matrices that lie elsewhere: a folder of depth-1.npy, ..., a .npy [blocks, prompts, heads,"
                            + " tokens, tokens] or a .safetensors file.")
    private Path attention;

    @Option(
            names = "--names",
            paramLabel = "FILE",
            description =
                    "A JSON file that says what the states are: model, prompts, ids of these, names of depths and passes, ..."
                            + " (states.json beside them).")
    private Path names;

    @Option(names = "--out", paramLabel = "DIR", description = "The run directory (a new one in results/).")
    private Path out;

    @Option(names = "--force", description = "Replace the run that --out holds.")
    private boolean force;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        try (StatesRun run = StatesRun.open(
                        states,
                        Optional.ofNullable(attention),
                        Optional.ofNullable(names),
                        OPTIONS.given(spec),
                        OPTIONS.machine(spec));
                RunDirectory directory = out != null
                        ? RunDirectory.create(out, force)
                        : RunDirectory.createDefault(
                                Path.of(""), run.plan().model().lastPart() + "-states", Instant.now())) {
            try (RunProgress progress = new RunProgress(stderr, run.route())) {
                run.into(directory, progress, Interruption::requested);
            }
            RunReader finished = RunReader.open(directory.path());
            Figure figure = Figure.of(finished, Figure.BOTH);
            figure.writePng(directory.path().resolve(RunDirectory.FIGURE_PNG));
            figure.writeSvg(directory.path().resolve(RunDirectory.FIGURE_SVG));
            HtmlReport.write(finished, directory.path().resolve(RunDirectory.REPORT));
            RunSummary.print(stdout, finished);
            List<String> missing = run.notPossible();
            stdout.printf(
                    "not taken, for want of the model%s: %s%n",
                    missing.contains("dobrushin") ? " or of attention matrices" : "",
                    String.join(", ", missing.stream().map(Shown::text).toList()));
        }
        return 0;
    }
}
