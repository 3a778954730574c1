package org.consensusprobe.cli.theory;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.report.SimulationReport;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.SimulationDirectory;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.ode.DormandPrince;
import org.consensusprobe.theory.ode.Integrator;
import org.consensusprobe.theory.ode.RungeKutta4;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all simulations take, and what is done with their result. */
final class SimulationOptions {
    private static final int MOST_SAMPLES = 100_000;
    private static final int MOST_TOKENS = 4096;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "42",
            description = "Of all draws (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--integrator",
            paramLabel = "I",
            defaultValue = "dormand-prince",
            description = "dormand-prince (adaptive, order 5) or rk4 (fixed step) (default: ${DEFAULT-VALUE}).")
    private String integrator;

    @Option(
            names = "--tolerance",
            paramLabel = "E",
            defaultValue = "1e-9",
            description = "The estimated error of a step of dormand-prince, root mean square over coordinates"
                    + " (default: ${DEFAULT-VALUE}).")
    private double tolerance;

    @Option(
            names = "--step",
            paramLabel = "H",
            description = "The step of rk4 (default: 0.02); the longest step of dormand-prince (default: 0.2).")
    private Double step;

    @Option(
            names = "--time",
            paramLabel = "T",
            description = "The end of the simulation (default: each system has its own).")
    private Double time;

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "400",
            description = "How many stretches of time are recorded (default: ${DEFAULT-VALUE}).")
    private int samples;

    @Option(
            names = "--initial",
            paramLabel = "FILE.npy",
            description = "Tokens to start from, [tokens, dim], in place of random ones; of [prompts, tokens, dim] (as"
                    + " hidden.npy) the first prompt. They are normalised.")
    private Path initial;

    @Option(
            names = "--matrices",
            paramLabel = "M:LAYER[:HEAD]",
            description =
                    "A checkpoint's own Q, K and V in place of random ones; layers and heads count from 0, without"
                            + " a head all of the layer take part.")
    private String matrices;

    @Option(names = "--offline", description = "Make no request for --matrices.")
    private boolean offline;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The directory of the simulation (default: a new one in results/).")
    private Path out;

    @Option(names = "--force", description = "Replace what --out holds.")
    private boolean force;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Runs the simulation, writes its directory and prints what was found. */
    @SuppressWarnings("try") // the bar ends before results are printed
    int run(Simulation simulation) {
        Instant started = Instant.now();
        long clock = System.nanoTime();
        try (Progress progress = new Progress(spec.commandLine().getErr(), simulation.name(), 1)) {
            Setting setting = setting(progress);
            if (out != null && !force) {
                RunDirectory.requireFree(out); // said before anything is computed, and nothing is made yet
            }
            SimulationResult result = simulation.run(setting);
            double seconds = (System.nanoTime() - clock) * 1e-9;
            progress.close(); // before results are printed
            try (RunDirectory directory = directory(simulation, started)) {
                write(result, directory.path(), started, seconds);
                print(result, directory.path(), seconds);
            }
        }
        return 0;
    }

    private RunDirectory directory(Simulation simulation, Instant now) {
        return out != null
                ? RunDirectory.create(out, force)
                : RunDirectory.createDefault(Path.of(""), "simulate-" + simulation.name(), now);
    }

    private Setting setting(Progress progress) {
        requireIn("--samples", samples, 10, MOST_SAMPLES);
        if (seed < 0) {
            throw Problem.input("--seed is %d: expected 0 or more.", seed);
        }
        return new Setting(
                seed,
                integrator(),
                time == null ? OptionalDouble.empty() : OptionalDouble.of(positive("--time", time)),
                samples,
                Optional.ofNullable(initial).map(SimulationOptions::cloud),
                Optional.ofNullable(matrices)
                        .map(m -> MatricesOfLayer.read(
                                m, offline, spec.commandLine().getErr())),
                Interruption::requested,
                progress::step);
    }

    private Integrator integrator() {
        return switch (integrator.toLowerCase(Locale.ROOT)) {
            case "dormand-prince" -> new DormandPrince(
                    positive("--tolerance", tolerance), step == null ? 0.2 : positive("--step", step));
            case "rk4" -> new RungeKutta4(step == null ? 0.02 : positive("--step", step));
            default -> throw Problem.input("--integrator %s: expected dormand-prince or rk4.", Shown.text(integrator));
        };
    }

    /** Tokens by rows. */
    private static double[][] cloud(Path file) {
        NpyArray array = Npy.read(file);
        int axes = array.shape().size();
        if (axes != 2 && axes != 3 || array.shape().contains(0)) {
            throw Problem.input(
                    "--initial %s: expected [tokens, dim] or [prompts, tokens, dim], found %s.", file, array.shape());
        }
        int tokens = array.shape().get(axes - 2);
        int dim = array.shape().get(axes - 1);
        // a shorter prompt of hidden.npy ends in rows of NaN
        while (tokens > 0 && Double.isNaN(array.values()[(tokens - 1) * dim])) {
            tokens--;
        }
        if (tokens < 1 || tokens > MOST_TOKENS || dim < 2) {
            throw Problem.input(
                    "--initial %s: expected 1 to %d tokens of 2 or more numbers, found %d of %d.",
                    file, MOST_TOKENS, tokens, dim);
        }
        double[][] rows = new double[tokens][];
        for (int i = 0; i < tokens; i++) {
            rows[i] = Arrays.copyOfRange(array.values(), i * dim, (i + 1) * dim);
            double length = Arrays.stream(rows[i]).map(v -> v * v).sum();
            if (!(length > 0) || Double.isInfinite(length)) {
                throw Problem.input("--initial %s: token %d is zero, NaN or infinite; it has no direction.", file, i);
            }
        }
        return rows;
    }

    private void write(SimulationResult result, Path directory, Instant started, double seconds) {
        String version = Build.version();
        ChartSheet figure = new ChartSheet(result.title(), result.charts(), result.columns());
        figure.writePng(directory.resolve(RunDirectory.FIGURE_PNG));
        figure.writeSvg(directory.resolve(RunDirectory.FIGURE_SVG));
        SimulationReport.write(result, version, command(), directory.resolve(RunDirectory.REPORT));
        SimulationDirectory.write(directory, result, version, command(), started, seconds);
    }

    /** The command line without the place of its output, which says nothing about the numbers. */
    private String command() {
        List<String> words = new ArrayList<>(
                spec.commandLine().getParseResult() == null
                        ? List.of()
                        : spec.root().commandLine().getParseResult().originalArgs());
        int at = words.indexOf("--out");
        if (at >= 0 && at + 1 < words.size()) {
            words.subList(at, at + 2).clear();
        }
        words.remove("--force");
        return "consensus " + String.join(" ", words);
    }

    private void print(SimulationResult result, Path directory, double seconds) {
        PrintWriter stdout = spec.commandLine().getOut();
        stdout.println(result.title());
        stdout.println();
        stdout.println("as chosen:");
        result.chosen()
                .forEach(c -> stdout.printf(
                        Locale.ROOT,
                        "  %-20s %s%s%n",
                        c.name(),
                        c.value(),
                        c.source().isEmpty() ? "" : "  (" + c.source() + ")"));
        stdout.println();
        int widest = result.findings().stream()
                .mapToInt(f -> f.what().length())
                .max()
                .orElse(10);
        stdout.printf(Locale.ROOT, "%-" + widest + "s  %12s  %12s%n", "", "predicted", "measured");
        result.findings()
                .forEach(f -> stdout.printf(
                        Locale.ROOT,
                        "%-" + widest + "s  %12s  %12s  %s%n",
                        f.what(),
                        f.predicted(),
                        f.measured(),
                        f.verdict()));
        stdout.println();
        stdout.printf(Locale.ROOT, "%.1f s; figure, arrays and report.html in %s%n", seconds, directory);
        stdout.flush();
    }

    /** Refuses a count outside its bounds. */
    static int requireIn(String option, int value, int from, int to) {
        if (value < from || value > to) {
            throw Problem.input("%s is %d: expected %d to %d.", option, value, from, to);
        }
        return value;
    }

    /** Refuses what is no positive number. */
    static double positive(String option, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw Problem.input("%s is %s: expected a number above 0.", option, value);
        }
        return value;
    }
}
