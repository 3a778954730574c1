package org.consensusprobe.experiment.units;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/**
 * A sweep's folder as many machines share it. What each says to the others are small files in {@code jobs/state}, which appear
 * whole or not at all: {@code ID.claim} while somebody makes a unit, {@code ID.tries} where it was begun before, {@code
 * ID.failed} and {@code ID.done}.
 */
public final class SweepFolder {
    /** Everything that is about who makes what. */
    public static final String JOBS = "jobs";

    private static final String DONE = ".done";
    private static final String FAILED = ".failed";
    private static final String TRIES = ".tries";
    private static final long MOST_BYTES = 1 << 16;

    private final Path folder;
    private final Path state;

    /**
     * A folder; it need not be there yet.
     *
     * @param folder of the sweep
     */
    public SweepFolder(Path folder) {
        this.folder = folder;
        this.state = folder.resolve(JOBS).resolve("state");
    }

    /** Makes the folders. */
    public void create() {
        try {
            Files.createDirectories(state);
            Files.delete(Files.createTempFile(state, ".writable", ""));
        } catch (IOException e) {
            throw Problem.input(e, "--out %s: the folder cannot be written to: %s.", folder, AtomicFiles.describe(e));
        }
    }

    public Path path() {
        return folder;
    }

    /** Where units are claimed. */
    Path state() {
        return state;
    }

    /** The list that all go by. */
    public Path listFile() {
        return folder.resolve(JOBS).resolve("units.jsonl");
    }

    /** The list, if one was agreed on. */
    public Optional<UnitList> list() {
        return Files.exists(listFile()) ? Optional.of(UnitList.read(listFile())) : Optional.empty();
    }

    /**
     * How units stand.
     *
     * @param done ids of those that are made
     * @param failed of those that are given up
     * @param claimed of those that somebody makes, or made when he died
     */
    public record Status(Set<String> done, Set<String> failed, Set<String> claimed) {
        /** Those that are neither made nor given up. */
        public List<Unit> open(List<Unit> units) {
            return units.stream()
                    .filter(unit -> !done.contains(unit.id()) && !failed.contains(unit.id()))
                    .toList();
        }
    }

    /** How all units stand: one look at one folder. */
    public Status status() {
        Set<String> names = names();
        Set<String> done = with(DONE, names);
        Set<String> failed = with(FAILED, names);
        failed.removeAll(done);
        return new Status(done, failed, with(Claims.SUFFIX, names));
    }

    private static Set<String> with(String suffix, Set<String> names) {
        return names.stream()
                .filter(name -> name.endsWith(suffix))
                .map(name -> name.substring(0, name.length() - suffix.length()))
                .collect(Collectors.toCollection(HashSet::new));
    }

    private Set<String> names() {
        if (!Files.isDirectory(state)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.list(state)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be read: %s.", state, e.getMessage());
        }
    }

    /** Whether a unit is made. */
    boolean isDone(Unit unit) {
        return Files.exists(state.resolve(unit.id() + DONE));
    }

    /** A unit is made: where, and in how many seconds. */
    void done(Unit unit, Path directory, double seconds) {
        String json = StrictJson.mapper()
                .createObjectNode()
                .put("directory", folder.relativize(directory).toString().replace('\\', '/'))
                .put("seconds", seconds)
                .put("by", Owner.SELF.describe())
                .toString();
        AtomicFiles.writeText(state.resolve(unit.id() + DONE), json + "\n");
        forget(unit);
    }

    /** A unit is part of a run now. */
    void moved(Unit unit, Path directory) {
        ObjectNode record = (ObjectNode) record(unit);
        record.put("directory", folder.relativize(directory).toString().replace('\\', '/'));
        AtomicFiles.writeText(state.resolve(unit.id() + DONE), record + "\n");
    }

    private JsonNode record(Unit unit) {
        return StrictJson.readObject(state.resolve(unit.id() + DONE), MOST_BYTES, "record of a finished unit");
    }

    /** Where a finished unit lies. */
    Path directory(Unit unit) {
        Path file = state.resolve(unit.id() + DONE);
        String text = record(unit).path("directory").asText();
        Path directory = folder.resolve(text).normalize();
        if (text.isEmpty() || !directory.startsWith(folder.normalize())) {
            throw Problem.input("%s: it names no folder of this sweep.", file);
        }
        return directory;
    }

    /** A unit is not as it was said to be: its folder is gone or changed. */
    void undo(Unit unit) {
        delete(unit.id() + DONE);
    }

    /**
     * How often a unit was begun without coming any further.
     *
     * @param reached the block from which it went on, or 0
     */
    record Tries(int count, int reached) {
        private static final Tries NONE = new Tries(0, 0);
    }

    Tries tries(Unit unit) {
        try {
            String[] numbers =
                    Files.readString(state.resolve(unit.id() + TRIES)).strip().split(" ");
            return new Tries(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
        } catch (IOException | RuntimeException e) {
            return Tries.NONE;
        }
    }

    void tries(Unit unit, Tries now) {
        AtomicFiles.writeText(state.resolve(unit.id() + TRIES), now.count() + " " + now.reached() + "\n");
    }

    /** A unit is given up: why, and who says so. */
    void failed(Unit unit, String reason) {
        AtomicFiles.writeText(state.resolve(unit.id() + FAILED), reason + " (" + Owner.SELF.describe() + ")\n");
    }

    /** Why a unit was given up. */
    public String reason(String id) {
        try {
            return Files.readString(state.resolve(id + FAILED)).strip();
        } catch (IOException e) {
            return "not known any more";
        }
    }

    /** Past tries count no more: somebody asks for the unit anew. */
    public void forget(Unit unit) {
        delete(unit.id() + TRIES);
        delete(unit.id() + FAILED);
    }

    private void delete(String name) {
        try {
            Files.deleteIfExists(state.resolve(name));
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be removed: %s.", state.resolve(name), e.getMessage());
        }
    }
}
