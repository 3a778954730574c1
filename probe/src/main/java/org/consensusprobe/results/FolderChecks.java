package org.consensusprobe.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/** Whether a folder can be, or become, a run directory; and what to say where it cannot. */
final class FolderChecks {
    private FolderChecks() {}

    // the first file of another process that began at the same moment may be on its way
    static void requireOurs(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            List<String> names = entries.map(p -> p.getFileName().toString())
                    .filter(name -> !name.endsWith(".partial") && !name.equals(RunDirectory.MANIFEST))
                    .sorted()
                    .toList();
            if (!names.isEmpty()) {
                throw notEmpty(directory, names);
            }
        }
    }

    static void requireDirectories(Path directory) {
        for (Path p = directory.toAbsolutePath(); p != null; p = p.getParent()) {
            if (Files.isDirectory(p)) {
                return;
            }
            if (Files.exists(p, LinkOption.NOFOLLOW_LINKS)) {
                throw Problem.input(
                        "%s: cannot be a run directory: %s. Choose another with --out.",
                        directory,
                        p.equals(directory.toAbsolutePath())
                                ? "it exists but is not a directory"
                                : p + " is not a directory");
            }
        }
    }

    static void requireEmpty(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            List<String> names = entries.map(p -> p.getFileName().toString())
                    .filter(name -> !name.equals(RunLock.NAME))
                    .sorted()
                    .toList();
            if (!names.isEmpty()) {
                throw notEmpty(directory, names);
            }
        }
    }

    static Problem notEmpty(Path directory, List<String> names) {
        return Problem.input(
                "%s: not empty (it holds %s).%nChoose another directory with --out, or replace the run in it with --force.",
                directory, Shown.firstFew(names));
    }

    static Problem cannotCreate(Path directory, IOException e) {
        return Problem.input(
                e, "%s: cannot be used as a run directory: %s. Choose another with --out.", directory, reason(e));
    }

    static String reason(IOException e) {
        return switch (e.getClass().getSimpleName()) {
            case "AccessDeniedException" -> "permission denied";
            case "FileSystemException" -> ((java.nio.file.FileSystemException) e).getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
