package org.consensusprobe.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;

/**
 * The cache of huggingface_hub on disk.
 *
 * <pre>
 * models--org--name/blobs/ETAG                     contents, named by their hash
 *                  /refs/REVISION                  the commit a branch or tag stood for when it was last fetched
 *                  /snapshots/COMMIT/PATH          relative links to blobs, or plain files where links are impossible
 *                  /.no_exist/COMMIT/PATH          empty: the hub said that this commit lacks the file
 * .locks/models--org--name/ETAG.lock
 * </pre>
 *
 * A blob may itself be a link into the cache's shared store {@code blobs/}, so a link's first hop, not its real path,
 * holds the hash.
 */
final class HubCache {
    private static final String CACHE_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"
            + "# This file is a cache directory tag: backup tools may skip this folder.\n"
            + "# See https://bford.info/cachedir/\n";

    private final Path root;
    private final Links links;

    HubCache(Path root, Links links) {
        this.root = root;
        this.links = links;
    }

    Path root() {
        return root;
    }

    Path folder(ModelId id) {
        return root.resolve(id.folder());
    }

    Path blobs(ModelId id) {
        return folder(id).resolve("blobs");
    }

    Path blob(ModelId id, Etag etag) {
        return blobs(id).resolve(etag.text());
    }

    Path snapshot(ModelId id, String commit) {
        return folder(id).resolve("snapshots").resolve(commit);
    }

    Path lockFile(ModelId id, Etag etag) {
        return root.resolve(".locks").resolve(id.folder()).resolve(etag.text() + ".lock");
    }

    /** The commit that the revision stood for when it was last fetched, by us or by Python. */
    Optional<String> commitOf(ModelId id) {
        if (id.isPinned()) {
            return Optional.of(id.revision());
        }
        return readRef(folder(id).resolve("refs").resolve(id.revision()));
    }

    /** Remembers the commit of a branch or tag, in one step that a reader beside us never sees half done. */
    void writeRef(ModelId id, String commit) throws IOException {
        if (id.revision().equals(commit) || commitOf(id).equals(Optional.of(commit))) {
            return;
        }
        Path ref = folder(id).resolve("refs").resolve(id.revision());
        Files.createDirectories(ref.getParent());
        Path temporary = ref.resolveSibling(ref.getFileName() + "." + unique() + ".tmp");
        try {
            Files.writeString(temporary, commit);
            Files.move(temporary, ref, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Remembers that a commit lacks a file, which spares Python the question. */
    void markAbsent(ModelId id, String commit, String path) throws IOException {
        Path mark = folder(id).resolve(".no_exist").resolve(commit).resolve(path);
        Files.createDirectories(mark.getParent());
        try {
            Files.createFile(mark);
        } catch (FileAlreadyExistsException e) {
            // as wanted
        }
    }

    boolean isMarkedAbsent(ModelId id, String commit, String path) {
        return Files.isRegularFile(
                folder(id).resolve(".no_exist").resolve(commit).resolve(path));
    }

    /** Makes the cache's folder, tagged so that backups skip it. */
    void prepare(ModelId id) throws IOException {
        Files.createDirectories(blobs(id));
        Files.createDirectories(lockFile(id, new Etag("x")).getParent());
        Path tag = root.resolve("CACHEDIR.TAG");
        if (Files.notExists(tag)) {
            Files.writeString(tag, CACHE_TAG, StandardCharsets.UTF_8);
        }
    }

    /**
     * Shows a blob in a snapshot: a relative link, or, where links are impossible, the blob itself if it is new, and a
     * copy if other snapshots may need it, as huggingface_hub does.
     */
    void place(ModelId id, String commit, RemoteFile file, boolean newBlob) throws IOException {
        Path pointer = snapshot(id, commit).resolve(file.path());
        Path blob = blob(id, file.etag());
        if (isWhole(pointer, file.size())) {
            return;
        }
        Files.createDirectories(pointer.getParent());
        Files.deleteIfExists(pointer);
        try {
            links.create(pointer, pointer.getParent().relativize(blob));
        } catch (FileAlreadyExistsException e) {
            if (!isWhole(pointer, file.size())) {
                throw e;
            }
        } catch (UnsupportedOperationException | IOException e) {
            placeFile(blob, pointer, newBlob, file.size());
        }
    }

    /**
     * Removes blobs that a snapshot shows, and its links to them, if they are among those given and no other snapshot shows
     * them. Where links are impossible nothing is removed.
     *
     * @return the bytes that became free
     */
    long drop(ModelId id, String commit, Set<Path> mayGo) throws IOException {
        Map<Path, List<Path>> shown = new TreeMap<>();
        for (String other : commits(id)) {
            try (Stream<Path> files = Files.walk(snapshot(id, other))) {
                for (Path link : files.filter(Files::isSymbolicLink).toList()) {
                    etagOf(link).ifPresent(etag -> shown.computeIfAbsent(blob(id, etag), b -> new ArrayList<>())
                            .add(link));
                }
            }
        }
        long free = 0;
        for (Map.Entry<Path, List<Path>> blob : shown.entrySet()) {
            boolean ownAlone = blob.getValue().stream().allMatch(link -> link.startsWith(snapshot(id, commit)));
            if (mayGo.contains(blob.getKey()) && ownAlone && Files.isRegularFile(blob.getKey())) {
                free += Files.size(blob.getKey());
                for (Path link : blob.getValue()) {
                    Files.delete(link);
                }
                Files.delete(blob.getKey());
                mayGo.remove(blob.getKey());
            }
        }
        return free;
    }

    /** Whether a snapshot shows the file with all its bytes. */
    static boolean isWhole(Path file, long size) {
        try {
            return Files.isRegularFile(file) && Files.size(file) == size;
        } catch (IOException e) {
            return false;
        }
    }

    /** The hash in a link's first hop; empty for plain files. */
    static Optional<Etag> etagOf(Path pointer) {
        try {
            return Files.isSymbolicLink(pointer)
                    ? Etag.ofHeader(
                            Files.readSymbolicLink(pointer).getFileName().toString())
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The repositories in the cache, sorted. */
    List<String> repositories() {
        List<String> found = new ArrayList<>();
        for (Path folder : children(root)) {
            if (Files.isDirectory(folder)) {
                ModelId.repositoryOfFolder(folder.getFileName().toString()).ifPresent(found::add);
            }
        }
        found.sort(String.CASE_INSENSITIVE_ORDER);
        return found;
    }

    /** Every branch and tag in the cache with its commit. */
    Map<String, String> refs(ModelId id) {
        Map<String, String> refs = new TreeMap<>();
        Path folder = folder(id).resolve("refs");
        if (!Files.isDirectory(folder)) {
            return refs;
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    String name = folder.relativize(file).toString().replace('\\', '/');
                    readRef(file).ifPresent(commit -> refs.put(name, commit));
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
        return refs;
    }

    /** The commits with a snapshot in the cache. */
    List<String> commits(ModelId id) {
        List<String> commits = new ArrayList<>();
        for (Path folder : children(folder(id).resolve("snapshots"))) {
            if (ModelId.isCommit(folder.getFileName().toString())) {
                commits.add(folder.getFileName().toString());
            }
        }
        return commits;
    }

    /** The entries of a folder, sorted; none if it is missing. */
    static List<Path> children(Path folder) {
        List<Path> entries = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return entries;
        }
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(entries::add);
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            throw unreadable(folder, e);
        }
        entries.sort(null);
        return entries;
    }

    static String unique() {
        return UUID.randomUUID().toString().substring(0, 8);
    }

    private static void placeFile(Path blob, Path pointer, boolean newBlob, long size) throws IOException {
        if (newBlob) {
            Files.move(blob, pointer, StandardCopyOption.REPLACE_EXISTING);
            return;
        }
        Path temporary = blob.resolveSibling(blob.getFileName() + "." + unique() + ".incomplete");
        try {
            Files.copy(blob, temporary);
            Files.move(temporary, pointer, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException e) {
            // another process may have moved the blob to this very place meanwhile
            if (!isWhole(pointer, size)) {
                throw e;
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static Optional<String> readRef(Path ref) {
        try {
            return Files.isRegularFile(ref) && Files.size(ref) < 1000
                    ? Optional.of(Files.readString(ref).strip()).filter(ModelId::isCommit)
                    : Optional.empty();
        } catch (IOException e) {
            throw unreadable(ref, e);
        }
    }

    private static Problem unreadable(Path path, Exception e) {
        return Problem.failed(e, "%s: the Hugging Face cache cannot be read: %s.", path, e.getMessage());
    }
}
