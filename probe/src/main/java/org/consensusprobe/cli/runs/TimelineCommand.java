package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.ModelOrAdapter;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.cli.terminal.ByteBar;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.KnownRuns;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.WeightSeeds;
import org.consensusprobe.hub.HubSettings;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.TrainingStep;
import org.consensusprobe.lookup.TrainingSteps;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.report.Timeline;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus timeline M}: the same checkpoint over training steps. */
@Command(
        name = "timeline",
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Measure every checkpoint of a training: branches and tags of a model on the hub (--revisions 'step*'), or the",
            "checkpoint-* folders that Hugging Face's Trainer leaves. Writes timeline.csv, timeline.png, timeline.svg and",
            "report.html: error at native depth and after recycling, its rate, effective rank, entropies of attention and of",
            "the output, against the step on a logarithmic axis. Finished runs are used again."
        },
        footer = {
            "",
            "Examples:",
            "  consensus timeline trainer-output/",
            "  consensus timeline EleutherAI/pythia-70m --revisions @step1000..step143000 --keep-last 1 --prompts random:8x64",
            "  consensus timeline trainer-output/ --twins shuffled --weight-seeds 3 --out t"
        })
public final class TimelineCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final PlanOptions OPTIONS = PlanOptions.without(
                    Fields.MODEL,
                    Fields.REVISION,
                    Fields.WEIGHTS,
                    RouteFields.UNTIL,
                    Fields.SAVE_HIDDEN,
                    Fields.SAVE_HIDDEN_AT,
                    Fields.SAVE_ATTENTION_AT,
                    Fields.PER_TOKEN,
                    Fields.MEASURES)
            .withDefault(Fields.PROMPTS, "random:8x64")
            .withDefault(RouteFields.PASSES, 4);

    @Parameters(
            arity = "0..1",
            paramLabel = "M",
            description = "A hub id or an alias, or the folder in which checkpoints lie"
                    + " (default: the model that --adapter names).")
    private String model;

    @Option(
            names = "--revisions",
            paramLabel = "PATTERN",
            description =
                    "Which branches and tags, or which folders: a pattern with *, or a range such as @step1000..step143000;"
                            + " the first number in what it leaves open is the step (checkpoint-* for folders).")
    private String revisions;

    @Option(
            names = "--twins",
            paramLabel = "W",
            split = ",",
            description = "Beside the trained weights of each step: shuffled, random (none).")
    private List<String> twins = List.of();

    @Option(
            names = "--weight-seeds",
            paramLabel = "K",
            defaultValue = "1",
            description = "Draws of each twin (default: ${DEFAULT-VALUE}).")
    private int weightSeeds;

    @Option(
            names = "--keep-last",
            paramLabel = "K",
            description =
                    "Keep the weights of K steps in the cache; those of earlier ones that this command itself fetched are"
                            + " removed (all are kept).")
    private Integer keepLast;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Where runs, table and figure go (a new folder in results/); finished runs in it are used again.")
    private Path out;

    private final Map<String, String> environment;

    public TimelineCommand() {
        this(System.getenv());
    }

    TimelineCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        requireSense();
        Values said = ModelOrAdapter.in(OPTIONS.values(spec), model, spec).with(Fields.MEASURES, Timeline.MEASURES);
        Machine machine = OPTIONS.machine(spec);
        ModelLookup models =
                ModelLookup.online(HubSettings.from(environment), machine.offline(), bars -> new ByteBar(stderr, bars));
        Values values = ModelOrAdapter.named(said, models);
        TrainingSteps steps = models.steps(values.get(Fields.MODEL), Optional.ofNullable(revisions));
        if (!steps.leftOut().isEmpty()) {
            stderr.println("left out, for want of a number: " + String.join(", ", steps.leftOut()));
        }
        List<TrainingStep> stepOfPlan = new ArrayList<>();
        List<RunPlan> plans = new ArrayList<>();
        for (TrainingStep step : steps.steps()) {
            for (RunPlan plan : plans(step.of(RunPlan.of(values)), values)) {
                plans.add(plan);
                stepOfPlan.add(step);
            }
        }
        Path folder = out != null ? out : OutFolder.fresh("timeline");
        Sweep sweep = new Sweep(
                folder, plan -> RecordedRun.prepare(plan, machine, models), new KnownRuns(steps.steps())::isKnown);
        List<Sweep.Outcome> outcomes = sweep.run(
                plans,
                new Steps(new SweepProgress(stderr, plans.size()), stepOfPlan, models, stderr),
                Interruption::requested);
        List<Timeline.Entry> entries = new ArrayList<>();
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).finished()) {
                TrainingStep step = stepOfPlan.get(i);
                entries.add(new Timeline.Entry(
                        step.number(), step.name(), outcomes.get(i).read()));
            }
        }
        if (!entries.isEmpty()) {
            new Timeline(RunPlan.of(values).model().lastPart(), entries).write(folder);
            stdout.printf(
                    "%d checkpoints, steps %d to %d%n",
                    steps.steps().size(),
                    steps.steps().get(0).number(),
                    steps.steps().get(steps.steps().size() - 1).number());
            for (String name : List.of("timeline.csv", "timeline.png", "report.html")) {
                stdout.println("written to " + folder.resolve(name));
            }
        }
        return SweepOutput.end(stderr, outcomes);
    }

    private List<RunPlan> plans(RunPlan trained, Values asked) {
        List<RunPlan> all = new ArrayList<>(List.of(trained));
        for (String twin : twins) {
            all.add(trained.drawn(Fields.WEIGHTS.parse(twin), asked));
        }
        return WeightSeeds.spread(all, weightSeeds);
    }

    private void requireSense() {
        for (String twin : twins) {
            WeightMode mode = Fields.WEIGHTS.parse(twin);
            if (mode != WeightMode.SHUFFLED && mode != WeightMode.RANDOM) {
                throw Problem.input("--twins %s: expected shuffled, random or both.", twin);
            }
        }
        if (keepLast != null && keepLast < 1) {
            throw Problem.input("--keep-last is %d: expected 1 or more.", keepLast);
        }
    }

    /** Shows how runs go, and removes what was fetched of the steps that are done with. */
    private final class Steps implements Sweep.Listener {
        private final Sweep.Listener shown;
        private final List<TrainingStep> stepOfPlan;
        private final ModelLookup models;
        private final PrintWriter err;
        private final Deque<TrainingStep> kept = new ArrayDeque<>();

        Steps(Sweep.Listener shown, List<TrainingStep> stepOfPlan, ModelLookup models, PrintWriter err) {
            this.shown = shown;
            this.stepOfPlan = stepOfPlan;
            this.models = models;
            this.err = err;
        }

        @Override
        public RunListener onStart(int index, RunPlan plan) {
            return shown.onStart(index, plan);
        }

        @Override
        public void onEnd(int index, Sweep.Outcome outcome) {
            shown.onEnd(index, outcome);
            TrainingStep step = stepOfPlan.get(index);
            boolean last =
                    index == stepOfPlan.size() - 1 || !stepOfPlan.get(index + 1).equals(step);
            if (keepLast == null || !last) {
                return;
            }
            kept.addLast(step);
            while (kept.size() > keepLast) {
                TrainingStep done = kept.removeFirst();
                long bytes = models.drop(done);
                if (bytes > 0) {
                    err.printf("removed the weights of %s from the cache (%s)%n", done.name(), Amounts.size(bytes));
                }
            }
        }
    }
}
