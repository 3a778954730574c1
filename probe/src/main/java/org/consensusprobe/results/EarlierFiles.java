package org.consensusprobe.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.AtomicFiles;

/** What an earlier run left in a run directory. */
final class EarlierFiles {
    private static final List<String> FILES = List.of(
            RunDirectory.MANIFEST,
            RunDirectory.STATE,
            RunDirectory.ERROR,
            RunDirectory.CURVE,
            RunDirectory.HIDDEN,
            RunDirectory.TOKENS,
            RunDirectory.FIGURE_PNG,
            RunDirectory.FIGURE_SVG,
            RunDirectory.REPORT);
    static final List<String> ARRAY_FOLDERS =
            List.of(RunDirectory.MEASURES, RunDirectory.ARRAYS, RunDirectory.HIDDEN_AT, RunDirectory.ATTENTION_AT);
    private static final String ARRAY = ".*\\.npy";
    private static final String PARTIAL_ARRAY = AtomicFiles.partialOf(ARRAY);
    private static final String PARTIAL_FILES =
            AtomicFiles.partialOf(FILES.stream().map(Pattern::quote).collect(Collectors.joining("|")));

    private EarlierFiles() {}

    /** Removes all files of a run; what else is there stays. */
    static void remove(Path directory) throws IOException {
        for (String name : FILES) {
            removeFile(directory.resolve(name));
        }
        removeMatching(directory, PARTIAL_FILES, FileTime.fromMillis(Long.MAX_VALUE));
        for (String folder : ARRAY_FOLDERS) {
            removeMatching(directory.resolve(folder), ARRAY + "|" + PARTIAL_ARRAY, FileTime.fromMillis(Long.MAX_VALUE));
        }
    }

    /** Removes what was being written when its process ended, where nobody has touched it since. */
    static void removePartial(Path directory, FileTime since) throws IOException {
        removeMatching(directory, PARTIAL_FILES, since);
        for (String folder : ARRAY_FOLDERS) {
            removeMatching(directory.resolve(folder), PARTIAL_ARRAY, since);
        }
    }

    private static void removeMatching(Path folder, String names, FileTime before) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.toList()) {
                String name = file.getFileName().toString();
                if (name.matches(names) && isOlder(file, before)) {
                    if (name.endsWith(".partial")) {
                        Files.deleteIfExists(file);
                    } else {
                        removeFile(file);
                    }
                }
            }
        }
    }

    private static boolean isOlder(Path file, FileTime limit) throws IOException {
        try {
            return Files.getLastModifiedTime(file).compareTo(limit) < 0;
        } catch (NoSuchFileException e) {
            return false; // it has found its place meanwhile
        }
    }

    private static void removeFile(Path file) throws IOException {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(file.getFileName() + " is a directory");
        }
        Files.deleteIfExists(file);
    }
}
