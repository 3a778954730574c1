package org.consensusprobe.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.ExperimentPlan;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.theory.run.Directions;
import org.consensusprobe.theory.run.Finding;
import org.consensusprobe.theory.run.Findings;
import org.consensusprobe.theory.run.RunTheory;
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

/** {@code consensus theory RUN}: a finished run against the theorems. */
@Command(
        name = "theory",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Hold a finished run against theory: hemisphere margin, tokens on the side of the leading eigenvector of the",
            "value matrices, Lyapunov functions and how often they increase, the bound of the token diameter and where it",
            "is violated, order parameter and energy, clusters and plateaus. Each needs something that the run recorded;",
            "what is missing is said. Writes theory.json, theory.png, theory.svg and the run's report.html anew."
        },
        footer = {
            "",
            "Examples:",
            "  consensus run --model demo-gpt2 --passes 4 --prompts random:8x64 --measures all --save-hidden-at 0-32 --out r",
            "  consensus theory r"
        })
final class TheoryCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "A finished run's directory.")
    private Path directory;

    @Option(
            names = "--model",
            paramLabel = "M",
            description = "The run's model, where its manifest names a directory that is not found (what it says).")
    private String model;

    @Option(names = "--offline", description = "Make no request: use what the Hugging Face cache holds.")
    private boolean offline;

    @Option(names = "--json", description = "Print theory.json instead of words.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        RunReader run = RunReader.open(directory);
        if (run.manifest().status() != Manifest.Status.COMPLETE) {
            throw Problem.input("%s: the run is not finished; the same run with --resume goes on with it.", directory);
        }
        Optional<Directions> directions =
                RunTheory.needsDirections(run) ? Optional.of(directions(run, stderr)) : Optional.empty();
        RunTheory theory = RunTheory.of(run, directions);
        List<Finding> findings = Findings.of(theory);
        TheoryFiles files = new TheoryFiles(theory, findings, changes(run));
        files.write(directory);
        HtmlReport.write(run, directory.resolve(RunDirectory.REPORT));
        ObjectNode result = files.json();
        if (json) {
            stdout.println(result.toPrettyString());
        } else {
            files.words().forEach(stdout::println);
            stdout.println("written to " + directory.resolve("theory.json"));
        }
        stdout.flush();
        return 0;
    }

    /** What the run changed in the model's blocks: its value matrices are the model's own, without that. */
    private static List<String> changes(RunReader run) {
        return StreamSupport.stream(
                        run.manifest().section("plan").path("changes").spliterator(), false)
                .map(node -> node.asText())
                .toList();
    }

    private Directions directions(RunReader run, PrintWriter stderr) {
        Manifest manifest = run.manifest();
        WeightMode mode = RunOptions.choose(
                directory.resolve(RunDirectory.MANIFEST) + ": weights",
                manifest.plan().weights(),
                WeightMode.optionNames(),
                List.of(WeightMode.values()));
        ModelLookup.Found found = find(manifest, mode, stderr);
        Transformer transformer = found.subject().transformer();
        Transformer.Sizes sizes = transformer.sizes();
        if (sizes.width() != manifest.model().dim()
                || transformer.layers() != manifest.model().layers()) {
            throw Problem.input(
                    "%s: the run's model has %d layers of width %d; the model %s has %d of width %d.%nGive the run's own with --model.",
                    directory,
                    manifest.model().layers(),
                    manifest.model().dim(),
                    found.subject().name(),
                    transformer.layers(),
                    sizes.width());
        }
        stderr.println("reading the leading eigenvectors of " + transformer.layers() + " layers ...");
        stderr.flush();
        boolean own = mode == WeightMode.RANDOM_EACH_PASS;
        int passes = own ? manifest.plan().passes() : 1;
        double[][][] lines = new double[passes][][];
        ExperimentPlan plan = plan(mode, manifest);
        Torch.start(plan.threads());
        try (Scope scope = Scope.open();
                WeightSource source = found.subject().weights(plan, Precision.uniform("cpu", DType.FLOAT64))) {
            Kernels kernels = Kernels.plain(scope);
            for (int pass = 0; pass < passes; pass++) {
                lines[pass] = ModelSpectrum.directions(transformer, source, kernels, pass, Interruption::requested);
            }
        }
        int layers = transformer.layers();
        return depth -> lines[own ? Math.min(depth / layers, passes - 1) : 0][depth % layers];
    }

    private ModelLookup.Found find(Manifest manifest, WeightMode mode, PrintWriter stderr) {
        String id = manifest.model().id();
        String revision = manifest.model().revision();
        String recorded = id == null || revision == null ? manifest.plan().model() : id + "@" + revision;
        try {
            return ModelLookup.online(offline, stderr).find(model == null ? recorded : model, mode);
        } catch (Problem e) {
            if (model != null || e.exitCode() == Problem.INTERRUPTED) {
                throw e;
            }
            throw Problem.input(
                    e,
                    "%s: its model, %s, was not found: %s%nGive its directory with --model.",
                    directory,
                    recorded,
                    e.getMessage().lines().findFirst().orElse(""));
        }
    }

    // what the feed-forward half holds is not looked at; draws of later passes depend on whether it is there
    private static ExperimentPlan plan(WeightMode mode, Manifest manifest) {
        return new ExperimentPlan(
                mode,
                mode == WeightMode.RANDOM_EACH_PASS && manifest.plan().feedForward(),
                1,
                DType.FLOAT64,
                "cpu",
                manifest.plan().seed(),
                OptionalInt.empty(),
                0,
                OptionalLong.empty(),
                false);
    }
}
