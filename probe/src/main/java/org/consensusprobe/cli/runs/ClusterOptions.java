package org.consensusprobe.cli.runs;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.schedulers.SlurmOptions;
import picocli.CommandLine.Option;

/** The options of a sweep that are about a cluster's scheduler. */
final class ClusterOptions {
    @Option(
            names = "--on",
            paramLabel = "slurm",
            description =
                    "Make the sweep as an array of Slurm jobs, from a machine that submits them. The same command again"
                            + " submits what is missing, and nothing that is queued or made.")
    String on;

    @Option(
            names = "--slurm",
            paramLabel = "NAME=VALUE,...",
            description =
                    "What sbatch is told, by its own names: partition=gpu,time=04:00:00,mem=16G,gres=gpu:1,account=...")
    List<String> slurm = List.of();

    @Option(
            names = "--array-limit",
            paramLabel = "K",
            description = "At most K tasks at once (default: as many as there is room for).")
    Integer arrayLimit;

    @Option(
            names = "--follow",
            description = "Show how far the jobs are until they end; Ctrl-C ends the showing, not the jobs.")
    boolean follow;

    @Option(names = "--cancel", description = "End the sweep's jobs; what they have made stays.")
    boolean cancel;

    @Option(
            names = "--tasks",
            hidden = true,
            paramLabel = "FILE",
            description = "A submission's units, a line for each task.")
    Path tasks;

    /** Refuses what makes no sense. */
    void check() {
        if (on == null) {
            List<String> alone = Stream.of(
                            slurm.isEmpty() ? "" : "--slurm",
                            arrayLimit == null ? "" : "--array-limit",
                            follow ? "--follow" : "",
                            cancel ? "--cancel" : "")
                    .filter(name -> !name.isEmpty())
                    .toList();
            if (!alone.isEmpty()) {
                throw Problem.input("%s: goes with --on slurm.", String.join(", ", alone));
            }
            return;
        }
        if (!on.equals("slurm")) {
            throw Problem.input(
                    "--on %s: expected slurm; other schedulers are served by --unit (see docs/clusters.md).", on);
        }
        if (arrayLimit != null && arrayLimit < 1) {
            throw Problem.input("--array-limit %d: expected 1 or more.", arrayLimit);
        }
        if (cancel && follow) {
            throw Problem.input("--cancel and --follow: give one of them.");
        }
    }

    SlurmOptions options() {
        return SlurmOptions.parse(slurm);
    }
}
