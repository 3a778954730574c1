package org.consensusprobe.cli.theory;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code consensus simulate}: the papers' continuous dynamics. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        description = {
            "Simulate the dynamics that the theorems are about, in float64, and hold them against what was proved.",
            "Writes manifest, arrays, figure and report; prints predicted beside measured."
        },
        synopsisSubcommandLabel = "SYSTEM",
        subcommands = {
            SimulateAsymptotic.class,
            SimulateSphere.class,
            SimulateClusters.class,
            SimulateMeanField.class,
            SimulateContraction.class
        },
        footer = {
            "",
            "Examples:",
            "  consensus simulate asymptotic 4.1",
            "  consensus simulate sphere --tokens 32 --dim 3 --beta 0,1,9",
            "  consensus simulate asymptotic 5.1 --matrices demo-gpt2:3"
        })
public final class SimulateCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "No system given: expected asymptotic, sphere, clusters, mean-field or contraction.");
    }
}
