package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.experiment.record.DiskRoom;
import org.consensusprobe.experiment.record.RecordedRun;

/** Says how much disk the states take that a run keeps on its way, before anything is written. */
final class KeptStates {
    private KeptStates() {}

    /**
     * Announces their size.
     *
     * @param directory of the run, or the folder in which it will be made
     * @param resume whether what the directory holds of them counts
     * @throws org.consensusprobe.common.Problem if the disk has no room for them
     */
    static void announce(PrintWriter err, RecordedRun run, Path directory, boolean resume) {
        DiskRoom room = run.requireRoom(resume ? directory : directory.resolve("nothing-yet"));
        if (room.files() > 0) {
            err.printf(
                    "keeping states: %d %s, %s to write (%s free)%n",
                    room.files(),
                    room.files() == 1 ? "file" : "files",
                    Amounts.size(room.bytes()),
                    Amounts.size(room.free()));
            err.flush();
        }
    }
}
