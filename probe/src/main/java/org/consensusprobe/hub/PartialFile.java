package org.consensusprobe.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.consensusprobe.common.Problem;

/**
 * A blob on its way into the cache: {@code ETAG.consensus-XXXXXXXX.incomplete} beside the blobs.
 *
 * <p>The name is this download's own, whoever else fetches the same blob. What an interrupted download of ours left is
 * claimed by renaming it; files of Python's downloads, which may be running, are left alone. Bytes are written at their
 * places and never truncated, so that even where locks do nothing two writers of one file write the same.
 */
final class PartialFile implements AutoCloseable {
    private static final String MARK = ".consensus-";
    private static final String SUFFIX = ".incomplete";

    private final Path path;
    private final RemoteFile file;
    private final FileChannel channel;
    private MessageDigest digest;
    private byte[] hash;
    private long position;

    private PartialFile(Path path, RemoteFile file, FileChannel channel) {
        this.path = path;
        this.file = file;
        this.channel = channel;
        this.digest = file.etag().digest(file.size());
    }

    /** Bytes that an interrupted download left, which another would not fetch again. */
    static long present(Path blobs, RemoteFile file) {
        List<Path> left = left(blobs, file.etag());
        return left.isEmpty() ? 0 : Math.min(size(left.get(0)), file.size());
    }

    /** Takes over what an interrupted download left, or begins an empty file. The blob's lock is held. */
    static PartialFile claim(Path blobs, RemoteFile file) throws IOException {
        Path own = blobs.resolve(file.etag() + MARK + HubCache.unique() + SUFFIX);
        boolean claimed = false;
        for (Path left : left(blobs, file.etag())) {
            if (claimed || size(left) > file.size()) {
                Files.deleteIfExists(left);
                continue;
            }
            try {
                Files.move(left, own, StandardCopyOption.ATOMIC_MOVE);
                claimed = true;
            } catch (NoSuchFileException e) {
                // claimed by another process on a disk without locks
            }
        }
        FileChannel channel =
                FileChannel.open(own, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        PartialFile partial = new PartialFile(own, file, channel);
        try {
            partial.digestWhatIsThere();
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        return partial;
    }

    /** How many bytes from the start are there. */
    long position() {
        return position;
    }

    boolean isComplete() {
        return position == file.size();
    }

    /** Adds the next bytes. */
    void append(byte[] bytes, int length) {
        if (position + length > file.size()) {
            throw Problem.failed(
                    "%s: the server sends more than the %d bytes that the hub names; nothing was put in place.",
                    file.path(), file.size());
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
        try {
            while (buffer.hasRemaining()) {
                position += channel.write(buffer, position);
            }
        } catch (ClosedByInterruptException e) {
            throw Problem.interrupted("Interrupted; what was downloaded so far is kept for the next start.");
        } catch (IOException e) {
            throw Problem.failed(
                    e,
                    "%s: cannot be written: %s. What has arrived is kept; HF_HUB_CACHE puts the cache on another disk.",
                    path,
                    e.getMessage());
        }
        digest.update(bytes, 0, length);
    }

    /** Begins again at the first byte. */
    void restart() {
        position = 0;
        hash = null;
        digest = file.etag().digest(file.size());
    }

    /** Whether all bytes are there and hash to the blob's name. */
    boolean isRight() {
        if (isComplete() && hash == null) {
            hash = digest.digest();
        }
        return isComplete() && file.etag().matches(hash);
    }

    /** Puts the checked file in place, complete on the disk before it has its name. */
    void moveTo(Path blob) throws IOException {
        channel.force(false);
        channel.close();
        Files.move(path, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Throws the bytes away. */
    void delete() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (position == 0) {
            Files.deleteIfExists(path);
        }
    }

    private void digestWhatIsThere() throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
        for (int n = channel.read(chunk, position); n > 0; n = channel.read(chunk, position)) {
            digest.update(chunk.array(), 0, n);
            position += n;
            chunk.clear();
        }
    }

    private static List<Path> left(Path blobs, Etag etag) {
        List<Path> left = new ArrayList<>();
        for (Path path : HubCache.children(blobs)) {
            String name = path.getFileName().toString();
            if (name.startsWith(etag + MARK) && name.endsWith(SUFFIX) && Files.isRegularFile(path)) {
                left.add(path);
            }
        }
        left.sort(Comparator.comparingLong(PartialFile::size).reversed());
        return left;
    }

    private static long size(Path path) {
        try {
            return Files.size(path);
        } catch (IOException e) {
            return 0;
        }
    }
}
