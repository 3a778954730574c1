package org.consensusprobe.cli.theory;

import static org.consensusprobe.cli.theory.SimulationOptions.requireIn;

import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.theory.systems.MeanField;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code consensus simulate mean-field}: "Quantitative clustering in mean-field transformer models". */
@Command(
        name = "mean-field",
        description = {
            "Densities on the circle by conservative finite volumes beside particles: rates at small beta,",
            "examples that do not synchronise, and an order parameter that is not monotone."
        })
final class SimulateMeanField extends ConsoleCommand {
    @Option(
            names = "--cells",
            paramLabel = "M",
            defaultValue = "512",
            description = "Cells of the density, a multiple of 8 (default: ${DEFAULT-VALUE}).")
    private int cells;

    @Option(
            names = "--particles",
            paramLabel = "N",
            defaultValue = "400",
            description = "Particles of the comparison (default: ${DEFAULT-VALUE}).")
    private int particles;

    @Option(
            names = "--beta",
            paramLabel = "B,..",
            split = ",",
            defaultValue = "0,0.1,0.25,0.5",
            description = "Of the rates, ascending (default: ${DEFAULT-VALUE}).")
    private double[] betas;

    @Mixin
    private SimulationOptions options;

    @Override
    public Integer call() {
        requireIn("--cells", cells, 64, 8192);
        if (cells % 8 != 0) {
            throw Problem.input("--cells is %d: expected a multiple of 8, for the coarser ones beside it.", cells);
        }
        requireIn("--particles", particles, 8, 4096);
        requireIn("the count of --beta", betas.length, 1, 16);
        return options.run(new MeanField(cells, particles, SimulateSphere.ascending("--beta", betas, 0)));
    }
}
