package org.consensusprobe.cli.theory;

import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.theory.systems.ClusterEmergence;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code consensus simulate clusters}: "The emergence of clusters in self-attention dynamics". */
@Command(
        name = "clusters",
        description = {
            "Rescaled tokens z = exp(-tV) x of \"The emergence of clusters in self-attention dynamics\" (arXiv 2305.05465):",
            "V = I, a simple and a double leading eigenvalue, and the Boolean limit in one dimension."
        })
final class SimulateClusters extends ConsoleCommand {
    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "40",
            description = "Tokens (default: ${DEFAULT-VALUE}).")
    private int tokens;

    @Mixin
    private SimulationOptions options;

    @Override
    public Integer call() {
        SimulationOptions.requireIn("--tokens", tokens, 3, 2048);
        return options.run(new ClusterEmergence(tokens));
    }
}
