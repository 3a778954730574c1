package org.consensusprobe.common;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Checks made on a file before it is opened, so that a pipe cannot hang and a dangling link is named as such. */
public final class CheckpointFiles {
    private CheckpointFiles() {}

    /** Whether something of that name is there, be it a dangling link. */
    public static boolean isThere(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Refuses everything that is no regular file, or no link to one: caches keep links into a store of blobs.
     *
     * @param what what the file is, for messages
     */
    public static Path requireRegular(Path file, String what) {
        if (Files.isRegularFile(file)) {
            return file;
        }
        if (!isThere(file)) {
            throw Problem.input("%s: the %s is missing.", file, what);
        }
        if (Files.isSymbolicLink(file) && !Files.exists(file)) {
            throw Problem.input(
                    "%s: the %s is a link to %s, which is missing. Download the checkpoint again.",
                    file, what, target(file));
        }
        throw Problem.input(
                "%s: expected the %s, found %s.",
                file, what, Files.isDirectory(file) ? "a directory" : "no regular file");
    }

    /**
     * The bytes of a small text file of a checkpoint, once it is known to be neither a pointer nor a web page.
     *
     * @param maxBytes the largest size that is believed
     */
    public static byte[] readText(Path file, long maxBytes, String what) {
        requireRegular(file, what);
        try {
            long size = Files.size(file);
            if (size > maxBytes) {
                throw Problem.input("%s: the %s has %d bytes; at most %d are believed.", file, what, size, maxBytes);
            }
            byte[] content = Files.readAllBytes(file);
            byte[] head = Arrays.copyOf(content, Math.min(content.length, ForeignContent.HEAD_BYTES));
            ForeignContent.recogniseInPlaceOfText(head).ifPresent(found -> {
                throw Problem.input("%s: expected the %s, found %s", file, what, found);
            });
            return content;
        } catch (IOException e) {
            throw Problem.input(e, "%s: the %s cannot be read: %s.", file, what, reason(e));
        }
    }

    /** So many bytes of a file, from an offset. */
    public static byte[] readAt(Path file, long offset, int count) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(count);
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw new EOFException("the file became shorter while it was read");
                }
            }
            return buffer.array();
        }
    }

    /** The reason in words: the JDK's own message is often only the file's name. */
    public static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "an unreadable place";
        }
    }
}
