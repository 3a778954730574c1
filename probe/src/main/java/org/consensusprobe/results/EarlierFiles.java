package org.consensusprobe.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What an earlier run left in a run directory. */
final class EarlierFiles {
    private static final List<String> FILES = List.of(
            RunDirectory.MANIFEST,
            RunDirectory.STATE,
            RunDirectory.ERROR,
            RunDirectory.CURVE,
            RunDirectory.HIDDEN,
            RunDirectory.FIGURE_PNG,
            RunDirectory.FIGURE_SVG,
            RunDirectory.REPORT);
    private static final List<String> ARRAY_FOLDERS =
            List.of(RunDirectory.MEASURES, RunDirectory.ARRAYS, RunDirectory.HIDDEN_AT, RunDirectory.ATTENTION_AT);
    private static final String ARRAY = ".*\\.npy";
    private static final String PARTIAL_ARRAY = "\\..*\\.npy\\.partial";

    private EarlierFiles() {}

    /** Removes all files of a run; what else is there stays. */
    static void remove(Path directory) throws IOException {
        for (String name : FILES) {
            removeFile(directory.resolve(name));
            removeFile(directory.resolve("." + name + ".partial"));
        }
        for (String folder : ARRAY_FOLDERS) {
            removeArrays(directory.resolve(folder), ARRAY + "|" + PARTIAL_ARRAY);
        }
    }

    /** Removes what was being written when its process ended. */
    static void removePartial(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve("." + RunDirectory.STATE + ".partial"));
        for (String folder : ARRAY_FOLDERS) {
            removeArrays(directory.resolve(folder), PARTIAL_ARRAY);
        }
    }

    private static void removeArrays(Path folder, String names) throws IOException {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> entries = Files.list(folder)) {
                for (Path file : entries.toList()) {
                    if (file.getFileName().toString().matches(names)) {
                        removeFile(file);
                    }
                }
            }
        }
    }

    private static void removeFile(Path file) throws IOException {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(file.getFileName() + " is a directory");
        }
        Files.deleteIfExists(file);
    }
}
