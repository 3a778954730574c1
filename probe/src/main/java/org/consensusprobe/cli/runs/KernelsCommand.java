package org.consensusprobe.cli.runs;

import java.nio.file.Path;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.torch.Kernels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code consensus kernels}: the computation itself in a file, for a machine that has Python's torch and not this program. */
@Command(
        name = "kernels",
        hidden = true,
        description =
                "Write the kernels for any device into a file that Python loads (torch.jit.load); bench/gpu tries them.")
public final class KernelsCommand extends ConsoleCommand {
    @Parameters(paramLabel = "FILE", description = "The file; one that is there is replaced.")
    private Path file;

    @Override
    public Integer call() {
        Kernels.writePlain(file);
        spec.commandLine().getOut().println("written to " + file);
        return 0;
    }
}
