package org.consensusprobe.cli.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;

/** A folder among the system's temporary files that is gone when it is closed. */
public record TemporaryFolder(Path path) implements AutoCloseable {
    /**
     * Makes one.
     *
     * @throws Problem if there is no place for it
     */
    public static TemporaryFolder make(String prefix) {
        try {
            return new TemporaryFolder(Files.createTempDirectory(prefix));
        } catch (IOException e) {
            throw Problem.failed(
                    e,
                    "No temporary folder can be made: %s. Set TMPDIR to one that can be written to.",
                    e.getMessage());
        }
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // a few kilobytes among the system's temporary files
        }
    }
}
