package org.consensusprobe.cli;

import java.util.OptionalLong;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.sweep.Machine;
import picocli.CommandLine.Option;

/** The options that say how runs use the machine and the network. */
final class MachineOptions {
    @Option(
            names = "--device",
            paramLabel = "D",
            defaultValue = "auto",
            description = "auto, cpu, cuda[:i] or mps (${DEFAULT-VALUE}).")
    private String device;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of one operation (one per core).")
    private Integer threads;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description = "Ceiling on resident memory without file-mapped pages, such as 4g (half of the machine's).")
    private String memory;

    @Option(names = "--offline", description = "Make no request: use what the Hugging Face cache holds.")
    private boolean offline;

    boolean offline() {
        return offline;
    }

    Machine machine() {
        RunOptions.requireDevice(device);
        if (threads != null && threads < 1) {
            throw Problem.input("--threads is %d: expected 1 or more.", threads);
        }
        return new Machine(
                device,
                threads == null ? 0 : threads,
                memory == null ? OptionalLong.empty() : OptionalLong.of(RunOptions.bytes(memory)));
    }
}
