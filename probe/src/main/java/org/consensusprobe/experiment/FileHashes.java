package org.consensusprobe.experiment;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.ManifestSections.ModelFile;

/** SHA-256 of a checkpoint's files, taken beside the run: a manifest must say which bytes were believed. */
final class FileHashes {
    /** What is known of files that did not change since: the runs of one command often share a checkpoint. */
    private static final Map<FileState, String> KNOWN = new ConcurrentHashMap<>();

    private record FileState(Path file, long bytes, FileTime changed) {}

    private FileHashes() {}

    /** Starts hashing on a thread of its own. */
    static CompletableFuture<List<ModelFile>> start(List<Path> files) {
        CompletableFuture<List<ModelFile>> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        List<ModelFile> hashed = new ArrayList<>();
                        for (Path file : files) {
                            hashed.add(new ModelFile(file.getFileName().toString(), Files.size(file), known(file)));
                        }
                        result.complete(hashed);
                    } catch (IOException e) {
                        result.completeExceptionally(Problem.failed(
                                e, "A file of the checkpoint cannot be read any more: %s.", e.getMessage()));
                    }
                },
                "file-hashes");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
        return result;
    }

    private static String known(Path file) throws IOException {
        Path real = file.toRealPath();
        FileState state = new FileState(real, Files.size(real), Files.getLastModifiedTime(real));
        String hash = KNOWN.get(state);
        if (hash == null) {
            hash = sha256(real);
            KNOWN.put(state, hash);
        }
        return hash;
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 18];
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
