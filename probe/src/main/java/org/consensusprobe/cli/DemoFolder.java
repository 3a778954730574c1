package org.consensusprobe.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;

/** The folder that the demo writes: its runs, one figure, one table. */
final class DemoFolder {
    private DemoFolder() {}

    /** A new name in {@code results/}. */
    static Path fresh(Instant now) {
        return Path.of("results", "demo-" + time(now));
    }

    /** A moment as folders are named after it, in UTC. */
    static String time(Instant now) {
        return now.toString().replaceAll("\\..*|Z$", "").replaceAll("[-:]", "").replace('T', '-');
    }

    /**
     * Makes the folder.
     *
     * @throws Problem if it is a file, cannot be written, or holds something and {@code force} is not set
     */
    static void prepare(Path folder, boolean force) {
        try {
            Files.createDirectories(folder);
            try (Stream<Path> entries = Files.list(folder)) {
                if (!force && entries.findAny().isPresent()) {
                    throw Problem.input(
                            "%s: not empty.%nChoose another folder with --out, or replace the demo in it with --force.",
                            folder);
                }
            }
        } catch (IOException e) {
            throw Problem.input(e, "--out %s: the folder cannot be made: %s.", folder, e.getMessage());
        }
    }
}
