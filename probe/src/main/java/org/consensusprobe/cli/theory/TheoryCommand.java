package org.consensusprobe.cli.theory;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.Problem;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.plan.WeightMode;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus theory RUN}: a finished run against the theorems. */
@Command(
        name = "theory",
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
public final class TheoryCommand extends ConsoleCommand {
    @Parameters(paramLabel = "RUN", description = "A finished run's directory.")
    private Path directory;

    @Option(
            names = "--model",
            paramLabel = "M",
            description = {
                "The run's model, where its manifest names a directory that is not found (default: what it says); the model whose",
                "eigenvectors states of another program are held to (default: none)."
            })
    private String model;

    @Option(names = "--offline", description = "Make no request: use what the Hugging Face cache holds.")
    private boolean offline;

    @Option(names = "--json", description = "Print theory.json instead of words.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        RunReader run = RunReader.open(directory);
        if (run.manifest().status() != Manifest.Status.COMPLETE) {
            throw Problem.input("%s: the run is not finished; the same run with --resume finishes it.", directory);
        }
        Optional<Directions> directions =
                needsDirections(run) ? Optional.of(directions(run, stderr)) : Optional.empty();
        RunTheory theory = RunTheory.of(run, directions);
        List<Finding> findings = Findings.of(theory);
        TheoryFiles files =
                new TheoryFiles(theory, findings, Titles.changes(run.manifest().plan()));
        files.write(directory);
        HtmlReport.write(run, directory.resolve(RunDirectory.REPORT));
        ObjectNode result = files.json();
        if (json) {
            stdout.println(result.toPrettyString());
        } else {
            files.words().forEach(stdout::println);
            stdout.println("written to " + directory.resolve("theory.json"));
        }
        return 0;
    }

    /** States of another program have a model only where one is named. */
    private boolean needsDirections(RunReader run) {
        boolean elsewhere = run.manifest().plan().weights().mode() == WeightMode.ELSEWHERE;
        return RunTheory.needsDirections(run) && (!elsewhere || model != null);
    }

    private Directions directions(RunReader run, PrintWriter stderr) {
        Manifest manifest = run.manifest();
        RunPlan plan = manifest.plan();
        WeightMode mode = plan.weights().mode() == WeightMode.ELSEWHERE
                ? WeightMode.TRAINED
                : plan.weights().mode();
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
        int passes = own ? plan.passes().count() : 1;
        double[][][] lines = new double[passes][][];
        Torch.start(0);
        try (Scope scope = Scope.open();
                WeightSource source =
                        found.subject().weights(forMatrices(plan), Precision.uniform("cpu", DType.FLOAT64))) {
            Kernels kernels = Kernels.plain(scope);
            for (int pass = 0; pass < passes; pass++) {
                lines[pass] = ModelSpectrum.directions(transformer, source, kernels, pass, Interruption::requested);
            }
        }
        Route route = run.route();
        return depth -> {
            Route.Block block = entered(route, depth);
            return lines[own ? block.pass() : 0][block.layer()];
        };
    }

    private ModelLookup.Found find(Manifest manifest, WeightMode mode, PrintWriter stderr) {
        String id = manifest.model().id();
        String revision = manifest.model().revision();
        String recorded =
                id == null || revision == null ? manifest.plan().model().name() : id + "@" + revision;
        try {
            return Terminal.models(offline, stderr).find(model == null ? recorded : model, mode);
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

    /** The block that the states at a depth enter; at the end the one that another pass would begin with. */
    private static Route.Block entered(Route route, int depth) {
        return depth < route.blocks()
                ? route.at(depth + 1)
                : new Route.Block(route.passes() - 1, route.isWhole() ? 0 : route.layers() - 1);
    }

    // what the feed-forward half holds is not looked at; draws of later passes depend on whether it is there
    private static RunPlan forMatrices(RunPlan plan) {
        boolean drawn = plan.weights().mode() == WeightMode.RANDOM_EACH_PASS;
        RunPlan own =
                plan.weights().mode() == WeightMode.ELSEWHERE ? plan.with(Fields.WEIGHTS, WeightMode.TRAINED) : plan;
        return own.with(IngredientFields.FEED_FORWARD, drawn && plan.feedForward());
    }
}
