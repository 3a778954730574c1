package org.consensusprobe.cli.theory;

import static org.consensusprobe.cli.theory.SimulationOptions.requireIn;

import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.theory.systems.DepthContraction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code consensus simulate contraction}: "Verified transformer dynamics". */
@Command(
        name = "contraction",
        description = {
            "Steps x' = (1 - e) x + e A x with a doubly stochastic A: the token diameter against its bound, predicted and",
            "measured critical depth, no gap and no contraction, and the ring of six that breaks the bound."
        })
final class SimulateContraction extends ConsoleCommand {
    @Option(
            names = "--tokens",
            paramLabel = "T",
            defaultValue = "32",
            description = "Tokens (default: ${DEFAULT-VALUE}).")
    private int tokens;

    @Option(
            names = "--dim",
            paramLabel = "D",
            defaultValue = "16",
            description = "Their dimension (default: ${DEFAULT-VALUE}).")
    private int dim;

    @Option(
            names = "--strength",
            paramLabel = "E,..",
            split = ",",
            defaultValue = "0.02,0.05,0.1,0.2,0.3,0.4,0.6,0.8,1",
            description = "The strengths e, ascending, above 0 and up to 1 (default: ${DEFAULT-VALUE}).")
    private double[] strengths;

    @Option(
            names = "--depths",
            paramLabel = "L",
            defaultValue = "200",
            description = "Steps taken (default: ${DEFAULT-VALUE}).")
    private int depths;

    @Option(
            names = "--target",
            paramLabel = "X",
            defaultValue = "0.01",
            description =
                    "The critical depth is where the diameter falls below X of its start (default: ${DEFAULT-VALUE}).")
    private double target;

    @Mixin
    private SimulationOptions options;

    @Override
    public Integer call() {
        requireIn("--tokens", tokens, 4, 4096);
        requireIn("--dim", dim, 2, 16384);
        requireIn("--depths", depths, 2, 100_000);
        requireIn("the count of --strength", strengths.length, 1, 64);
        SimulateSphere.ascending("--strength", strengths, Double.MIN_NORMAL);
        if (strengths[strengths.length - 1] > 1) {
            throw Problem.input("--strength has %s: expected at most 1.", strengths[strengths.length - 1]);
        }
        if (!(target > 0 && target < 1)) {
            throw Problem.input("--target is %s: expected a number between 0 and 1.", target);
        }
        return options.run(new DepthContraction(tokens, dim, strengths, depths, target));
    }
}
