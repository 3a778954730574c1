package org.consensusprobe.cli.theory;

import static org.consensusprobe.cli.theory.SimulationOptions.positive;
import static org.consensusprobe.cli.theory.SimulationOptions.requireIn;

import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.systems.CausalConsensus;
import org.consensusprobe.theory.systems.DriftingValues;
import org.consensusprobe.theory.systems.GradientFlow;
import org.consensusprobe.theory.systems.HemisphereFlow;
import org.consensusprobe.theory.systems.LeadingEigenvector;
import org.consensusprobe.theory.systems.TwoHemispheres;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus simulate asymptotic}: "The asymptotic behavior of attention in transformers". */
@Command(
        name = "asymptotic",
        description = {
            "The theorems of \"The asymptotic behavior of attention in transformers\" (arXiv 2412.02682):",
            "3.2 gradient flow; 4.1 hemisphere, U = I (figures 1-3); 5.1 causal, GPT-2-sized (figure 4);",
            "5.2 causal, symmetric U (figures 5, 6); 5.3 U that drifts; remark-5.2 starts in both hemispheres."
        })
final class SimulateAsymptotic extends ConsoleCommand {
    private static final int MOST_TOKENS = 4096;
    /** Both decays of theorem 5.2 outrun their transients before they reach rounding. */
    private static final double[] NARROW_GAP = {1, 0.9, -0.5};

    private static final double[] WIDE_GAP = {1, 0.2, -0.5};

    @Parameters(paramLabel = "THEOREM", description = "3.2, 4.1, 5.1, 5.2, 5.3 or remark-5.2.")
    private String theorem;

    @Option(names = "--tokens", paramLabel = "T", description = "Tokens (default: 10; 200 for 5.1).")
    private Integer tokens;

    @Option(
            names = "--dim",
            paramLabel = "D",
            description = "Their dimension (default: 3; 768 for 5.1; 4.1 has that of --metric).")
    private Integer dim;

    @Option(names = "--heads", paramLabel = "H", description = "Heads of 4.1 and 5.1 (default: 2).")
    private Integer heads;

    @Option(
            names = "--starts",
            paramLabel = "N",
            description = "Random starts (default: 20 in 5.1, 400 in remark-5.2).")
    private Integer starts;

    @Option(
            names = "--frequency",
            paramLabel = "W",
            description = "4.1: the largest frequency in P(t), per unit of time (default: 2 pi).")
    private Double frequency;

    @Option(
            names = "--metric",
            paramLabel = "W1,W2,..",
            split = ",",
            description = "4.1: the ellipsoid's W (default: 1,2,3).")
    private double[] metric;

    @Option(
            names = "--eigenvalues",
            paramLabel = "L1,L2,..",
            split = ",",
            description = "5.2, 5.3 and remark-5.2: those of U, largest first, one for each dimension"
                    + " (default: 1,0.9,-0.5 in 5.2, else 1,0.2,-0.5).")
    private double[] eigenvalues;

    @Option(
            names = "--drift",
            paramLabel = "W,..",
            split = ",",
            description =
                    "5.3: how fast U's eigenvectors turn, radians per unit of time (default: 0.01 to 0.5 in steps).")
    private double[] drift;

    @Mixin
    private SimulationOptions options;

    @Override
    public Integer call() {
        return options.run(simulation());
    }

    private Simulation simulation() {
        return switch (theorem) {
            case "3.2" -> {
                refuse("3.2", "--heads", heads, "--starts", starts, "--frequency", frequency, "--metric", metric);
                refuse("3.2", "--eigenvalues", eigenvalues, "--drift", drift);
                yield new GradientFlow(tokens(10), dim(3));
            }
            case "4.1" -> {
                refuse("4.1", "--dim", dim, "--starts", starts, "--eigenvalues", eigenvalues, "--drift", drift);
                yield new HemisphereFlow(
                        tokens(10),
                        heads(),
                        positive("--frequency", frequency == null ? 2 * Math.PI : frequency),
                        metric());
            }
            case "5.1" -> {
                refuse("5.1", "--frequency", frequency, "--metric", metric, "--eigenvalues", eigenvalues);
                refuse("5.1", "--drift", drift);
                yield new CausalConsensus(tokens(200), dim(768), heads(), starts(20));
            }
            case "5.2" -> {
                refuse("5.2", "--heads", heads, "--starts", starts, "--frequency", frequency, "--metric", metric);
                refuse("5.2", "--drift", drift, "--dim", dim);
                yield new LeadingEigenvector(tokens(10), eigenvalues(NARROW_GAP));
            }
            case "5.3" -> {
                refuse("5.3", "--heads", heads, "--starts", starts, "--frequency", frequency, "--metric", metric);
                refuse("5.3", "--dim", dim);
                yield new DriftingValues(tokens(10), eigenvalues(WIDE_GAP), drifts());
            }
            case "remark-5.2" -> {
                refuse("remark-5.2", "--heads", heads, "--frequency", frequency, "--metric", metric);
                refuse("remark-5.2", "--drift", drift, "--dim", dim);
                yield new TwoHemispheres(tokens(10), eigenvalues(WIDE_GAP), starts(400));
            }
            default -> throw Problem.input(
                    "asymptotic %s: expected 3.2, 4.1, 5.1, 5.2, 5.3 or remark-5.2.", Shown.text(theorem));
        };
    }

    /** An option that this theorem has no use for would be silently ignored. */
    private static void refuse(String theorem, Object... namesAndValues) {
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (namesAndValues[i + 1] != null) {
                throw Problem.input("asymptotic %s takes no %s.", theorem, namesAndValues[i]);
            }
        }
    }

    private int tokens(int own) {
        return requireIn("--tokens", tokens == null ? own : tokens, 2, MOST_TOKENS);
    }

    private int dim(int own) {
        return requireIn("--dim", dim == null ? own : dim, 2, 16384);
    }

    private int heads() {
        return requireIn("--heads", heads == null ? 2 : heads, 1, 256);
    }

    private int starts(int own) {
        return requireIn("--starts", starts == null ? own : starts, 1, 100_000);
    }

    private double[] metric() {
        double[] own = metric == null ? new double[] {1, 2, 3} : metric;
        for (double w : own) {
            positive("--metric", w);
        }
        return own;
    }

    private double[] eigenvalues(double[] systems) {
        double[] own = eigenvalues == null ? systems : eigenvalues;
        requireIn("the count of --eigenvalues", own.length, 2, 1024);
        for (int i = 1; i < own.length; i++) {
            if (!(own[i] <= own[i - 1])) {
                throw Problem.input(
                        "--eigenvalues: expected the largest first, found %s before %s.", own[i - 1], own[i]);
            }
        }
        if (own[0] == own[1]) {
            throw Problem.input("--eigenvalues: the largest, %s, stands there twice; expected a simple one.", own[0]);
        }
        return own;
    }

    private double[] drifts() {
        double[] own =
                drift == null ? new double[] {0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.38, 0.5} : drift;
        for (double w : own) {
            positive("--drift", w);
        }
        return own;
    }
}
