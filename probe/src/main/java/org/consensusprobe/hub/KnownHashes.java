package org.consensusprobe.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/**
 * What the files of a snapshot must hash to: by the names of their blobs, by the listing that huggingface_hub keeps in
 * {@code trees/}, or by the hub itself, which is asked at most once.
 */
final class KnownHashes {
    private static final long LARGEST_TREE = 256L << 20;

    private final HubCache cache;
    private final Snapshot snapshot;
    private final Optional<HubApi> hub;
    private JsonNode tree;
    private Map<String, Optional<RemoteFile>> listing;
    private String reason = "no hash of it is known without the hub (offline)";

    /** @param hub empty if no request may be made */
    KnownHashes(HubCache cache, Snapshot snapshot, Optional<HubApi> hub) {
        this.cache = cache;
        this.snapshot = snapshot;
        this.hub = hub;
    }

    /** The hash of a file, if any of the three tells it. */
    Optional<Etag> of(String path) {
        return HubCache.etagOf(snapshot.directory().resolve(path))
                .filter(Etag::isContentHash)
                .or(() -> ofTree(path))
                .or(() -> ofHub(path));
    }

    /** Why the last hash was not known. */
    String reason() {
        return reason;
    }

    private Optional<Etag> ofTree(String path) {
        if (tree == null) {
            Path file = cache.folder(snapshot.id()).resolve("trees").resolve(snapshot.commit() + ".json");
            tree = Files.isRegularFile(file)
                    ? StrictJson.readObject(file, LARGEST_TREE, "listing of huggingface_hub")
                    : StrictJson.mapper().createObjectNode();
        }
        JsonNode entry = tree.path("files").path(path);
        String hash = entry.path("lfs_sha256").asText(entry.path("blob_id").asText(""));
        return Etag.ofHeader(hash).filter(Etag::isContentHash);
    }

    private Optional<Etag> ofHub(String path) {
        if (hub.isEmpty()) {
            return Optional.empty();
        }
        if (listing == null) {
            try {
                listing = hub.get().listing(snapshot.id().at(snapshot.commit())).files();
                reason = "the hub's listing of this commit names no hash of it";
            } catch (Problem e) {
                listing = Map.of();
                reason = "its hash is not in the cache, and the hub does not tell it: " + e.getMessage();
            }
        }
        return listing.getOrDefault(path, Optional.empty()).map(RemoteFile::etag);
    }
}
