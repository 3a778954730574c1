package org.consensusprobe.results;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * A run directory being written, and kept from other processes until it is closed.
 *
 * <p>Every file appears complete or not at all. Columns, names and units are fixed for one {@link Manifest#FORMAT}.
 */
public final class RunDirectory implements AutoCloseable {
    public static final String MANIFEST = "manifest.json";
    public static final String ERROR = "error.npy";
    public static final String CURVE = "curve.csv";
    public static final String HIDDEN = "hidden.npy";
    public static final String MEASURES = "measures";
    /** Folder of the hidden states kept on the way. */
    public static final String HIDDEN_AT = "hidden";
    /** Folder of the attention matrices kept on the way. */
    public static final String ATTENTION_AT = "attention";
    /** The folder of what a simulation recorded. */
    public static final String ARRAYS = "arrays";

    public static final String FIGURE_PNG = "figure.png";
    public static final String FIGURE_SVG = "figure.svg";
    public static final String REPORT = "report.html";
    /** What a run that is not finished needs to go on. */
    public static final String STATE = "state.npz";

    private static final int MOST_NAME = 120;
    private static final Pattern MEASURE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final Path path;
    private final RunLock lock;
    private final Optional<Manifest> earlier;

    private RunDirectory(Path path, RunLock lock, Optional<Manifest> earlier) {
        this.path = path;
        this.lock = lock;
        this.earlier = earlier;
    }

    /**
     * Makes a directory ready for a new run.
     *
     * @param force accept a directory that holds something: files of an earlier run are removed, all else stays
     * @throws Problem if it is a file, not writable, in use, or holds something and {@code force} is not set
     */
    public static RunDirectory create(Path directory, boolean force) {
        requireDirectories(directory);
        try {
            Files.createDirectories(directory);
            if (!force && !Files.exists(directory.resolve(RunLock.NAME))) {
                requireEmpty(directory);
            }
        } catch (IOException e) {
            throw cannotCreate(directory, e);
        }
        RunLock lock = RunLock.take(directory);
        try {
            if (force) {
                EarlierFiles.remove(directory);
            } else {
                requireEmpty(directory);
            }
            return new RunDirectory(directory, lock, Optional.empty());
        } catch (IOException e) {
            lock.close();
            throw Problem.input(e, "%s: cannot be cleared: %s.", directory, reason(e));
        } catch (Problem e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Opens a directory to go on with the run in it; a new or empty one is made ready for its first start.
     *
     * @throws Problem if it is a file, not writable, in use, or holds something but no run
     */
    public static RunDirectory resume(Path directory) {
        if (!Files.exists(directory.resolve(MANIFEST))) {
            return create(directory, false);
        }
        RunLock lock = RunLock.take(directory);
        try {
            EarlierFiles.removePartial(directory);
            return new RunDirectory(directory, lock, Optional.of(Manifest.read(directory.resolve(MANIFEST))));
        } catch (IOException e) {
            lock.close();
            throw cannotCreate(directory, e);
        } catch (Problem e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Makes a new directory in {@code results/}, named after a run and the time; never one that exists.
     *
     * @param workingDirectory where {@code results/} is, or is made
     * @param name what the run is: model and weights
     */
    public static RunDirectory createDefault(Path workingDirectory, String name, Instant now) {
        while (true) {
            Path directory = defaultPath(workingDirectory, name, now);
            requireDirectories(directory);
            try {
                Files.createDirectories(directory.getParent());
                Files.createDirectory(directory);
            } catch (FileAlreadyExistsException e) {
                continue; // another run of the same second was faster
            } catch (IOException e) {
                throw cannotCreate(directory, e);
            }
            return create(directory, false);
        }
    }

    /** The first free name in {@code results/}: what it is, and the time in UTC. Nothing is created. */
    public static Path defaultPath(Path workingDirectory, String what, Instant now) {
        String time =
                now.toString().replaceAll("\\..*|Z$", "").replaceAll("[-:]", "").replace('T', '-');
        String name = fileName(what) + "-" + time;
        Path results = workingDirectory.resolve("results");
        Path path = results.resolve(name);
        for (int i = 2; Files.exists(path, LinkOption.NOFOLLOW_LINKS); i++) {
            path = results.resolve(name + "-" + i);
        }
        return path;
    }

    /**
     * Looks whether a new run could have a directory; makes nothing.
     *
     * @throws Problem if it is a file, lies in one, or holds something
     */
    public static void requireFree(Path directory) {
        requireDirectories(directory);
        if (Files.isDirectory(directory)) {
            try {
                requireEmpty(directory);
            } catch (IOException e) {
                throw cannotCreate(directory, e);
            }
        }
    }

    /** Where the run is written. */
    public Path path() {
        return path;
    }

    /** The manifest of the run that was found in the directory; empty for a new one. */
    public Optional<Manifest> earlier() {
        return earlier;
    }

    /** Where the state of an unfinished run is kept. */
    public Path stateFile() {
        return path.resolve(STATE);
    }

    /** Removes the state of a run that is finished. */
    public void removeState() {
        try {
            Files.deleteIfExists(stateFile());
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be removed: %s.", stateFile(), reason(e));
        }
    }

    public void writeManifest(Manifest manifest) {
        AtomicFiles.writeText(path.resolve(MANIFEST), manifest.toJson());
    }

    /** Writes {@code error.npy}: float64 [prompts][blocks + 1]. */
    public void writeError(double[][] error) {
        Npy.write(path.resolve(ERROR), error);
    }

    /** Writes {@code curve.csv}. */
    public void writeCurve(Curve curve) {
        AtomicFiles.writeText(path.resolve(CURVE), curve.toCsv());
    }

    /**
     * Writes {@code measures/NAME.npy}.
     *
     * @param shape prompts, depths, and further axes of the measure
     */
    public void writeMeasure(String name, NpyHeader.Type type, List<Integer> shape, Npy.Pieces pieces) {
        Path file = measureFile(path, name);
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be created: %s.", file.getParent(), reason(e));
        }
        Npy.write(file, type, shape, pieces);
    }

    /**
     * Starts an array in a folder of the run, such as {@code hidden/depth-8.npy}; its rows come in any order.
     *
     * @throws Problem if the disk refuses
     */
    public NpyRows startArray(String name, NpyHeader header) {
        Path file = path.resolve(name);
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be created: %s.", file.getParent(), reason(e));
        }
        return NpyRows.create(file, header);
    }

    /** Lets other processes in. */
    @Override
    public void close() {
        lock.close();
    }

    /** The file of a measure; the name cannot lead out of the run directory. */
    static Path measureFile(Path run, String name) {
        if (!MEASURE_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not the name of a measure: " + name);
        }
        return run.resolve(MEASURES).resolve(name + ".npy");
    }

    private static void requireDirectories(Path directory) {
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

    private static void requireEmpty(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            List<String> names = entries.map(p -> p.getFileName().toString())
                    .filter(name -> !name.equals(RunLock.NAME))
                    .sorted()
                    .toList();
            if (!names.isEmpty()) {
                throw Problem.input(
                        "%s: not empty (it holds %s).%nChoose another directory with --out, or replace the run in it"
                                + " with --force.",
                        directory, Shown.firstFew(names));
            }
        }
    }

    private static Problem cannotCreate(Path directory, IOException e) {
        return Problem.input(
                e, "%s: cannot be used as a run directory: %s. Choose another with --out.", directory, reason(e));
    }

    private static String reason(IOException e) {
        return switch (e.getClass().getSimpleName()) {
            case "AccessDeniedException" -> "permission denied";
            case "FileSystemException" -> ((java.nio.file.FileSystemException) e).getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    /** The last part of a path or hub id, in characters that every file system takes. */
    private static String fileName(String name) {
        String last = name.replaceAll("[/\\\\]+$", "").replaceAll(".*[/\\\\]", "");
        String safe = last.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[.-]+|[.-]+$", "");
        return safe.isEmpty() ? "model" : safe.substring(0, Math.min(MOST_NAME, safe.length()));
    }
}
