package org.consensusprobe.cli.runs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.ModelOrAdapter;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.check.Condition;
import org.consensusprobe.experiment.check.Control;
import org.consensusprobe.experiment.check.Evidence;
import org.consensusprobe.experiment.check.Stability;
import org.consensusprobe.experiment.check.Stages;
import org.consensusprobe.experiment.check.Verdict;
import org.consensusprobe.experiment.check.VerdictJson;
import org.consensusprobe.experiment.loop.MemoryPlan;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Shuffle;
import org.consensusprobe.plan.Values;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code consensus check M}: has this checkpoint collapsed, when, and what makes it? */
@Command(
        name = "check",
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Give a verdict on a checkpoint: run it at native depth and recycled, beside its controls: the same weights",
            "without attention, shuffled (the same weights, permuted within each tensor) and random. Passes are made in",
            "stages, 4 first, then twice as many, until what is said of recycling no longer hangs on them. Prompts are natural",
            "text and random ids. Whether consensus is stable is measured from tokens 1e-6 apart (4 prompts, 3 passes, in",
            "float64). The verdict and its table are printed and written to check.json; docs/check.md says how to read them."
        },
        footer = {
            "",
            "Exit codes: 0 done; 3 the condition of --fail-if holds; 1 a run failed; 2 wrong input.",
            "",
            "Examples:",
            "  consensus check demo-gpt2",
            "  consensus check path/to/checkpoint --fail-if \"error < 0.05 @ native\" --json > verdict.json",
            "  consensus check gpt2 --fail-if \"error < 0.1 @ native and attention-share > 0.5 @ native\""
        })
public final class CheckCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final PlanOptions OPTIONS = PlanOptions.without(
                    Fields.MODEL,
                    Fields.REVISION,
                    Fields.WEIGHTS,
                    IngredientFields.ATTENTION_SCALE,
                    RouteFields.UNTIL, // stages end by what is said of them
                    Fields.INITIAL,
                    Fields.SAVE_HIDDEN,
                    Fields.SAVE_HIDDEN_AT,
                    Fields.SAVE_ATTENTION_AT,
                    Fields.PER_TOKEN,
                    Fields.MEASURES,
                    Fields.SIMILARITY)
            .sayingDefault(Fields.PROMPTS, "4 of prompts/natural.txt, then 4 of 64 random ids")
            .withDefault(RouteFields.PASSES, 16)
            .withDefault(Fields.SHUFFLE, Shuffle.MATRICES);

    @Mixin
    private ModelOrAdapter model;

    @Option(
            names = "--fail-if",
            paramLabel = "C",
            description =
                    "Exit with code 3 if this holds for the checkpoint on any kind of prompts: \"QUANTITY < NUMBER @ DEPTH\" (or >),"
                            + " joined by and, or. QUANTITY: error, or one of 'consensus measures' with one number a depth (mean over"
                            + " prompts); error-median, error-smallest (over the pass's blocks), decades-per-pass (passes 2 to DEPTH),"
                            + " attention-share, common-share (of the fall since the embedding). DEPTH: native (the end of pass 1), end,"
                            + " or pass:N (the end of pass N).")
    private String failIf;

    @Option(
            names = "--threshold",
            paramLabel = "E",
            defaultValue = "0.05",
            description = "The error under which tokens count as collapsed (default: ${DEFAULT-VALUE}).")
    private double threshold;

    @Option(
            names = "--without",
            paramLabel = "CONTROL",
            split = ",",
            description = "Leave out a control: without-attention, shuffled or random.")
    private List<String> without = List.of();

    @Option(
            names = "--weight-seeds",
            paramLabel = "K",
            defaultValue = "3",
            description =
                    "Draws of each drawn control (default: ${DEFAULT-VALUE}); with 1 nothing can be told from it.")
    private int weightSeeds;

    @Option(names = "--json", description = "Print check.json instead of words.")
    private boolean json;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Where runs and check.json go (default: a new folder in results/); finished runs in it are used again.")
    private Path out;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        Values given = model.in(OPTIONS.values(spec));
        Optional<Condition> condition =
                Optional.ofNullable(failIf).map(c -> Condition.parse(c, given.get(RouteFields.PASSES)));
        List<Control> controls = requireSense(given, condition);
        Machine machine = OPTIONS.machine(spec).withMemory(MemoryPlan.halfOfMachine());
        ModelLookup models = Terminal.models(machine, stderr);
        Values said = model.in(given, models);
        ModelLookup.Found found = models.find(RunPlan.of(said));
        RunPlan fitted = found.subject().transformer().fit(RunPlan.of(said));
        Values values = said.with(RouteFields.LOOP, fitted.passes().loop());
        CheckPrompts prompts = CheckPrompts.of(found, values);
        Stages.Design design = new Stages.Design(
                CheckPrompts.limited(values).with(Fields.MEASURES, measures(condition)),
                controls,
                weightSeeds,
                values.get(RouteFields.PASSES),
                condition.map(Condition::passes).orElse(1),
                threshold);
        CheckRuns runs = new CheckRuns(
                design, machine, models, !found.subject().transformer().isInjected(), stderr);
        runs.lookAt(prompts.kinds());

        Path folder = out != null ? out : OutFolder.fresh("check");
        Sweep sweep = new Sweep(folder, p -> RecordedRun.prepare(p, machine, models));
        List<Evidence> evidence = new ArrayList<>();
        Map<String, Map<String, List<String>>> folders = new LinkedHashMap<>();
        Stages stages = new Stages(sweep, design, runs, Interruption::requested);
        for (Evidence.Prompts kind : prompts.kinds()) {
            Stages.Result result = stages.run(kind);
            evidence.add(result.evidence());
            folders.put(kind.name(), result.folders());
        }
        Optional<Stability> stability = runs.stability(sweep, prompts.kinds().get(0), folders);
        boolean encoder = !found.subject().transformer().causal();
        Verdict verdict = new Verdict(found.subject().name(), encoder, evidence, prompts.remarks(), stability);
        ObjectNode result = VerdictJson.of(verdict, condition, folders);
        AtomicFiles.writeText(folder.resolve("check.json"), result.toPrettyString() + "\n");
        print(stdout, verdict, result, folder);
        boolean fails =
                condition.filter(c -> evidence.stream().anyMatch(c::holds)).isPresent();
        if (fails) {
            stderr.println("consensus: the check fails: " + condition.get().text());
        }
        return fails ? Problem.VERDICT_FAILED : 0;
    }

    private void print(PrintWriter stdout, Verdict verdict, ObjectNode result, Path folder) {
        if (json) {
            stdout.println(result.toPrettyString());
            return;
        }
        verdict.words().forEach(stdout::println);
        stdout.println();
        verdict.tables().forEach(stdout::println);
        stdout.println("written to " + folder.resolve("check.json"));
    }

    private List<Control> requireSense(Values values, Optional<Condition> condition) {
        if (!(threshold > 0 && threshold < 1)) {
            throw Problem.input("--threshold is %s: expected a number between 0 and 1.", threshold);
        }
        values.get(Fields.LIMIT_PROMPTS).filter(k -> k < 2).ifPresent(k -> {
            throw Problem.input("--limit-prompts is %d: intervals and the similarity across prompts need 2.", k);
        });
        List<Control> controls = Control.without(without);
        if (condition.filter(Condition::needsAttentionShare).isPresent()
                && !controls.contains(Control.WITHOUT_ATTENTION)) {
            throw Problem.input("--fail-if names attention-share, which needs the control that --without leaves out.");
        }
        return controls;
    }

    private static List<String> measures(Optional<Condition> condition) {
        Set<String> names = new LinkedHashSet<>(Evidence.MEASURES);
        condition.ifPresent(c -> names.addAll(c.measures()));
        return List.copyOf(names);
    }
}
