package org.consensusprobe.cli.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.results.RunDirectory;

/** The folder that a command writes what is no run: a demo, a comparison, texts. */
public final class OutFolder {
    private OutFolder() {}

    /** A name in {@code results/} that nothing has yet. */
    public static Path fresh(String command) {
        return RunDirectory.defaultPath(Path.of(""), command, Instant.now());
    }

    /**
     * Makes the folder.
     *
     * @param replaceable names of files that {@code force} may replace; empty: all
     * @throws Problem if it is a file or a run, cannot be written, or holds something that may not be replaced
     */
    public static void prepare(Path folder, boolean force, List<String> replaceable) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw Problem.input("--out %s: expected a folder, found a file.", folder);
        }
        if (Files.exists(folder.resolve(RunDirectory.MANIFEST))) {
            throw Problem.input(
                    "--out %s: a run lies there, and its report.html would be lost. Choose another folder.", folder);
        }
        try {
            Files.createDirectories(folder);
            try (Stream<Path> entries = Files.list(folder)) {
                List<String> names = new ArrayList<>(
                        entries.map(p -> p.getFileName().toString()).sorted().toList());
                if (force) {
                    names.removeAll(replaceable.isEmpty() ? List.copyOf(names) : replaceable);
                }
                if (!names.isEmpty()) {
                    throw Problem.input(
                            "--out %s: not empty (it holds %s).%nChoose another folder%s.",
                            folder,
                            Shown.firstFew(names),
                            force
                                    ? ": --force replaces what this command wrote only"
                                    : ", or replace what this command wrote with --force");
                }
            }
        } catch (IOException e) {
            throw Problem.input(e, "--out %s: the folder cannot be made: %s.", folder, e.getMessage());
        }
    }
}
