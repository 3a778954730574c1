package org.consensusprobe.cli.theory;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.NumberRange;
import org.consensusprobe.common.Problem;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.MachineFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus spectrum M}: the eigenvalues of a model's attention. */
@Command(
        name = "spectrum",
        modelTransformer = PlanOptions.Adder.class,
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
            "  consensus spectrum gpt2-xl --weights random --layers 0,23,47 --out xl-spectrum"
        })
public final class SpectrumCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final PlanOptions OPTIONS =
            PlanOptions.only(Fields.WEIGHTS, Fields.SEED, MachineFields.THREADS, MachineFields.OFFLINE);

    @Parameters(paramLabel = "M", description = "An alias, a hub id (org/name[@revision]) or a directory.")
    private String model;

    @Option(
            names = "--layers",
            paramLabel = "LIST",
            description = "Only these layers, counted from 0, such as 0,4-6,11 (default: all).")
    private String layers;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "0.01",
            description = "Up to where a relative deviation counts as none (default: ${DEFAULT-VALUE}).")
    private double tolerance;

    @Option(
            names = "--drift",
            paramLabel = "DEGREES",
            defaultValue = "5",
            description =
                    "Up to where the leading direction drifts slowly from layer to layer (default: ${DEFAULT-VALUE}).")
    private double drift;

    @Option(names = "--json", description = "Print spectrum.json instead of tables.")
    private boolean json;

    @Option(names = "--out", paramLabel = "DIR", description = "Where files go (default: a new folder in results/).")
    private Path out;

    @Option(names = "--force", description = "Write into --out even if it holds something.")
    private boolean force;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        // the feed-forward half is not looked at, so it is not read
        RunPlan plan = RunPlan.of(OPTIONS.values(spec)
                .with(Fields.MODEL, model)
                .with(IngredientFields.FEED_FORWARD, false)
                .with(Fields.DTYPE, DType.FLOAT64));
        Machine machine = OPTIONS.machine(spec);
        requireSense(plan);
        ModelLookup.Found found = Terminal.models(machine, stderr).find(plan);
        int depth = found.subject().transformer().layers();
        List<Integer> chosen =
                layers == null ? IntStream.range(0, depth).boxed().toList() : layers(layers, depth);
        Path folder = out != null ? out : OutFolder.fresh("spectrum");
        Instant started = Instant.now();
        List<LayerSpectrum> spectra = spectra(found, plan, machine, chosen, stderr);
        List<Hypothesis> hypotheses =
                Hypotheses.of(spectra, found.subject().transformer().causal(), tolerance, drift);
        SpectrumFiles files = new SpectrumFiles(
                found, plan, spectra, hypotheses, new SpectrumFiles.Tolerances(tolerance, drift), started);
        OutFolder.prepare(folder, force, List.of());
        files.write(folder);
        if (json) {
            stdout.println(files.json().toPrettyString());
        } else {
            new SpectrumText(spectra, hypotheses).print(stdout);
            stdout.println("written to " + folder);
        }
        return 0;
    }

    private void requireSense(RunPlan plan) {
        if (plan.weights().mode() == WeightMode.RANDOM_EACH_PASS) {
            throw Problem.input("--weights random-each-pass: a spectrum is of one draw; use random.");
        }
        if (!(tolerance >= 0 && tolerance < 1)) {
            throw Problem.input("--tolerance is %s: expected a number from 0 to below 1.", tolerance);
        }
        if (!(drift >= 0 && drift <= 90)) {
            throw Problem.input("--drift is %s: expected degrees from 0 to 90.", drift);
        }
        if (out != null && !force) {
            OutFolder.prepare(out, false, List.of()); // said before a long computation, not after it
        }
    }

    private List<LayerSpectrum> spectra(
            ModelLookup.Found found, RunPlan plan, Machine machine, List<Integer> chosen, PrintWriter stderr) {
        Torch.start(machine.threads());
        try (Scope scope = Scope.open();
                WeightSource source = found.subject().weights(plan, Precision.uniform("cpu", DType.FLOAT64));
                Progress progress = new Progress(stderr, "layers", chosen.size())) {
            return ModelSpectrum.of(
                    found.subject().transformer(),
                    source,
                    Kernels.plain(scope),
                    chosen,
                    layer -> progress.step("layer " + layer.layer() + " is done"),
                    Interruption::requested);
        }
    }

    /** Layers from a list such as 0,4-6,11, counted from 0. */
    static List<Integer> layers(String list, int depth) {
        List<NumberRange> ranges = NumberRange.list(list)
                .orElseThrow(() -> Problem.input("--layers %s: expected numbers and ranges such as 0,4-6,11.", list));
        for (NumberRange range : ranges) {
            if (range.last() >= depth) {
                throw Problem.input("--layers %s: expected layers from 0 to %d, found %s.", list, depth - 1, range);
            }
        }
        return ranges.stream()
                .flatMapToInt(NumberRange::numbers)
                .sorted()
                .distinct()
                .boxed()
                .toList();
    }
}
