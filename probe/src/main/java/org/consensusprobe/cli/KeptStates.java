package org.consensusprobe.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.RecordedRun;

/** Says how much disk the states take that a run keeps on its way, before anything is written. */
final class KeptStates {
    private KeptStates() {}

    /**
     * Announces their size.
     *
     * @param directory of the run, or the folder in which it will be made
     * @param resume whether what the directory holds of them counts
     * @throws Problem if the disk has no room for them
     */
    static void announce(PrintWriter err, RecordedRun run, Path directory, boolean resume) {
        if (run.keptFiles() == 0) {
            return;
        }
        long bytes = run.keptBytes(resume ? directory : directory.resolve("nothing-yet"));
        long free = free(directory);
        if (bytes > free) {
            throw Problem.input(
                    "%s: the states to keep (--save-hidden-at, --save-attention-at) need %s, and the disk has %s left.%n"
                            + "Name fewer depths, or choose another disk with --out.",
                    directory, SweepPlan.size(bytes), SweepPlan.size(free));
        }
        err.printf(
                "keeping states: %d %s, %s to write (%s free)%n",
                run.keptFiles(), run.keptFiles() == 1 ? "file" : "files", SweepPlan.size(bytes), SweepPlan.size(free));
        err.flush();
    }

    private static long free(Path directory) {
        Path existing = directory.toAbsolutePath();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            return Files.getFileStore(existing).getUsableSpace();
        } catch (IOException e) {
            return Long.MAX_VALUE; // a disk that does not say refuses later, in its own words
        }
    }
}
