package org.consensusprobe.cli.theory;

import static org.consensusprobe.cli.theory.SimulationOptions.requireIn;

import java.util.stream.IntStream;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.theory.attention.AttentionField.Weighting;
import org.consensusprobe.theory.systems.SphereDynamics;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code consensus simulate sphere}: "A mathematical perspective on transformers". */
@Command(
        name = "sphere",
        description = {
            "The dynamics (SA) and (USA) of \"A mathematical perspective on transformers\" (arXiv 2312.10794) over beta:",
            "phase diagram of 1 - R^2, clusters, plateaus, merges, energy."
        })
final class SimulateSphere extends ConsoleCommand {
    private static final int MOST_BETAS = 200;

    @Option(
            names = "--beta",
            paramLabel = "B,..",
            split = ",",
            description = "Inverse temperatures, ascending (default: 20 from 0 to 9.5).")
    private double[] betas;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "32",
            description = "Tokens (default: ${DEFAULT-VALUE}).")
    private int tokens;

    @Option(
            names = "--dim",
            paramLabel = "D",
            defaultValue = "3",
            description = "Their dimension (default: ${DEFAULT-VALUE}).")
    private int dim;

    @Option(
            names = "--heads",
            paramLabel = "H",
            defaultValue = "1",
            description =
                    "1: Q = K = V = I; more: Q and K of N(0, 1/d) entries, V = I + N(0, 1/d) (default: ${DEFAULT-VALUE}).")
    private int heads;

    @Option(
            names = "--starts",
            paramLabel = "N",
            defaultValue = "3",
            description = "Random starts for each beta (default: ${DEFAULT-VALUE}).")
    private int starts;

    @Option(
            names = "--noise",
            paramLabel = "SIGMA",
            defaultValue = "0",
            description = "Strength of Brownian motion on the sphere (default: ${DEFAULT-VALUE}).")
    private double noise;

    @Option(names = "--no-norm", description = "Without projection: x' = sum_j a_ij x_j.")
    private boolean noNorm;

    @Option(names = "--usa", description = "Unnormalised attention: weights exp(beta (<x, y> - 1)) / n.")
    private boolean usa;

    @Mixin
    private SimulationOptions options;

    @Override
    public Integer call() {
        requireIn("--tokens", tokens, 2, 4096);
        requireIn("--dim", dim, 2, 4096);
        requireIn("--heads", heads, 1, 64);
        requireIn("--starts", starts, 1, 1000);
        if (!(noise >= 0) || Double.isInfinite(noise)) {
            throw Problem.input("--noise is %s: expected 0 or more.", noise);
        }
        if (usa && heads > 1) {
            throw Problem.input("--usa weighs by exp(beta (<x, y> - 1)), with Q = K = I: it takes one head.");
        }
        if (usa && noNorm) {
            throw Problem.input("--usa weighs by inner products of unit tokens: it takes no --no-norm.");
        }
        return options.run(new SphereDynamics(
                tokens, dim, heads, betas(), starts, usa ? Weighting.UNNORMALISED : Weighting.SOFTMAX, noise, !noNorm));
    }

    private double[] betas() {
        if (betas == null) {
            return IntStream.range(0, 20).mapToDouble(i -> i / 2.0).toArray();
        }
        requireIn("the count of --beta", betas.length, 1, MOST_BETAS);
        return ascending("--beta", betas, Double.NEGATIVE_INFINITY);
    }

    /** Refuses numbers that do not ascend or lie below a bound. */
    static double[] ascending(String option, double[] values, double least) {
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] >= least) || Double.isInfinite(values[i])) {
                throw Problem.input(
                        "%s has %s: expected finite numbers%s.",
                        option, values[i], least == Double.NEGATIVE_INFINITY ? "" : " from " + least);
            }
            if (i > 0 && values[i] <= values[i - 1]) {
                throw Problem.input(
                        "%s: expected ascending numbers, found %s before %s.", option, values[i - 1], values[i]);
            }
        }
        return values;
    }
}
