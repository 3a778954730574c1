package org.consensusprobe.experiment.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.common.UserCache;
import org.consensusprobe.results.ManifestSections.ModelFile;

/**
 * SHA-256 of a checkpoint's files: a manifest must say which bytes were believed.
 *
 * <p>They are taken beside the run, at a tenth of one core so that blocks do not wait for them, and at full speed as soon
 * as somebody waits for them. Files that did not change since they were last hashed are not read again.
 */
final class FileHashes {
    /** Pauses are so many times as long as the work between them. */
    private static final int REST = 9;

    private static final int SLICE = 1 << 20;
    /** One for the process: the runs of one command often share a checkpoint. */
    private static final HashCache USER_CACHE =
            new HashCache(UserCache.directory(System.getenv()).map(f -> f.resolve("file-hashes")));

    private final CompletableFuture<List<ModelFile>> result = new CompletableFuture<>();
    private final CountDownLatch wanted = new CountDownLatch(1);
    private final HashCache cache;

    private FileHashes(HashCache cache) {
        this.cache = cache;
    }

    /** Starts hashing on a thread of its own, with what the user's cache remembers. */
    static FileHashes start(List<Path> files) {
        return start(files, USER_CACHE);
    }

    static FileHashes start(List<Path> files, HashCache cache) {
        FileHashes hashes = new FileHashes(cache);
        Thread thread = new Thread(() -> hashes.take(files), "file-hashes");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
        return hashes;
    }

    /** Whether they are there, or why not is known. */
    boolean isDone() {
        return result.isDone();
    }

    /**
     * Waits for them.
     *
     * @throws Problem if a file cannot be read any more
     */
    List<ModelFile> join() {
        wanted.countDown();
        try {
            return result.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void take(List<Path> files) {
        try {
            List<ModelFile> hashed = new ArrayList<>();
            for (Path file : files) {
                hashed.add(new ModelFile(file.getFileName().toString(), Files.size(file), hash(file)));
            }
            result.complete(hashed);
        } catch (IOException e) {
            result.completeExceptionally(
                    Problem.failed(e, "A file of the checkpoint cannot be read any more: %s.", e.getMessage()));
        } catch (RuntimeException | InterruptedException e) {
            result.completeExceptionally(e);
        }
    }

    private String hash(Path file) throws IOException, InterruptedException {
        HashCache.FileState state = HashCache.FileState.of(file);
        Optional<String> known = cache.find(state);
        if (known.isPresent()) {
            return known.get();
        }
        Instant began = Instant.now();
        String sum = sha256(state.file());
        if (HashCache.FileState.of(file).equals(state)) {
            cache.put(state, sum, began);
        }
        return sum;
    }

    private String sha256(Path file) throws IOException, InterruptedException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = Sha256.digest();
            byte[] slice = new byte[SLICE];
            long began = System.nanoTime();
            for (int n = in.read(slice); n > 0; n = in.read(slice)) {
                digest.update(slice, 0, n);
                if (!wanted.await(REST * (System.nanoTime() - began), TimeUnit.NANOSECONDS)) {
                    began = System.nanoTime();
                }
            }
            return Sha256.hex(digest.digest());
        }
    }
}
