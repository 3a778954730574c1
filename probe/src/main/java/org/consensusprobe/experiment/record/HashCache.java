package org.consensusprobe.experiment.record;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.common.StrictJson;

/**
 * SHA-256 sums of files that did not change since they were taken, in memory and in a folder of the user's cache.
 *
 * <p>A file counts as unchanged while its size, its inode, and its times of modification and of status change are the
 * same: the last is set by the system at every write and cannot be set back. The folder holds one small file for each
 * file that was hashed; whatever is wrong with it, the sum is taken again.
 */
final class HashCache {
    /** Two changes within one tick of a file system's clock look like one: what is younger is not remembered. */
    private static final Duration TICK = Duration.ofSeconds(2);

    private static final int MAX_BYTES = 1 << 16;
    private static final int NAME_DIGITS = 32;
    private final Map<FileState, String> known = new ConcurrentHashMap<>();
    private final Optional<Path> folder;

    /** A cache with that folder, which is made on first use; in memory alone without one. */
    HashCache(Optional<Path> folder) {
        this.folder = folder;
    }

    /** What tells a file from a changed one. */
    record FileState(Path file, long bytes, String modified, String changed, String inode) {
        static FileState of(Path file) throws IOException {
            Path real = file.toRealPath();
            BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
            boolean unix = real.getFileSystem().supportedFileAttributeViews().contains("unix");
            return new FileState(
                    real,
                    attributes.size(),
                    attributes.lastModifiedTime().toInstant().toString(),
                    unix ? Files.getAttribute(real, "unix:ctime").toString() : "",
                    String.valueOf(attributes.fileKey()));
        }

        private boolean isOlderThan(Instant limit) {
            return Instant.parse(modified).isBefore(limit)
                    && (changed.isEmpty() || Instant.parse(changed).isBefore(limit));
        }
    }

    /** The sum of a file in that state, if it is known. */
    Optional<String> find(FileState state) {
        String sum = known.get(state);
        return sum != null ? Optional.of(sum) : entry(state).flatMap(file -> read(file, state));
    }

    /**
     * Remembers a sum.
     *
     * @param began when reading began; a file that changed about then or later is not remembered
     */
    void put(FileState state, String sha256, Instant began) {
        if (!state.isOlderThan(began.minus(TICK))) {
            return;
        }
        known.put(state, sha256);
        entry(state).ifPresent(file -> write(file, state, sha256));
    }

    private Optional<Path> entry(FileState state) {
        return folder.map(f -> f.resolve(nameOf(state.file()) + ".json"));
    }

    private static Optional<String> read(Path entry, FileState state) {
        if (!Files.isRegularFile(entry)) {
            return Optional.empty();
        }
        try {
            JsonFields fields = JsonFields.of(StrictJson.readObject(entry, MAX_BYTES, "remembered hash"), entry);
            boolean same = fields.text("file").equals(state.file().toString())
                    && fields.text("bytes").equals(Long.toString(state.bytes()))
                    && fields.text("modified").equals(state.modified())
                    && fields.text("changed").equals(state.changed())
                    && fields.text("inode").equals(state.inode());
            String sum = fields.text("sha256");
            return same && sum.matches("[0-9a-f]{64}") ? Optional.of(sum) : Optional.empty();
        } catch (Problem e) {
            return Optional.empty();
        }
    }

    private static void write(Path entry, FileState state, String sha256) {
        ObjectNode json = StrictJson.mapper().createObjectNode();
        json.put("file", state.file().toString());
        json.put("bytes", Long.toString(state.bytes()));
        json.put("modified", state.modified());
        json.put("changed", state.changed());
        json.put("inode", state.inode());
        json.put("sha256", sha256);
        try {
            Files.createDirectories(entry.getParent());
            AtomicFiles.writeText(entry, json + "\n");
        } catch (IOException | Problem e) {
            // a cache that cannot be written costs time, no more
        }
    }

    private static String nameOf(Path file) {
        return Sha256.of(file.toString()).substring(0, NAME_DIGITS);
    }
}
