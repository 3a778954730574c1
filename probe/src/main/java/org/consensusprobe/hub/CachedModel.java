package org.consensusprobe.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;

/**
 * A model in the cache.
 *
 * @param repository {@code org/name}
 * @param snapshots its commits
 * @param bytes what it takes on the disk, with the parts of interrupted downloads
 */
public record CachedModel(String repository, List<Commit> snapshots, long bytes) {
    /**
     * One commit of a model in the cache.
     *
     * @param commit the commit
     * @param refs the branches and tags that stood for it when they were last fetched
     * @param directory its snapshot
     * @param missing what a run would miss; empty if it can be used without a request
     * @param bytes the size of its files
     */
    public record Commit(String commit, List<String> refs, Path directory, List<String> missing, long bytes) {}

    static CachedModel of(HubCache cache, ModelId id) {
        Map<String, String> refs = cache.refs(id);
        List<Commit> commits = new ArrayList<>();
        for (String commit : cache.commits(id)) {
            Path directory = cache.snapshot(id, commit);
            List<String> names = refs.entrySet().stream()
                    .filter(ref -> ref.getValue().equals(commit))
                    .map(Map.Entry::getKey)
                    .toList();
            commits.add(new Commit(commit, names, directory, missing(directory), bytes(List.of(directory))));
        }
        return new CachedModel(
                id.repository(),
                commits,
                bytes(List.of(cache.blobs(id), cache.folder(id).resolve("snapshots"))));
    }

    private static List<String> missing(Path directory) {
        try {
            return WantedFiles.missing(directory);
        } catch (Problem e) {
            // a damaged index: the list of models must not end there
            return List.of(WantedFiles.INDEX + " (unreadable)");
        }
    }

    /** The bytes of all files under some folders, each counted once however many links lead to it. */
    private static long bytes(List<Path> folders) {
        Set<Path> counted = new HashSet<>();
        long bytes = 0;
        for (Path folder : folders) {
            if (!Files.isDirectory(folder)) {
                continue;
            }
            try (Stream<Path> walk = Files.walk(folder)) {
                for (Path path : (Iterable<Path>) walk::iterator) {
                    if (Files.isRegularFile(path) && counted.add(path.toRealPath())) {
                        bytes += Files.size(path);
                    }
                }
            } catch (IOException | java.io.UncheckedIOException e) {
                throw Problem.failed(e, "%s: the Hugging Face cache cannot be read: %s.", folder, e.getMessage());
            }
        }
        return bytes;
    }
}
