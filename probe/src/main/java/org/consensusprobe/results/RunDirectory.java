package org.consensusprobe.results;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;

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
    /** Which tokens kept states are those of. */
    public static final String TOKENS = "tokens.jsonl";

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
    private static final Duration ABANDONED_AFTER = Duration.ofHours(1);
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
        FolderChecks.requireDirectories(directory);
        try {
            Files.createDirectories(directory);
            if (!force && !Files.exists(directory.resolve(RunLock.NAME))) {
                FolderChecks.requireEmpty(directory);
            }
        } catch (IOException e) {
            throw FolderChecks.cannotCreate(directory, e);
        }
        RunLock lock = RunLock.take(directory);
        try {
            if (force) {
                EarlierFiles.remove(directory);
            } else {
                FolderChecks.requireEmpty(directory);
            }
            return new RunDirectory(directory, lock, Optional.empty());
        } catch (IOException e) {
            lock.close();
            throw Problem.input(e, "%s: cannot be cleared: %s.", directory, FolderChecks.reason(e));
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
            EarlierFiles.removePartial(directory, FileTime.fromMillis(Long.MAX_VALUE));
            return new RunDirectory(directory, lock, Optional.of(Manifest.read(directory.resolve(MANIFEST))));
        } catch (IOException e) {
            lock.close();
            throw FolderChecks.cannotCreate(directory, e);
        } catch (Problem e) {
            lock.close();
            throw e;
        }
    }

    /**
     * As {@link #resume}, of a directory that is kept from others by other means, or by none: no lock is taken, as none is to be
     * trusted between machines. Two processes that write one run at once write the same bytes, each file whole.
     *
     * @throws Problem if it is a file, not writable, or holds something but no run
     */
    public static RunDirectory shared(Path directory) {
        FolderChecks.requireDirectories(directory);
        try {
            Files.createDirectories(directory);
            Path manifest = directory.resolve(MANIFEST);
            boolean begun = Files.exists(manifest);
            if (!begun && !Files.exists(directory.resolve(RunLock.NAME))) {
                FolderChecks.requireOurs(directory);
            }
            EarlierFiles.removePartial(directory, FileTime.from(Instant.now().minus(ABANDONED_AFTER)));
            return new RunDirectory(directory, null, begun ? Optional.of(Manifest.read(manifest)) : Optional.empty());
        } catch (IOException e) {
            throw FolderChecks.cannotCreate(directory, e);
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
            FolderChecks.requireDirectories(directory);
            try {
                Files.createDirectories(directory.getParent());
                Files.createDirectory(directory);
            } catch (FileAlreadyExistsException e) {
                continue; // another run of the same second was faster
            } catch (IOException e) {
                throw FolderChecks.cannotCreate(directory, e);
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
        FolderChecks.requireDirectories(directory);
        if (Files.isDirectory(directory)) {
            try {
                FolderChecks.requireEmpty(directory);
            } catch (IOException e) {
                throw FolderChecks.cannotCreate(directory, e);
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
            throw Problem.failed(e, "%s: cannot be removed: %s.", stateFile(), FolderChecks.reason(e));
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
            throw Problem.failed(e, "%s: cannot be created: %s.", file.getParent(), FolderChecks.reason(e));
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
            throw Problem.failed(e, "%s: cannot be created: %s.", file.getParent(), FolderChecks.reason(e));
        }
        return NpyRows.create(file, header);
    }

    /** Removes the run: its files, and its folder where nothing else is in it. */
    public void discard() {
        try {
            EarlierFiles.remove(path);
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be removed: %s.", path, FolderChecks.reason(e));
        }
        EarlierFiles.ARRAY_FOLDERS.forEach(folder -> deleteIfEmpty(path.resolve(folder)));
        close();
        deleteIfEmpty(path);
    }

    /** Removes a folder that nothing is in. */
    public static void deleteIfEmpty(Path folder) {
        try {
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // something of the user's, or of another process: it stays
        }
    }

    /** Lets other processes in. */
    @Override
    public void close() {
        if (lock != null) {
            lock.close();
        }
    }

    /** The file of a measure; the name cannot lead out of the run directory. */
    static Path measureFile(Path run, String name) {
        if (!MEASURE_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not the name of a measure: " + name);
        }
        return run.resolve(MEASURES).resolve(name + ".npy");
    }

    /** The last part of a path or hub id, in characters that every file system takes. */
    private static String fileName(String name) {
        String last = name.replaceAll("[/\\\\]+$", "").replaceAll(".*[/\\\\]", "");
        String safe = last.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[.-]+|[.-]+$", "");
        return safe.isEmpty() ? "model" : safe.substring(0, Math.min(MOST_NAME, safe.length()));
    }
}
