package org.consensusprobe.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/**
 * What a checkpoint on the hub is, without its weights.
 *
 * @param commit what the revision stands for
 * @param bytes the size of all files that a download fetches
 * @param headers whether the headers of its weights are there; pickles have none
 */
public record Outline(ModelId id, String commit, long bytes, boolean headers) {
    private static final int FIRST_LOOK = 1 << 16;
    private static final long LARGEST_HEADER = 100_000_000;
    private static final int LARGEST_CONFIG = 4 << 20;
    private static final int LARGEST_INDEX = 64 << 20;

    /** Writes config and headers into a folder. */
    static final class Writer {
        private final HubApi api;
        private final Path folder;

        Writer(HubApi api, Path folder) {
            this.api = api;
            this.folder = folder;
        }

        Outline write(ModelId id) {
            HubApi.Listing listing = api.listing(id);
            List<String> wanted = new ArrayList<>(WantedFiles.wanted(id, listing.names()));
            try {
                copy(listing, WantedFiles.CONFIG, LARGEST_CONFIG);
                if (wanted.contains(WantedFiles.PROCESSOR)) {
                    copy(listing, WantedFiles.PROCESSOR, LARGEST_CONFIG);
                }
                Optional<String> name = WantedFiles.index(wanted);
                if (name.isPresent()) {
                    byte[] index = copy(listing, name.get(), LARGEST_INDEX);
                    String where = id + "/" + name.get();
                    JsonNode json = StrictJson.requireObject(
                            StrictJson.parsePython(index, where, "shard index"), where, "shard index");
                    wanted.addAll(WantedFiles.shards(json, where));
                }
                long bytes = 0;
                for (String path : wanted) {
                    RemoteFile file = api.describe(listing, path);
                    bytes += file.size();
                    if (path.endsWith(".safetensors")) {
                        hollow(listing, file);
                    }
                }
                boolean headers = WantedFiles.weights(wanted)
                        .filter(WantedFiles::isPickled)
                        .isEmpty();
                return new Outline(id, listing.commit(), bytes, headers);
            } catch (IOException e) {
                throw Problem.failed(e, "%s: cannot be written: %s.", folder, e.getMessage());
            }
        }

        private byte[] copy(HubApi.Listing listing, String path, int largest) throws IOException {
            RemoteFile file = api.describe(listing, path);
            if (file.size() > largest) {
                throw Problem.input(
                        "%s: %s has %d bytes; at most %d are believed.", listing.id(), path, file.size(), largest);
            }
            byte[] content = api.head(listing, file, largest);
            Files.write(folder.resolve(path), content);
            return content;
        }

        /** A file of the right length that holds the header only. */
        private void hollow(HubApi.Listing listing, RemoteFile file) throws IOException {
            byte[] head = api.head(listing, file, FIRST_LOOK);
            if (head.length >= Long.BYTES) {
                long header =
                        ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
                boolean believable = header > 0 && header <= LARGEST_HEADER;
                if (believable && header + Long.BYTES > head.length) {
                    head = api.head(listing, file, (int) header + Long.BYTES);
                }
            }
            Path path = folder.resolve(file.path());
            Files.createDirectories(path.getParent());
            try (SeekableByteChannel channel = Files.newByteChannel(
                    path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
                channel.write(ByteBuffer.wrap(head));
                if (file.size() > head.length) {
                    channel.position(file.size() - 1);
                    channel.write(ByteBuffer.allocate(1));
                }
            }
        }
    }
}
