package org.consensusprobe.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/** What the hub says of models and files, checked before it is believed. */
final class HubApi {
    private static final long LARGEST_LISTING = 64L << 20;
    private static final int MOST_FILES = 200_000;

    private final HubSettings settings;
    private final HubClient client;
    private final Retries retries;

    /**
     * The files of one commit.
     *
     * @param commit what the revision stands for now
     * @param files every file with a safe name; with size and hash where the listing tells them
     */
    record Listing(ModelId id, String commit, Map<String, Optional<RemoteFile>> files) {
        Set<String> names() {
            return files.keySet();
        }
    }

    HubApi(HubSettings settings, HubClient client, Retries retries) {
        this.settings = settings;
        this.client = client;
        this.retries = retries;
    }

    /** Asks which commit a revision stands for, and for the names of its files. */
    Listing listing(ModelId id) {
        URI uri = URI.create(settings.endpoint() + "/api/models/" + id.repository() + "/revision/"
                + encoded(id.revision()) + "?blobs=true");
        byte[] json = retries.run(() -> client.get(uri, Map.of("Accept", "application/json"), LARGEST_LISTING, id));
        String where = HubErrors.place(uri);
        JsonNode answer = StrictJson.requireObject(StrictJson.parse(json, where, "answer"), where, "answer");
        String commit = answer.path("sha").asText("");
        if (!ModelId.isCommit(commit) || id.isPinned() && !commit.equals(id.revision())) {
            throw Problem.failed(
                    "%s: the answer names no commit of %s; is HF_ENDPOINT a hub? Its answer holds neither the right 'sha'"
                            + " nor an error.",
                    where, id);
        }
        JsonNode siblings = answer.path("siblings");
        if (!siblings.isArray() || siblings.size() > MOST_FILES) {
            throw Problem.failed("%s: the answer holds no usable list of files ('siblings').", where);
        }
        Map<String, Optional<RemoteFile>> files = new LinkedHashMap<>();
        for (JsonNode sibling : siblings) {
            String name = sibling.path("rfilename").asText("");
            if (RemoteFile.isSafePath(name)) {
                files.put(name, described(name, sibling));
            }
        }
        return new Listing(id, commit, files);
    }

    /** Branches and tags with the commits that they stand for, those with safe names. */
    Map<String, String> refs(ModelId id) {
        URI uri = URI.create(settings.endpoint() + "/api/models/" + id.repository() + "/refs");
        byte[] json = retries.run(() -> client.get(uri, Map.of("Accept", "application/json"), LARGEST_LISTING, id));
        String where = HubErrors.place(uri);
        JsonNode answer = StrictJson.requireObject(StrictJson.parse(json, where, "answer"), where, "answer");
        Map<String, String> refs = new LinkedHashMap<>();
        for (String kind : List.of("branches", "tags")) {
            JsonNode list = answer.path(kind);
            if (!list.isArray() || list.size() > MOST_FILES) {
                throw Problem.failed("%s: the answer holds no usable list of %s.", where, kind);
            }
            for (JsonNode ref : list) {
                String name = ref.path("name").asText("");
                String commit = ref.path("targetCommit").asText("");
                if (ModelId.isRevision(name) && ModelId.isCommit(commit)) {
                    refs.putIfAbsent(name, commit);
                }
            }
        }
        return refs;
    }

    /** Size and hash of one file of the listing, asking the hub where the listing left them out. */
    RemoteFile describe(Listing listing, String path) {
        return listing.files().getOrDefault(path, Optional.empty()).orElseGet(() -> ask(listing, path));
    }

    /** Where a file's content is asked for; the hub may redirect from there. */
    URI content(ModelId id, String commit, String path) {
        StringBuilder uri = new StringBuilder()
                .append(settings.endpoint())
                .append('/')
                .append(id.repository())
                .append("/resolve/")
                .append(commit);
        for (String segment : path.split("/")) {
            uri.append('/').append(encoded(segment));
        }
        return URI.create(uri.toString());
    }

    /** The first {@code length} bytes of a file, or the whole of a shorter one, without keeping them. */
    byte[] head(Listing listing, RemoteFile file, int length) {
        int wanted = (int) Math.min(length, file.size());
        if (wanted == 0) {
            return new byte[0];
        }
        URI uri = content(listing.id(), listing.commit(), file.path());
        // a server without ranges sends the whole file: refused before much of it arrives
        byte[] bytes =
                retries.run(() -> client.get(uri, Map.of("Range", "bytes=0-" + (wanted - 1)), wanted, listing.id()));
        if (bytes.length != wanted) {
            throw Problem.failed(
                    "%s: %d bytes arrived where %d were asked for.", HubErrors.place(uri), bytes.length, wanted);
        }
        return bytes;
    }

    private RemoteFile ask(Listing listing, String path) {
        URI uri = content(listing.id(), listing.commit(), path);
        HttpHeaders headers = retries.run(() -> client.head(uri, listing.id()));
        String commit = headers.firstValue("X-Repo-Commit").orElse("");
        if (!commit.equals(listing.commit())) {
            throw Problem.failed(
                    "%s: the answer's X-Repo-Commit is '%s', expected %s: this is no hub, or a proxy changes its answers.",
                    HubErrors.place(uri), commit.replaceAll("[^\\w.-]", "?"), listing.commit());
        }
        Optional<Etag> etag = headers.firstValue("X-Linked-Etag")
                .or(() -> headers.firstValue("ETag"))
                .flatMap(Etag::ofHeader);
        long size = headers.firstValue("X-Linked-Size")
                .or(() -> headers.firstValue("Content-Length"))
                .map(HubApi::size)
                .orElse(-1L);
        if (etag.isEmpty() || size < 0 || size > RemoteFile.LARGEST) {
            throw Problem.failed(
                    "%s: the hub tells no usable hash and size of the file (ETag, Content-Length), so that it could not"
                            + " be checked.",
                    HubErrors.place(uri));
        }
        return new RemoteFile(path, size, etag.get());
    }

    private static Optional<RemoteFile> described(String name, JsonNode sibling) {
        boolean large = sibling.path("lfs").isObject();
        JsonNode size = large ? sibling.path("lfs").path("size") : sibling.path("size");
        String hash = (large ? sibling.path("lfs").path("sha256") : sibling.path("blobId")).asText("");
        Optional<Etag> etag = Etag.ofHeader(hash).filter(Etag::isContentHash);
        boolean sane = size.isIntegralNumber()
                && size.canConvertToLong()
                && size.asLong() >= 0
                && size.asLong() <= RemoteFile.LARGEST;
        return sane ? etag.map(e -> new RemoteFile(name, size.asLong(), e)) : Optional.empty();
    }

    private static long size(String header) {
        return header.matches("\\d{1,18}") ? Long.parseLong(header) : -1;
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
