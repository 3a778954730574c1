package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.ModelOrAdapter;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.cli.terminal.TextTable;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.attribute.Attribution;
import org.consensusprobe.experiment.attribute.AttributionFiles;
import org.consensusprobe.experiment.attribute.LogitLens;
import org.consensusprobe.experiment.attribute.Parts;
import org.consensusprobe.experiment.loop.Ablation;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.LeftOut;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code consensus attribute M}: which part of the model does it? */
@Command(
        name = "attribute",
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Say which blocks, halves and heads make the curve: every block, every attention half and every feed-forward half",
            "is left out alone, the largest dimensions are clamped, token 1 is hidden from the others, and the errors at native",
            "depth and at the end are compared with those of the model as it is, with intervals over prompts. What each half and",
            "each head adds in the model as it is comes with it."
        },
        footer = {
            "",
            "Leaves attribute.csv, attribute.json, attribute.png, report.html and the run of the model as it is in model/.",
            "",
            "Examples:",
            "  consensus attribute demo-gpt2",
            "  consensus attribute demo-gpt2 --redundancy",
            "  consensus attribute demo-gpt2 --no-feed-forward --passes 5 --prompts random:16x96"
        })
public final class AttributeCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final PlanOptions OPTIONS = PlanOptions.without(
                    Fields.MODEL,
                    Fields.REVISION,
                    Fields.SAVE_HIDDEN,
                    Fields.SAVE_HIDDEN_AT,
                    Fields.SAVE_ATTENTION_AT,
                    RouteFields.UNTIL)
            .withDefault(RouteFields.PASSES, 3)
            .withDefault(Fields.PROMPTS, "random:4x64");
    private static final String MODEL = "model";

    @Mixin
    private ModelOrAdapter model;

    @Option(
            names = "--redundancy",
            description =
                    "Compare the states of all depths of the first pass too (block influence, angular distance, kernel alignment,"
                            + " linearity), name the quarter of the blocks that changes least, and read what final norm and head make of"
                            + " every depth (logit lens); keeps the states in model/hidden.")
    private boolean redundancy;

    @Option(names = "--json", description = "Print attribute.json instead of the findings.")
    private boolean json;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Where everything goes (default: a new folder in results/); a finished run of the model as it is in it is"
                            + " used again.")
    private Path out;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        Values given = model.in(OPTIONS.values(spec));
        Machine machine = OPTIONS.machine(spec);
        PrintWriter stderr = spec.commandLine().getErr();
        ModelLookup models = Terminal.models(machine, stderr);
        RunPlan asked = Attribution.recording(RunPlan.of(model.in(given, models)));
        RunPlan plan = redundancy ? keepingStates(asked, models) : asked;
        Path folder = out != null ? out : OutFolder.fresh("attribute");
        try (RecordedRun run = RecordedRun.prepare(plan, machine, models)) {
            RunReader whole = record(run, folder.resolve(MODEL));
            List<LeftOut> parts =
                    Parts.of(run.plan(), run.subject().transformer().sizes());
            Ablation ablation = run.ablation();
            Map<LeftOut, Ablation.Errors> without;
            try (Progress progress = new Progress(stderr, "blocks with a part left out", ablation.blocks(parts))) {
                without = ablation.run(parts, done -> progress.to(done, ""), Interruption::requested);
            }
            AttributionFiles files = new AttributionFiles(Attribution.of(whole, without, lens(run, whole)));
            files.write(folder);
            say(files, folder);
        } catch (Problem e) {
            throw e.exitCode() == Problem.INTERRUPTED ? withAdvice(e, folder) : e;
        }
        return 0;
    }

    private Optional<LogitLens> lens(RecordedRun run, RunReader whole) {
        if (!redundancy) {
            return Optional.empty();
        }
        List<Progress> shown = new ArrayList<>();
        try {
            return Optional.of(LogitLens.of(
                    whole,
                    run.lens(),
                    tiles -> {
                        shown.add(new Progress(spec.commandLine().getErr(), "depths through the lens", tiles));
                        return done -> shown.get(0).to(done, "");
                    },
                    Interruption::requested));
        } finally {
            shown.forEach(Progress::close);
        }
    }

    private static Problem withAdvice(Problem interruption, Path folder) {
        return Problem.interrupted(
                "%s%nTo go on: the same command with --out %s; the run of the model as it is goes on or is used again, what was"
                        + " left out begins anew.",
                interruption.getMessage(), folder);
    }

    private static RunPlan keepingStates(RunPlan asked, ModelLookup models) {
        Transformer transformer = models.find(asked).subject().transformer();
        return Attribution.keepingStates(transformer.fit(asked), transformer.layers());
    }

    private RunReader record(RecordedRun run, Path folder) {
        try (RunDirectory directory = RunDirectory.resume(folder)) {
            if (!run.isFinishedIn(directory)) {
                try (RunProgress progress = new RunProgress(
                        spec.commandLine().getErr(),
                        run.plan().route(run.subject().transformer().layers()))) {
                    run.into(directory, progress, Interruption::requested);
                }
                RunReader finished = RunReader.open(directory.path());
                Figure figure = Figure.of(finished, Figure.BOTH);
                figure.writePng(folder.resolve(RunDirectory.FIGURE_PNG));
                figure.writeSvg(folder.resolve(RunDirectory.FIGURE_SVG));
                HtmlReport.write(finished, folder.resolve(RunDirectory.REPORT));
            }
            return RunReader.open(folder);
        }
    }

    private void say(AttributionFiles files, Path folder) {
        PrintWriter stdout = spec.commandLine().getOut();
        if (json) {
            stdout.println(files.json().toPrettyString());
        } else {
            files.found().sentences().forEach(stdout::println);
            stdout.println();
            TextTable.print(stdout, files.strongest());
            stdout.println("written to " + folder);
        }
        stdout.flush();
    }
}
