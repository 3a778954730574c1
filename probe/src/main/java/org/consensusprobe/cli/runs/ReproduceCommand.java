package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.Estimator;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.experiment.sweep.SweepFile;
import org.consensusprobe.experiment.sweep.WeightSeeds;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.report.Section;
import org.consensusprobe.report.SweepFigure;
import org.consensusprobe.report.SweepReport;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus reproduce FIGURE...}: the paper's figures on language models, at full scale or scaled down. */
@Command(
        name = "reproduce",
        modelTransformer = PlanOptions.Adder.class,
        description = {
            "Make figures of the paper: 7 (trained, without feed-forward layers), 8 (trained, in full), 9 (GPT-2 XL",
            "with random weights) and 10 (GPT-Neo 2.7B with random weights); or figures of neighbouring papers: dong",
            "(the residual along depth, with and without skips and feed-forward layers), geshkovski (histograms of",
            "pairwise cosines along depth) and wu (mu along depth, by mask, with and without norms), each in one pass",
            "over all layers. --models takes any models. Finished runs are used again,",
            "interrupted ones resumed. The defaults are the paper's 100 prompts of 200 tokens, and 20 passes,",
            "which are chosen here: the paper does not say."
        },
        footer = {
            "",
            "Examples:",
            "  consensus reproduce all --models demo-gpt2,demo-gpt-neo --limit-prompts 8 --passes 5",
            "  consensus reproduce 9 --limit-prompts 10 --dry-run",
            "  consensus reproduce dong geshkovski wu --models demo-gpt2,demo-gpt-neo --limit-prompts 8"
        })
public final class ReproduceCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final PlanOptions OPTIONS =
            PlanOptions.of(List.of(Fields.LIMIT_PROMPTS, RouteFields.PASSES, Fields.DTYPE, Fields.PROMPTS));

    private static final List<String> FIGURES = List.of("7", "8", "9", "10");
    private static final List<String> NEIGHBOURS = List.of("dong", "geshkovski", "wu");
    private static final List<String> PAPER_MODELS = List.of("gpt2-xl", "gpt-neo-2.7b");
    private static final double MOST_SECONDS_UNASKED = 1800;

    @Parameters(
            arity = "1..*",
            paramLabel = "FIGURE",
            description = "7, 8, 9, 10 or all of these; dong, geshkovski, wu.")
    private List<String> figures;

    @Option(
            names = "--models",
            split = ",",
            paramLabel = "A[,B]",
            description = "Models in place of GPT-2 XL and of GPT-Neo 2.7B; one alone stands for both.")
    private List<String> models;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where runs and figures go (default: results/reproduce).")
    private Path out = Path.of("results", "reproduce");

    @Option(
            names = "--weight-seeds",
            paramLabel = "K",
            defaultValue = "1",
            description = "Draws of random and shuffled weights for each run; with 2 or more the tables have a row over"
                    + " draws, then prompts (default: ${DEFAULT-VALUE}).")
    private int weightSeeds;

    @Option(names = "--dry-run", description = "Print the plan and what it will cost; run nothing.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Start also what will take longer than half an hour.")
    private boolean yes;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        Values given = OPTIONS.given(spec);
        boolean asNoted = !given.has(RouteFields.PASSES);
        Map<String, SweepFile> sweeps = sweeps(given);
        List<RunPlan> plans = WeightSeeds.spread(
                sweeps.values().stream()
                        .flatMap(s -> s.runs().stream())
                        .distinct()
                        .toList(),
                weightSeeds);
        Machine machine = OPTIONS.machine(spec);
        ModelLookup models = Terminal.models(machine, stderr);
        Sweep sweep = new Sweep(out, plan -> RecordedRun.prepare(plan, machine, models));
        sweeps.values().forEach(s -> stdout.println(s.title()));
        sweeps.values().iterator().next().note().filter(n -> asNoted).ifPresent(stdout::println);
        Estimator estimator = Estimating.by(machine, models, stderr);
        SweepPlan cost = SweepPlan.print(stdout, plans, sweep, estimator);
        if (dryRun) {
            return 0;
        }
        requireConsent(cost);
        List<Outcome> outcomes =
                sweep.run(plans, new SweepProgress(stderr, plans.size(), estimator::learn), Interruption::requested);
        draw(stdout, stderr, sweeps, outcomes, asNoted);
        if (!SweepOutput.finished(outcomes).isEmpty()) {
            SweepOutput.writeTables(stdout, outcomes, out);
        }
        return SweepOutput.end(stderr, outcomes);
    }

    private Map<String, SweepFile> sweeps(Values replaced) {
        Map<String, SweepFile> sweeps = new LinkedHashMap<>();
        for (String figure : chosen()) {
            Path file = Home.experiments().resolve(fileName(figure) + ".json");
            sweeps.put(figure, SweepFile.read(file, replaced).withModels(standIns()));
        }
        return sweeps;
    }

    private Set<String> chosen() {
        List<String> known = new ArrayList<>(FIGURES);
        known.addAll(NEIGHBOURS);
        Set<Integer> chosen = new TreeSet<>();
        for (String figure : figures) {
            if (!figure.equals("all") && !known.contains(figure)) {
                throw Problem.input(
                        "Figure %s: expected 7, 8, 9, 10, all, dong, geshkovski or wu.%n"
                                + "Figures 1 to 6 of the paper are of its continuous dynamics, not of language models.",
                        figure);
            }
            (figure.equals("all") ? FIGURES : List.of(figure)).forEach(f -> chosen.add(known.indexOf(f)));
        }
        return chosen.stream().map(known::get).collect(java.util.stream.Collectors.toCollection(LinkedHashSet::new));
    }

    private static String fileName(String figure) {
        return NEIGHBOURS.contains(figure) ? figure : "figure-" + figure;
    }

    private Map<String, String> standIns() {
        if (models == null) {
            return Map.of();
        }
        if (models.size() > PAPER_MODELS.size() || models.stream().anyMatch(String::isBlank)) {
            throw Problem.input(
                    "--models %s: expected one model, or two: in place of GPT-2 XL and of GPT-Neo 2.7B.",
                    String.join(",", models));
        }
        Map<String, String> standIns = new HashMap<>();
        for (int i = 0; i < PAPER_MODELS.size(); i++) {
            standIns.put(
                    PAPER_MODELS.get(i),
                    models.get(Math.min(i, models.size() - 1)).strip());
        }
        return standIns;
    }

    private void requireConsent(SweepPlan plan) {
        if (plan.seconds() > MOST_SECONDS_UNASKED && !yes) {
            throw Problem.input(
                    "This will take about %s. Add --yes to start it, or scale it down with --limit-prompts, --passes or"
                            + " --models.%nIt can be interrupted: the same command takes it up again.",
                    Amounts.duration(plan.seconds()));
        }
    }

    private void draw(
            PrintWriter stdout,
            PrintWriter stderr,
            Map<String, SweepFile> sweeps,
            List<Outcome> outcomes,
            boolean asNoted) {
        List<Section> sections = new ArrayList<>();
        sweeps.forEach((figure, sweep) -> {
            List<RunReader> drawn = of(sweep.runs(), outcomes);
            if (drawn.isEmpty()) {
                stderr.println("no figure " + figure + ": none of its runs finished");
            } else {
                SweepFile.FigurePlan plan = sweep.figure().orElseThrow();
                stdout.println("figure " + figure + ": "
                        + SweepFigure.draw(sweep.title(), plan.rows(), plan.show(), drawn, out, fileName(figure)));
                sections.add(SweepReport.section(
                        sweep.title(),
                        asNoted ? sweep.note().orElse("") : "",
                        of(WeightSeeds.spread(sweep.runs(), weightSeeds), outcomes)));
            }
        });
        if (!sections.isEmpty()) {
            Path report = out.resolve(RunDirectory.REPORT);
            HtmlReport.write("Figures of the paper, made again", sections, report);
            stdout.println("report:  " + report);
        }
        stdout.flush();
    }

    private static List<RunReader> of(List<RunPlan> plans, List<Outcome> outcomes) {
        return SweepOutput.finished(
                outcomes.stream().filter(o -> plans.contains(o.plan())).toList());
    }
}
