package org.consensusprobe.experiment.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.MemoryPlan;
import org.consensusprobe.experiment.loop.StatesOut;

/**
 * The room that states kept on the way take.
 *
 * @param files how many
 * @param bytes of those that are not there yet
 * @param free bytes on the disk
 */
public record DiskRoom(int files, long bytes, long free) {
    static DiskRoom require(StatesOut out, Path directory) {
        DiskRoom room = new DiskRoom(out.files(), out.missingBytes(directory), free(directory));
        if (room.bytes() > room.free()) {
            throw Problem.input(
                    "%s: the states to keep (--save-hidden-at, --save-attention-at) need %s, and the disk has %s left.%n"
                            + "Name fewer depths, or choose another disk with --out.",
                    directory, MemoryPlan.human(room.bytes()), MemoryPlan.human(room.free()));
        }
        return room;
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
