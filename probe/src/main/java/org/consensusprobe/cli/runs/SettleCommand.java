package org.consensusprobe.cli.runs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.ModelOrAdapter;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.settle.Limits;
import org.consensusprobe.experiment.settle.Motion;
import org.consensusprobe.experiment.settle.Scan;
import org.consensusprobe.experiment.settle.SettleFiles;
import org.consensusprobe.experiment.settle.SettleRuns;
import org.consensusprobe.experiment.settle.Settlement;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.experiment.sweep.SweepText;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code consensus settle M}: does this loop settle, and does it collapse? */
@Command(
        name = "settle",
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Run a checkpoint, its shuffled and its random twin through many passes, and say of each whether its prompts'",
            "states settle, cycle, drift, wander or diverge from pass to pass, and whether their tokens collapse. The table",
            "is printed with the thresholds that it was told by; settle.json has every prompt, settle.png the passes."
        },
        footer = {
            "",
            "Exit codes: 0 done; 3 --fail-if holds for the checkpoint; 1 a run failed; 2 wrong input.",
            "",
            "Examples:",
            "  consensus settle demo-gpt2",
            "  consensus settle demo-gpt2 --loop 2-5 --step 1/6 --starts 4",
            "  consensus settle demo-gpt2 --scan loop --length 2,4",
            "  consensus settle path/to/checkpoint --fail-if diverges"
        })
public final class SettleCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final List<String> VERDICTS =
            List.of("settles", "cycles", "drifts", "wanders", "diverges", "collapses");
    private static final List<String> TWINS = List.of(WeightMode.SHUFFLED.optionName(), WeightMode.RANDOM.optionName());
    private static final String NONE = "none";
    private static final String LOOP = "loop";
    private static final int MOST_STARTS = 1000;
    private static final PlanOptions OPTIONS = PlanOptions.without(
                    Fields.MODEL,
                    Fields.REVISION,
                    Fields.WEIGHTS,
                    Fields.SAVE_HIDDEN,
                    Fields.SAVE_HIDDEN_AT,
                    Fields.SAVE_ATTENTION_AT,
                    Fields.PER_TOKEN,
                    Fields.MEASURES,
                    RouteFields.UNTIL)
            .withDefault(RouteFields.PASSES, 30)
            .withDefault(Fields.PROMPTS, "random:8x64");

    @Mixin
    private ModelOrAdapter model;

    @Option(
            names = "--twins",
            paramLabel = "LIST",
            split = ",",
            defaultValue = "shuffled,random",
            description = "What it is compared with: shuffled, random, or none (default: ${DEFAULT-VALUE}).")
    private List<String> twins;

    @Option(
            names = "--starts",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Start each N times more, from uniform states of seeds 1 to N at the embedding's norms: does the"
                            + " limit keep the start, and the prompt? (default: ${DEFAULT-VALUE})")
    private int starts;

    @Option(
            names = "--spectra",
            paramLabel = "K",
            defaultValue = "1",
            description = "Leading eigenvalues of the Jacobian where the first K settled prompts of each end"
                    + " (default: ${DEFAULT-VALUE}; some hundred passes of one prompt in float64 each).")
    private int spectra;

    @Option(
            names = "--scan",
            paramLabel = "loop",
            description = "Instead: every window of --length layers as the loop; a table, scan.csv and a heat map.")
    private String scan;

    @Option(
            names = "--length",
            paramLabel = "LIST",
            description = "Layers of a scan's windows, such as 6 or 2,4-6 (default: a quarter of the model's).")
    private String length;

    @Option(
            names = "--fail-if",
            paramLabel = "V",
            description =
                    "Exit with code 3 if more than half of the checkpoint's prompts do this: settles, cycles, drifts,"
                            + " wanders, diverges or collapses.")
    private String failIf;

    @Option(
            names = "--threshold",
            paramLabel = "NAME=X",
            description = "Judge by another threshold: settled (1e-6 in float64, else 1e-4), grown (10), closed (1e-3),"
                    + " open (0.1), straight (0.5), falling (0.5), collapsed (1e-4) or same (1e-3). May be repeated.")
    private Map<String, Double> thresholds = new LinkedHashMap<>();

    @Option(names = "--dry-run", description = "Print the runs and what they will cost; run nothing.")
    private boolean dryRun;

    @Option(
            names = "--write-sweep",
            paramLabel = "FILE",
            description =
                    "Write the runs as a sweep file and run nothing: 'consensus sweep FILE --out DIR' makes them, in"
                            + " parts or elsewhere if need be, and the same command with --out DIR then finds them.")
    private Path sweepFile;

    @Option(names = "--json", description = "Print settle.json instead of the table.")
    private boolean json;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Where runs and settle.json go (default: a new folder in results/); finished runs in it are used again.")
    private Path out;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stderr = spec.commandLine().getErr();
        Values given = model.in(OPTIONS.values(spec));
        requireSense(given);
        Limits limits = Limits.of(given.get(Fields.DTYPE) == DType.FLOAT64, thresholds);
        Machine machine = OPTIONS.machine(spec);
        ModelLookup models = Terminal.models(machine, stderr);
        Values values = model.in(given, models);
        // said once, and before anything is made
        Subject subject = models.find(RunPlan.of(values)).subject();
        Transformer found = subject.transformer();
        RunPlan plan = found.fit(RunPlan.of(values));
        int layers = found.layers();
        plan.route(layers);
        if (scan != null && found.isInjected()) {
            throw Problem.input(
                    "--scan loop: a %s model has one loop, its core; judge that without --scan.",
                    found.sizes().modelType());
        }
        return scan == null
                ? settle(plan, found.isInjected(), limits, machine, models)
                : scan(values, Scan.title(subject.name(), plan), layers, limits, machine, models);
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
        if (starts < 0 || starts > MOST_STARTS || spectra < 0) {
            throw Problem.input(
                    "--starts %d, --spectra %d: expected 0 to %d starts, and 0 or more spectra.",
                    starts, spectra, MOST_STARTS);
        }
        if (!TWINS.containsAll(twins) && !twins.equals(List.of(NONE))) {
            throw Problem.input(
                    "--twins %s: expected shuffled, random, both, or none.", Shown.text(String.join(",", twins)));
        }
        if (scan != null && (values.get(RouteFields.LOOP).isPresent() || starts > 0 || failIf != null)) {
            throw Problem.input(
                    "--scan loop goes without --loop, --starts and --fail-if: it makes every window the loop, and says what each does.");
        }
        if (scan == null ? length != null : !scan.equals(LOOP)) {
            throw Problem.input(
                    scan == null
                            ? "--length goes with --scan loop; --loop A-B names a single window."
                            : "--scan " + Shown.text(scan).replace("%", "%%") + ": expected loop.");
        }
    }

    private List<WeightMode> weights() {
        return Stream.of(WeightMode.TRAINED, WeightMode.SHUFFLED, WeightMode.RANDOM)
                .filter(mode -> mode == WeightMode.TRAINED || twins.contains(mode.optionName()))
                .toList();
    }

    /** Makes runs; nothing if they are only to be written down or estimated. */
    private Optional<Map<RunPlan, Outcome>> run(List<RunPlan> plans, Path folder, Machine machine, ModelLookup models) {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        Sweep sweep = new Sweep(folder, p -> RecordedRun.prepare(p, machine, models));
        if (sweepFile != null) {
            AtomicFiles.writeText(
                    sweepFile, SweepText.of("Loops of " + plans.get(0).model().name(), plans));
            stdout.println(sweepFile);
            return Optional.empty();
        }
        if (dryRun) {
            SweepPlan.print(stdout, plans, sweep, Estimating.by(machine, models, stderr));
            return Optional.empty();
        }
        Map<RunPlan, Outcome> outcomes = new LinkedHashMap<>();
        sweep.run(plans, new SweepProgress(stderr, plans.size()), Interruption::requested)
                .forEach(outcome -> outcomes.put(outcome.plan(), outcome));
        return Optional.of(outcomes);
    }

    private int settle(RunPlan plan, boolean injected, Limits limits, Machine machine, ModelLookup models) {
        List<SettleRuns> runs = weights().stream()
                .map(w -> SettleRuns.of(plan, w, starts, injected))
                .toList();
        Path folder = folder();
        List<RunPlan> plans = runs.stream().flatMap(r -> r.all().stream()).toList();
        Optional<Map<RunPlan, Outcome>> made = run(plans, folder, machine, models);
        if (made.isEmpty()) {
            return 0;
        }
        SettleFiles files = SettleFiles.of(runs, made.get(), limits, (own, twin) -> {
            SettleOutput.tellSpectra(spec.commandLine().getErr(), own, twin, spectra);
            return own.withSpectra(twin, spectra, machine, models);
        });
        files.write(folder);
        say(files::json, out -> SettleOutput.print(out, files), folder.resolve("settle.json"));
        return fails(files.twins().get(0).settlement()) ? Problem.VERDICT_FAILED : 0;
    }

    private int scan(Values said, String title, int layers, Limits limits, Machine machine, ModelLookup models) {
        List<Integer> lengths = length == null ? List.of(Math.max(1, layers / 4)) : Scan.lengths(length);
        Path folder = folder();
        Optional<Map<RunPlan, Outcome>> made =
                run(Scan.plans(said, weights(), Scan.windows(layers, lengths)), folder, machine, models);
        if (made.isEmpty()) {
            return 0;
        }
        Scan result = Scan.of(title, made.get().values(), limits);
        result.write(folder);
        say(result::json, out -> SettleOutput.print(out, result), folder);
        return result.failed().isEmpty() ? 0 : Problem.FAILED;
    }

    private void say(Supplier<ObjectNode> asJson, Consumer<PrintWriter> print, Path where) {
        PrintWriter stdout = spec.commandLine().getOut();
        if (json) {
            stdout.println(asJson.get().toPrettyString());
        } else {
            print.accept(stdout);
            stdout.println("written to " + where);
        }
        stdout.flush();
    }

    private Path folder() {
        return out != null ? out : OutFolder.fresh("settle");
    }

    private boolean fails(Settlement checkpoint) {
        Optional<String> kind = checkpoint.kind().map(Settlement::word);
        return failIf != null
                && (failIf.equals("collapses") ? checkpoint.mostCollapse() : kind.equals(Optional.of(failIf)));
    }
}
