package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.consensusprobe.common.NumberRange;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.ExperimentPlan;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.theory.spectrum.Hypotheses;
import org.consensusprobe.theory.spectrum.Hypothesis;
import org.consensusprobe.theory.spectrum.LayerSpectrum;
import org.consensusprobe.theory.spectrum.ModelSpectrum;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code consensus spectrum M}: the eigenvalues of a model's attention. */
@Command(
        name = "spectrum",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Read the spectra of a model's attention: of every head's value matrix U_h = W_O W_V N and query-key matrix",
            "P_h = N' W_Q' W_K N, N being the linear part of the norm before attention, and of each layer's sum of U_h.",
            "Symmetry, leading eigenvalue and gap, distance to a multiple of I, change and drift from layer to layer, and",
            "which hypotheses of the theorems on consensus (arXiv 2412.02682) hold where. Weights are read as float64."
        },
        footer = {
            "",
            "Examples:",
            "  consensus spectrum demo-gpt2",
            "  consensus spectrum gpt2-xl --weights random --layers 1,24,48 --out xl-spectrum"
        })
final class SpectrumCommand implements Callable<Integer> {
    @Parameters(paramLabel = "M", description = "An alias, a hub id (org/name[@revision]) or a directory.")
    private String model;

    @Option(
            names = "--weights",
            paramLabel = "W",
            defaultValue = "trained",
            description = "trained, shuffled (entries permuted within each tensor) or random (${DEFAULT-VALUE}).")
    private String weights;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "42",
            description = "Of random and shuffled weights (${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--layers",
            paramLabel = "LIST",
            description = "Only these layers, counted from 1, such as 1,4-6,12 (all).")
    private String layers;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "0.01",
            description = "Up to where a relative deviation counts as none (${DEFAULT-VALUE}).")
    private double tolerance;

    @Option(
            names = "--drift",
            paramLabel = "DEGREES",
            defaultValue = "5",
            description = "Up to where the leading direction drifts slowly from layer to layer (${DEFAULT-VALUE}).")
    private double drift;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of one tensor operation (one per core).")
    private Integer threads;

    @Option(names = "--offline", description = "Make no request: use what the Hugging Face cache holds.")
    private boolean offline;

    @Option(names = "--json", description = "Print spectrum.json instead of tables.")
    private boolean json;

    @Option(names = "--out", paramLabel = "DIR", description = "Where files go (a new folder in results/).")
    private Path out;

    @Option(names = "--force", description = "Write into --out even if it holds something.")
    private boolean force;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        WeightMode mode = mode();
        requireSense();
        ModelLookup.Found found = ModelLookup.online(offline, stderr).find(model, mode);
        int depth = found.subject().transformer().layers();
        List<Integer> chosen =
                layers == null ? IntStream.range(0, depth).boxed().toList() : layers(layers, depth);
        Path folder = out != null ? out : Path.of("results", "spectrum-" + DemoFolder.time(Instant.now()));
        Instant started = Instant.now();
        List<LayerSpectrum> spectra = spectra(found, mode, chosen, stderr);
        List<Hypothesis> hypotheses =
                Hypotheses.of(spectra, found.subject().transformer().causal(), tolerance, drift);
        SpectrumFiles files = new SpectrumFiles(
                found, mode, seed, spectra, hypotheses, new SpectrumFiles.Tolerances(tolerance, drift), started);
        DemoFolder.prepare(folder, force);
        files.write(folder);
        if (json) {
            stdout.println(files.json().toPrettyString());
        } else {
            new SpectrumText(spectra, hypotheses).print(stdout);
            stdout.println("written to " + folder);
        }
        stdout.flush();
        return 0;
    }

    private WeightMode mode() {
        List<WeightMode> modes = List.of(WeightMode.TRAINED, WeightMode.SHUFFLED, WeightMode.RANDOM);
        return RunOptions.choose(
                "--weights", weights, modes.stream().map(WeightMode::optionName).toList(), modes);
    }

    private void requireSense() {
        if (!(tolerance >= 0 && tolerance < 1)) {
            throw Problem.input("--tolerance is %s: expected a number from 0 to below 1.", tolerance);
        }
        if (!(drift >= 0 && drift <= 90)) {
            throw Problem.input("--drift is %s: expected degrees from 0 to 90.", drift);
        }
        if (threads != null && threads < 1) {
            throw Problem.input("--threads is %d: expected 1 or more.", threads);
        }
        if (out != null && !force) {
            DemoFolder.prepare(out, false); // said before a long computation, not after it
        }
    }

    private List<LayerSpectrum> spectra(
            ModelLookup.Found found, WeightMode mode, List<Integer> chosen, PrintWriter stderr) {
        ExperimentPlan plan = new ExperimentPlan(
                mode,
                false, // the feed-forward half is not looked at, so it is not read
                1,
                DType.FLOAT64,
                "cpu",
                seed,
                OptionalInt.empty(),
                threads == null ? 0 : threads,
                OptionalLong.empty(),
                false);
        Torch.start(plan.threads());
        try (Scope scope = Scope.open();
                WeightSource source = found.subject().weights(plan, Precision.uniform("cpu", DType.FLOAT64));
                LayerProgress progress = LayerProgress.start(stderr, chosen.size())) {
            return ModelSpectrum.of(
                    found.subject().transformer(),
                    source,
                    Kernels.plain(scope),
                    chosen,
                    progress::layerDone,
                    Interruption::requested);
        }
    }

    /** Layers from a list such as 1,4-6,12, counted from 1; the result counts from 0. */
    static List<Integer> layers(String list, int depth) {
        List<NumberRange> ranges = NumberRange.list(list)
                .orElseThrow(() -> Problem.input("--layers %s: expected numbers and ranges such as 1,4-6,12.", list));
        for (NumberRange range : ranges) {
            if (range.first() < 1 || range.last() > depth) {
                throw Problem.input("--layers %s: expected layers from 1 to %d, found %s.", list, depth, range);
            }
        }
        return ranges.stream()
                .flatMapToInt(NumberRange::numbers)
                .map(layer -> layer - 1)
                .sorted()
                .distinct()
                .boxed()
                .toList();
    }
}
