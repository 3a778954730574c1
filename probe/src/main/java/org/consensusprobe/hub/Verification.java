package org.consensusprobe.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;

/**
 * What checking one file of a snapshot came to.
 *
 * @param path the file's name in the snapshot
 * @param bytes its size; 0 if it is missing
 * @param outcome whether its bytes are the hub's
 * @param detail the hash that was compared, or why none was
 */
public record Verification(String path, long bytes, Outcome outcome, String detail) {
    /** Whether a file's bytes are those that the hub names. */
    public enum Outcome {
        /** The hash fits. */
        RIGHT,
        /** The hash differs: the file is damaged or was changed. */
        WRONG,
        /** The snapshot shows the file, but its bytes are gone. */
        MISSING,
        /** Nobody says what the hash should be. */
        UNKNOWN
    }

    static List<Verification> of(Snapshot snapshot, KnownHashes hashes, ByteProgress listener) {
        Map<String, Long> files = files(snapshot.directory());
        long bytes = files.values().stream().mapToLong(Long::longValue).sum();
        Transfer hashed = new Transfer(listener, 0);
        listener.begins("Hashing " + snapshot.id(), files.size(), bytes, 0);
        boolean whole = false;
        try {
            List<Verification> results = new ArrayList<>();
            files.forEach((path, size) -> results.add(check(snapshot, path, size, hashes, hashed)));
            missing(snapshot.directory()).stream()
                    .filter(path -> !files.containsKey(path))
                    .forEach(path -> results.add(new Verification(path, 0, Outcome.MISSING, "not in the snapshot")));
            whole = true;
            return results;
        } finally {
            listener.ends(whole);
        }
    }

    private static List<String> missing(Path directory) {
        try {
            return WantedFiles.missing(directory);
        } catch (Problem e) {
            // a damaged index names no shards; its own hash tells
            return List.of();
        }
    }

    private static Verification check(Snapshot snapshot, String path, long size, KnownHashes hashes, Transfer hashed) {
        Path file = snapshot.directory().resolve(path);
        if (!Files.isRegularFile(file)) {
            return new Verification(path, 0, Outcome.MISSING, "its link leads nowhere");
        }
        Optional<Etag> etag = hashes.of(path);
        if (etag.isEmpty()) {
            hashed.advance(size);
            return new Verification(path, size, Outcome.UNKNOWN, hashes.reason());
        }
        boolean right = etag.get().matches(digest(file, size, etag.get(), hashed));
        return new Verification(
                path, size, right ? Outcome.RIGHT : Outcome.WRONG, etag.get().algorithm() + " " + etag.get());
    }

    private static byte[] digest(Path file, long size, Etag etag, Transfer hashed) {
        MessageDigest digest = etag.digest(size);
        byte[] chunk = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                digest.update(chunk, 0, n);
                hashed.advance(n);
            }
            return digest.digest();
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be read: %s.", file, e.getMessage());
        }
    }

    /** Every file that a snapshot shows, dangling links too, with the size of its bytes. */
    private static Map<String, Long> files(Path folder) {
        Map<String, Long> files = new LinkedHashMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) walk.sorted()::iterator) {
                if (!Files.isDirectory(path)) {
                    String name = folder.relativize(path).toString().replace('\\', '/');
                    files.put(name, Files.isRegularFile(path) ? Files.size(path) : 0L);
                }
            }
            return files;
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be read: %s.", folder, e.getMessage());
        }
    }
}
