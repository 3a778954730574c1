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
import java.util.concurrent.Callable;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.check.Condition;
import org.consensusprobe.experiment.check.Pace;
import org.consensusprobe.experiment.check.Profile;
import org.consensusprobe.experiment.check.Stability;
import org.consensusprobe.experiment.check.Verdict;
import org.consensusprobe.experiment.check.VerdictJson;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Initial;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.report.stats.Difference;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.Interval;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code consensus check M}: has this checkpoint collapsed? */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Give a verdict on a checkpoint: run it, its shuffled twin (the same weights, permuted within each tensor)",
            "and its random twin at native depth and recycled, with the error without token 1 and the similarity",
            "across prompts as controls. Collapsed at a depth: the error and the error without token 1 are both under",
            "the threshold there. Whether consensus is stable is measured from tokens 1e-6 apart (4 prompts, 3 passes, in",
            "float64). The verdict is printed and written to check.json."
        },
        footer = {
            "",
            "Exit codes: 0 done; 3 the condition of --fail-if holds; 1 a run failed; 2 wrong input.",
            "",
            "Examples:",
            "  consensus check demo-gpt2",
            "  consensus check path/to/checkpoint --fail-if \"error < 0.05 @ native\" --json > verdict.json",
            "  consensus check gpt2 --fail-if \"error < 0.1 @ native or error-without-token-1 < 0.01 @ pass:2\""
        })
public final class CheckCommand implements Callable<Integer>, PlanOptions.Taker {
    private static final List<WeightMode> TWINS = List.of(WeightMode.TRAINED, WeightMode.SHUFFLED, WeightMode.RANDOM);
    private static final PlanOptions OPTIONS = PlanOptions.without(
                    Fields.MODEL,
                    Fields.REVISION,
                    Fields.WEIGHTS,
                    Fields.INITIAL,
                    Fields.SAVE_HIDDEN,
                    Fields.SAVE_HIDDEN_AT,
                    Fields.SAVE_ATTENTION_AT,
                    Fields.MEASURES,
                    Fields.SIMILARITY)
            .withDefault(Fields.PASSES, 4)
            .withDefault(Fields.PROMPTS, "random:8x64");

    @Parameters(
            paramLabel = "M",
            description = "An alias, a hub id (org/name[@revision]), a directory or a .gguf file.")
    private String model;

    @Option(
            names = "--fail-if",
            paramLabel = "C",
            description =
                    "Exit with code 3 if this holds for the checkpoint: \"MEASURE < NUMBER @ DEPTH\" (or >), joined by"
                            + " and, or. MEASURE: error, or one of 'consensus measures' with one number a depth (mean over prompts);"
                            + " DEPTH: native (the end of pass 1), end, or pass:N (the end of pass N).")
    private String failIf;

    @Option(
            names = "--threshold",
            paramLabel = "E",
            defaultValue = "0.05",
            description = "The error under which tokens count as collapsed (default: ${DEFAULT-VALUE}).")
    private double threshold;

    @Option(names = "--json", description = "Print check.json instead of words.")
    private boolean json;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Where runs and check.json go (a new folder in results/); finished runs in it are used again.")
    private Path out;

    @Spec
    private CommandSpec spec;

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
        Optional<Condition> condition =
                Optional.ofNullable(failIf).map(c -> Condition.parse(c, values.get(Fields.PASSES)));
        Path folder = out != null ? out : OutFolder.fresh("check");
        List<RunPlan> plans = plans(values.with(Fields.MODEL, model).with(Fields.MEASURES, measures(condition)));
        Machine machine = OPTIONS.machine(spec);
        ModelLookup models = Terminal.models(machine, stderr);
        List<Outcome> outcomes = new Sweep(folder, p -> withControls(RecordedRun.prepare(p, machine, models)))
                .run(plans, new SweepProgress(stderr, plans.size()), Interruption::requested);
        for (Outcome outcome : outcomes.subList(0, TWINS.size())) {
            outcome.problem().ifPresent(problem -> {
                throw problem; // a verdict needs all three
            });
        }
        Verdict verdict = verdict(outcomes);
        ObjectNode result = VerdictJson.of(verdict, condition, runs(outcomes));
        AtomicFiles.writeText(folder.resolve("check.json"), result.toPrettyString() + "\n");
        if (json) {
            stdout.println(result.toPrettyString());
        } else {
            verdict.words().forEach(stdout::println);
            stdout.println("written to " + folder.resolve("check.json"));
        }
        boolean fails = condition.filter(c -> c.holds(verdict.trained())).isPresent();
        if (fails) {
            stderr.println("consensus: the check fails: " + condition.get().text());
        }
        stdout.flush();
        stderr.flush();
        return fails ? Problem.VERDICT_FAILED : 0;
    }

    private void requireSense(Values values) {
        if (!(threshold > 0 && threshold < 1)) {
            throw Problem.input("--threshold is %s: expected a number between 0 and 1.", threshold);
        }
        values.get(Fields.LIMIT_PROMPTS).filter(k -> k < 2).ifPresent(k -> {
            throw Problem.input("--limit-prompts is %d: the similarity across prompts needs 2.", k);
        });
    }

    private static List<String> measures(Optional<Condition> condition) {
        Set<String> names = new LinkedHashSet<>(Measures.CONTROLS);
        condition.ifPresent(c -> names.addAll(c.measures()));
        names.remove(MeasureNames.ERROR);
        return List.copyOf(names);
    }

    private static List<RunPlan> plans(Values values) {
        List<RunPlan> plans = new ArrayList<>();
        TWINS.forEach(weights -> plans.add(RunPlan.of(values.with(Fields.WEIGHTS, weights))));
        plans.add(Stability.plan(plans.get(0)));
        return plans;
    }

    private static RecordedRun withControls(RecordedRun run) {
        if (run.prompts().count() < 2 || run.prompts().shortest() < 3) {
            String found = run.prompts().describe();
            run.close();
            throw Problem.input(
                    "A check needs at least 2 prompts, of at least 3 tokens, for its controls; found %s.", found);
        }
        return run;
    }

    private Verdict verdict(List<Outcome> outcomes) {
        List<RunReader> runs =
                outcomes.subList(0, TWINS.size()).stream().map(Outcome::read).toList();
        Optional<Stability> stability = outcomes.subList(TWINS.size(), outcomes.size()).stream()
                .filter(Outcome::finished)
                .findFirst()
                .map(o -> Stability.of(o.read()));
        String name = runs.get(0).manifest().model().name();
        List<Profile> profiles = runs.stream().map(Profile::of).toList();
        return new Verdict(name, threshold, profiles.get(0), profiles.get(1), profiles.get(2), paces(runs), stability);
    }

    private static Pace.Paces paces(List<RunReader> runs) {
        List<String> weights = TWINS.stream().map(WeightMode::optionName).toList();
        Comparison comparison = Comparison.of(runs, weights);
        Map<String, Optional<Pace>> own = new LinkedHashMap<>();
        comparison
                .rows()
                .forEach(
                        row -> own.put(row.label(), row.numbers().rate().slope().map(e -> pace(e, -1))));
        Map<String, Optional<Pace>> lead = new LinkedHashMap<>();
        comparison.contrasts().forEach(contrast -> lead.put(contrast.second(), rate(contrast)));
        return new Pace.Paces(
                own, lead, comparison.rows().get(0).numbers().rate().remark());
    }

    // a contrast is the twin's slope less the checkpoint's: what the checkpoint falls by beyond its twin
    private static Optional<Pace> rate(Comparison.Contrast contrast) {
        return contrast.differences().stream()
                .filter(d -> d.quantity() == Difference.Quantity.RATE)
                .findFirst()
                .flatMap(Difference::estimate)
                .map(e -> pace(e, 1));
    }

    /** A slope of ln(error) per pass as decades that the error falls by. */
    private static Pace pace(Estimate slope, int sign) {
        double scale = sign / Math.log(10);
        double a = slope.interval().map(Interval::low).orElse(Double.NaN) * scale;
        double b = slope.interval().map(Interval::high).orElse(Double.NaN) * scale;
        return new Pace(slope.value() * scale, Math.min(a, b), Math.max(a, b));
    }

    private static Map<String, String> runs(List<Outcome> outcomes) {
        Map<String, String> runs = new LinkedHashMap<>();
        outcomes.forEach(o -> runs.put(
                o.plan().initial().kind() == Initial.Kind.CONSENSUS
                        ? "stability"
                        : o.plan().weights().mode().optionName(),
                o.directory().toString()));
        return runs;
    }
}
