package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Home;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.experiment.sweep.SweepFile;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.report.SweepFigure;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code consensus demo}: the whole grid of the main experiment on the two bundled checkpoints. */
@Command(
        name = "demo",
        description = {
            "Run the grid on the two bundled checkpoints, without a network: trained, shuffled, random and",
            "random-each-pass weights, with and without feed-forward layers, on natural and on random prompts.",
            "It is the sweep of experiments/demo.json."
        })
public final class DemoCommand extends ConsoleCommand {
    private static final long MEMORY = 1L << 30;
    private static final double TENTH = 0.1;
    private static final double HUNDREDTH = 0.01;
    private static final List<String> COLUMNS = List.of(
            "model",
            "prompts",
            "weights",
            "feed_forward",
            "error_depth_0",
            "error_native",
            "error_end",
            "layers_to_0.1",
            "layers_to_0.01");
    private static final String LINE = "%-13s %-8s %-17s %-12s %8s %8s %8s %9s %9s";

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where runs and figure go (default: a new folder in results/).")
    private Path out;

    @Option(names = "--force", description = "Replace the demo that --out holds.")
    private boolean force;

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        Path folder = out != null ? out : OutFolder.fresh("demo");
        OutFolder.prepare(folder, force, List.of());
        SweepFile sweep = SweepFile.read(Home.experiments().resolve("demo.json"));
        Machine machine = Machine.CPU.withMemory(MEMORY);
        ModelLookup models = Terminal.models(true, spec.commandLine().getErr());
        stdout.println(String.format(
                Locale.ROOT,
                LINE,
                "model",
                "prompts",
                "weights",
                "feed-forward",
                "depth 0",
                "native",
                "end",
                "to 0.1",
                "to 0.01"));
        StringBuilder csv = new StringBuilder(String.join(",", COLUMNS)).append('\n');
        List<RunReader> runs = new ArrayList<>();
        new Sweep(folder, plan -> RecordedRun.prepare(plan, machine, models))
                .goingOnWith("--force")
                .run(sweep.runs(), new Listener(stdout, csv, runs), Interruption::requested);
        AtomicFiles.writeText(folder.resolve("demo.csv"), csv.toString());
        SweepFile.FigurePlan figure = sweep.figure().orElseThrow();
        Path png = SweepFigure.draw(sweep.title(), figure.rows(), figure.show(), runs, folder, "demo");
        stdout.println();
        stdout.println(
                "error: eq. 25, mean over prompts; solid lines in the figure: with feed-forward, dashed: without");
        stdout.println("figure: " + png);
        stdout.println("table:  " + folder.resolve("demo.csv"));
        return 0;
    }

    /** Prints and keeps a line as each run ends. */
    private final class Listener implements Sweep.Listener {
        private final PrintWriter stdout;
        private final StringBuilder csv;
        private final List<RunReader> runs;
        private String heading = "";

        Listener(PrintWriter stdout, StringBuilder csv, List<RunReader> runs) {
            this.stdout = stdout;
            this.csv = csv;
            this.runs = runs;
        }

        @Override
        public RunListener onStart(int index, RunPlan plan) {
            String next = plan.model().name() + ", " + prompts(plan) + " prompts";
            if (!next.equals(heading)) {
                heading = next;
                spec.commandLine().getErr().println("running " + heading + " ...");
            }
            return new RunListener() {};
        }

        @Override
        public void onEnd(int index, Outcome outcome) {
            outcome.problem().ifPresent(problem -> {
                throw problem;
            });
            RunReader run = outcome.read();
            runs.add(run);
            RunPlan plan = outcome.plan();
            double[] mean = run.curve().mean();
            double atNative = mean[run.route().nativeDepth()];
            double end = mean[mean.length - 1];
            String weights = plan.weights().mode().optionName();
            stdout.println(String.format(
                    Locale.ROOT,
                    LINE,
                    plan.model().name(),
                    prompts(plan),
                    weights,
                    plan.feedForward() ? "yes" : "no",
                    String.format(Locale.ROOT, "%.3f", mean[0]),
                    String.format(Locale.ROOT, "%.2g", atNative),
                    String.format(Locale.ROOT, "%.2g", end),
                    text(blocksTo(mean, TENTH), "-"),
                    text(blocksTo(mean, HUNDREDTH), "-")));
            stdout.flush();
            csv.append(String.join(
                            ",",
                            plan.model().name(),
                            prompts(plan),
                            weights,
                            Boolean.toString(plan.feedForward()),
                            Double.toString(mean[0]),
                            Double.toString(atNative),
                            Double.toString(end),
                            text(blocksTo(mean, TENTH), ""),
                            text(blocksTo(mean, HUNDREDTH), "")))
                    .append('\n');
        }
    }

    private static String prompts(RunPlan plan) {
        return plan.prompts().form().startsWith("random:") ? "random" : "natural";
    }

    /** The first depth at which the mean is at or below the bound. */
    private static OptionalInt blocksTo(double[] mean, double bound) {
        return IntStream.range(0, mean.length)
                .filter(depth -> mean[depth] <= bound)
                .findFirst();
    }

    private static String text(OptionalInt depth, String none) {
        return depth.isPresent() ? Integer.toString(depth.getAsInt()) : none;
    }
}
