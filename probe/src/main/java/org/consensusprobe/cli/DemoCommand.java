package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Home;
import org.consensusprobe.experiment.ExperimentPlan;
import org.consensusprobe.experiment.RecordedRun;
import org.consensusprobe.experiment.RunListener;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.prompts.PromptContext;
import org.consensusprobe.prompts.PromptReader;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.report.CurveSeries;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.FigureRow;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.torch.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code consensus demo}: the whole grid of the main experiment on the two bundled checkpoints. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Run the grid on the two bundled checkpoints, without a network: trained, shuffled, random and",
            "random-each-pass weights, with and without feed-forward layers, on natural and on random prompts."
        })
final class DemoCommand implements Callable<Integer> {
    private static final List<String> MODELS = List.of("demo-gpt2", "demo-gpt-neo");
    private static final int PASSES = 12;
    private static final int PROMPTS = 4;
    private static final String RANDOM_PROMPTS = "random:" + PROMPTS + "x96";
    private static final long SEED = 42;

    @Option(names = "--out", paramLabel = "DIR", description = "Where runs and figure go (a new folder in results/).")
    private Path out;

    @Option(names = "--force", description = "Replace the demo that --out holds.")
    private boolean force;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        Path folder = out != null ? out : DemoFolder.fresh(Instant.now());
        DemoFolder.prepare(folder, force);
        stdout.println(DemoTable.HEADER);
        StringBuilder csv = new StringBuilder(DemoTable.CSV_HEADER);
        List<FigureRow> rows = new ArrayList<>();
        for (String model : MODELS) {
            for (boolean natural : new boolean[] {true, false}) {
                String heading = model + ", " + (natural ? "natural prompts" : "random prompts");
                stderr.println("running " + heading + " ...");
                stderr.flush();
                rows.add(new FigureRow(heading, row(model, natural, folder, stdout, csv)));
            }
        }
        AtomicFiles.writeText(folder.resolve("demo.csv"), csv.toString());
        Figure figure = new Figure(
                List.of("Drift to consensus in two small transformers", "float32", PASSES + " passes of 8 blocks"),
                rows,
                Figure.BOTH);
        figure.writePng(folder.resolve("demo.png"));
        figure.writeSvg(folder.resolve("demo.svg"));
        stdout.println();
        stdout.println(
                "error: eq. 25, mean over prompts; solid lines in the figure: with feed-forward, dashed: without");
        stdout.println("figure: " + folder.resolve("demo.png"));
        stdout.println("table:  " + folder.resolve("demo.csv"));
        stdout.flush();
        return 0;
    }

    private List<CurveSeries> row(String model, boolean natural, Path folder, PrintWriter stdout, StringBuilder csv) {
        List<CurveSeries> curves = new ArrayList<>();
        for (WeightMode weights : WeightMode.values()) {
            for (boolean feedForward : new boolean[] {true, false}) {
                RunReader run = run(model, natural, weights, feedForward, folder);
                Curve curve = run.curve();
                stdout.println(DemoTable.line(model, natural, weights, feedForward, curve));
                stdout.flush();
                csv.append(DemoTable.csvLine(model, natural, weights, feedForward, curve));
                curves.add(CurveSeries.of(run)
                        .labelled(weights.optionName() + (feedForward ? "" : ", no feed-forward"), weights.optionName())
                        .withBand(false));
            }
        }
        return curves;
    }

    private static RunReader run(String model, boolean natural, WeightMode weights, boolean feedForward, Path folder) {
        ModelLookup.Found found =
                ModelLookup.online(true, new PrintWriter(System.err)).find(model, weights);
        ExperimentPlan plan = new ExperimentPlan(
                weights,
                feedForward,
                PASSES,
                DType.FLOAT32,
                "cpu",
                SEED,
                OptionalInt.empty(),
                0,
                OptionalLong.of(1L << 30),
                false);
        String name = String.join(
                "-",
                model,
                natural ? "natural" : "random-prompts",
                weights.optionName() + (feedForward ? "" : "-no-feed-forward"));
        try (RecordedRun run = RecordedRun.prepare(
                        found.subject(), plan, prompts(found, natural), found.hubId(), found.revision());
                RunDirectory directory =
                        RunDirectory.create(folder.resolve("runs").resolve(name), true)) {
            run.into(directory, new RunListener() {}, Interruption::requested);
            return RunReader.open(directory.path());
        }
    }

    private static PromptSet prompts(ModelLookup.Found found, boolean natural) {
        int vocabulary = found.subject().transformer().sizes().vocabulary();
        int context = found.subject().transformer().sizes().context();
        return PromptReader.read(
                natural ? Home.prompts().resolve("natural.txt").toString() : RANDOM_PROMPTS,
                new PromptContext(
                        vocabulary,
                        context,
                        found.subject().name(),
                        natural ? found.tokenizer().get() : Optional.empty(),
                        false,
                        OptionalInt.of(PROMPTS)));
    }

    /** The demo's lines, on screen and in its CSV. */
    private static final class DemoTable {
        private static final double TENTH = 0.1;
        private static final double HUNDREDTH = 0.01;

        static final String HEADER = String.format(
                Locale.ROOT,
                "%-13s %-8s %-17s %-12s %8s %8s %8s %9s %9s",
                "model",
                "prompts",
                "weights",
                "feed-forward",
                "depth 0",
                "native",
                "end",
                "to 0.1",
                "to 0.01");
        static final String CSV_HEADER =
                "model,prompts,weights,feed_forward,error_depth_0,error_native,error_end,layers_to_0.1,layers_to_0.01\n";

        private DemoTable() {}

        static String line(String model, boolean natural, WeightMode weights, boolean feedForward, Curve curve) {
            double[] mean = curve.mean();
            return String.format(
                    Locale.ROOT,
                    "%-13s %-8s %-17s %-12s %8.3f %8.2g %8.2g %9s %9s",
                    model,
                    natural ? "natural" : "random",
                    weights.optionName(),
                    feedForward ? "yes" : "no",
                    mean[0],
                    mean[curve.layers()],
                    mean[mean.length - 1],
                    orDash(layersTo(mean, TENTH)),
                    orDash(layersTo(mean, HUNDREDTH)));
        }

        static String csvLine(String model, boolean natural, WeightMode weights, boolean feedForward, Curve curve) {
            double[] mean = curve.mean();
            return String.join(
                            ",",
                            model,
                            natural ? "natural" : "random",
                            weights.optionName(),
                            Boolean.toString(feedForward),
                            Double.toString(mean[0]),
                            Double.toString(mean[curve.layers()]),
                            Double.toString(mean[mean.length - 1]),
                            orEmpty(layersTo(mean, TENTH)),
                            orEmpty(layersTo(mean, HUNDREDTH)))
                    + "\n";
        }

        /** The first depth at which the mean is at or below the bound. */
        private static OptionalInt layersTo(double[] mean, double bound) {
            for (int depth = 0; depth < mean.length; depth++) {
                if (mean[depth] <= bound) {
                    return OptionalInt.of(depth);
                }
            }
            return OptionalInt.empty();
        }

        private static String orDash(OptionalInt depth) {
            return depth.isPresent() ? Integer.toString(depth.getAsInt()) : "-";
        }

        private static String orEmpty(OptionalInt depth) {
            return depth.isPresent() ? Integer.toString(depth.getAsInt()) : "";
        }
    }
}
