package org.consensusprobe.cli.runs;

import org.consensusprobe.plan.RouteFields;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.settle.Motion;
import org.consensusprobe.experiment.settle.Motion.Thresholds;
import org.consensusprobe.experiment.settle.Settlement;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus settle M}: does this loop settle, and does it collapse? */
@Command(
        name = "settle",
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Run a checkpoint, its shuffled and its random twin through many passes, and say of each whether its prompts'",
            "states settle, cycle, drift, wander or diverge from pass to pass, and whether their tokens collapse. The table",
            "is printed with the thresholds that it was told by; settle.json has every prompt."
        },
        footer = {
            "",
            "Exit codes: 0 done; 3 --fail-if holds for the checkpoint; 1 a run failed; 2 wrong input.",
            "",
            "Examples:",
            "  consensus settle demo-gpt2",
            "  consensus settle demo-gpt2 --loop 2-5 --step 1/6",
            "  consensus settle path/to/checkpoint --fail-if diverges"
        })
public final class SettleCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final List<WeightMode> TWINS = List.of(WeightMode.TRAINED, WeightMode.SHUFFLED, WeightMode.RANDOM);
    private static final List<String> VERDICTS =
            List.of("settles", "cycles", "drifts", "wanders", "diverges", "collapses");
    private static final List<String> HEADINGS = List.of(
            "weights", "motion", "prompts", "step", "ratio", "angle", "tokens", "prompts", "error", "across prompts");
    private static final PlanOptions OPTIONS = PlanOptions.without(
                    Fields.MODEL,
                    Fields.REVISION,
                    Fields.WEIGHTS,
                    Fields.SAVE_HIDDEN,
                    Fields.SAVE_HIDDEN_AT,
                    Fields.SAVE_ATTENTION_AT,
                    Fields.MEASURES,
                    RouteFields.UNTIL)
            .withDefault(RouteFields.PASSES, 30)
            .withDefault(Fields.PROMPTS, "random:8x64");

    @Parameters(
            paramLabel = "M",
            description = "An alias, a hub id (org/name[@revision]), a directory or a .gguf file.")
    private String model;

    @Option(
            names = "--fail-if",
            paramLabel = "V",
            description =
                    "Exit with code 3 if more than half of the checkpoint's prompts do this: settles, cycles, drifts,"
                            + " wanders, diverges or collapses.")
    private String failIf;

    @Option(
            names = "--settled",
            paramLabel = "E",
            description = "Steps below it have settled (1e-6 in float64, 1e-4 in other dtypes).")
    private Double settled;

    @Option(
            names = "--collapsed",
            paramLabel = "E",
            defaultValue = "1e-4",
            description = "Errors below it, or within ten times the floor, have collapsed (default: ${DEFAULT-VALUE}).")
    private double collapsed;

    @Option(names = "--json", description = "Print settle.json instead of the table.")
    private boolean json;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Where runs and settle.json go (a new folder in results/); finished runs in it are used again.")
    private Path out;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        Values values = OPTIONS.values(spec);
        requireSense(values);
        List<RunPlan> plans = new ArrayList<>();
        Values named = values.with(Fields.MODEL, model).with(Fields.MEASURES, Settlement.MEASURES);
        TWINS.forEach(weights -> plans.add(RunPlan.of(named.with(Fields.WEIGHTS, weights))));
        Machine machine = OPTIONS.machine(spec);
        ModelLookup models = Terminal.models(machine, stderr);
        models.find(plans.get(0)); // said once, and before anything is made
        Path folder = out != null ? out : OutFolder.fresh("settle");
        List<Outcome> outcomes = new Sweep(folder, p -> RecordedRun.prepare(p, machine, models))
                .run(plans, new SweepProgress(stderr, plans.size()), Interruption::requested);
        outcomes.get(0).problem().ifPresent(problem -> {
            throw problem;
        });
        Thresholds thresholds = thresholds(values);
        List<Settlement> rows = outcomes.stream()
                .filter(Outcome::finished)
                .map(o -> Settlement.of(o.plan().weights().mode().optionName(), o.read(), collapsed, thresholds))
                .toList();
        ObjectNode result = json(rows, thresholds);
        AtomicFiles.writeText(folder.resolve("settle.json"), result.toPrettyString() + "\n");
        if (json) {
            stdout.println(result.toPrettyString());
        } else {
            print(stdout, rows, thresholds);
            outcomes.stream()
                    .filter(o -> !o.finished())
                    .forEach(o -> stdout.println(
                            o.plan().weights().mode().optionName() + ": no verdict, its run failed: " + o.reason()));
            stdout.println("written to " + folder.resolve("settle.json"));
        }
        stdout.flush();
        return fails(rows.get(0)) ? Problem.VERDICT_FAILED : 0;
    }

    private void requireSense(Values values) {
        if (failIf != null && !VERDICTS.contains(failIf)) {
            throw Problem.input("--fail-if %s: expected one of %s.", failIf, String.join(", ", VERDICTS));
        }
        if (values.get(RouteFields.PASSES) < Motion.FEWEST_PASSES) {
            throw Problem.input(
                    "--passes is %d: motion is judged by the last quarter of at least %d passes.",
                    values.get(RouteFields.PASSES), Motion.FEWEST_PASSES);
        }
        if (settled != null && !(settled > 0) || !(collapsed > 0)) {
            throw Problem.input("--settled and --collapsed: expected numbers above 0.");
        }
    }

    private Thresholds thresholds(Values values) {
        Thresholds usual = Thresholds.usual(values.get(Fields.DTYPE) == DType.FLOAT64);
        return settled == null ? usual : usual.withSettled(settled);
    }

    private boolean fails(Settlement checkpoint) {
        return failIf != null
                && (failIf.equals("collapses")
                        ? checkpoint.mostCollapse()
                        : checkpoint
                                .kind()
                                .map(Settlement::word)
                                .filter(failIf::equals)
                                .isPresent());
    }

    private static ObjectNode json(List<Settlement> rows, Thresholds thresholds) {
        ObjectNode result = StrictJson.mapper().createObjectNode();
        result.set("thresholds", StrictJson.mapper().valueToTree(thresholds));
        result.put("collapsed", rows.get(0).collapsed());
        ArrayNode runs = result.putArray("runs");
        rows.forEach(row -> runs.add(row.json()));
        return result;
    }

    private static void print(PrintWriter stdout, List<Settlement> rows, Thresholds t) {
        List<List<String>> cells = new ArrayList<>(List.of(HEADINGS));
        rows.forEach(row -> cells.add(row.cells()));
        int[] widths = new int[HEADINGS.size()];
        cells.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        for (List<String> row : cells) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(String.format(Locale.ROOT, "%-" + (widths[i] + 2) + "s", row.get(i)));
            }
            stdout.println(line.toString().stripTrailing());
        }
        stdout.println("prompts: how many do so, and the least share of all such prompts that fits (95 %, one-sided);");
        stdout.println(
                "step, ratio, angle: medians over prompts, of the last |d| / |x|, and of |d_k| / |d_(k-1)| and cos(d_k, d_(k-1))");
        stdout.println(
                "in the last quarter of passes; error: median at the end; across prompts: near 1, the limit forgets the prompt.");
        stdout.printf(
                Locale.ROOT,
                "settles: step < %.0e, ratio < 1; cycles: returns within %.0e and %.1f of smaller lags; drifts: angle > %.1f;%n"
                        + "diverges: grows %.0fx over the last half; wanders: else, and where what drifts or diverges has steps that%n"
                        + "fall below %.1f of the quarter before; mixed: no kind has more than half of the prompts;%n"
                        + "collapses: error < %.0e or within ten floors.%n",
                t.settled(),
                t.closed(),
                t.open(),
                t.straight(),
                t.grown(),
                t.falling(),
                rows.get(0).collapsed());
    }
}
