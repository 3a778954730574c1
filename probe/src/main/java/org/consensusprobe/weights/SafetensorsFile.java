package org.consensusprobe.weights;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.ForeignContent;
import org.consensusprobe.common.Problem;

/**
 * A safetensors file: its table of tensors and its metadata, read from the header and checked against the file's size;
 * the tensors' bytes stay where they are.
 *
 * <p>Layout: 8 bytes little-endian length N, N bytes of JSON that begin with <code>{</code>, then the data. The rules
 * are those of the reference implementation: a header of at most 100 MB, and tensors that cover the data without holes
 * or overlaps, to the last byte.
 */
public final class SafetensorsFile {
    private static final int LENGTH_BYTES = 8;
    private static final long MAX_HEADER_BYTES = 100_000_000;
    private static final String WHAT = "safetensors file";

    private final Path file;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path file, SafetensorsHeader header) {
        this.file = file;
        this.header = header;
    }

    /**
     * Reads and checks the header.
     *
     * @throws Problem if the file is missing, unreadable, truncated, something else than safetensors, or if anything
     *     its header says is wrong
     */
    public static SafetensorsFile read(Path file) {
        CheckpointFiles.requireRegular(file, WHAT);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            byte[] head = bytes(channel, 0, (int) Math.min(size, ForeignContent.HEAD_BYTES));
            long length = requireHeaderLength(file, head, size);
            byte[] json = bytes(channel, LENGTH_BYTES, (int) length);
            return new SafetensorsFile(file, SafetensorsHeader.parse(json, file, LENGTH_BYTES + length, size));
        } catch (IOException e) {
            throw Problem.input(e, "%s: the %s cannot be read: %s.", file, WHAT, CheckpointFiles.reason(e));
        }
    }

    /** The file. */
    public Path file() {
        return file;
    }

    /** The tensors by name, in the order of their bytes. */
    public Map<String, StoredTensor> tensors() {
        return header.tensors();
    }

    /** The entries of {@code __metadata__}; empty if there are none. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    private static long requireHeaderLength(Path file, byte[] head, long size) {
        boolean hasBrace = head.length > LENGTH_BYTES && head[LENGTH_BYTES] == '{';
        long length = head.length < LENGTH_BYTES
                ? -1
                : ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
        boolean believable = length >= 2 && length <= MAX_HEADER_BYTES;
        if (!hasBrace || !believable) {
            ForeignContent.recognise(head).ifPresent(found -> {
                throw Problem.input("%s: expected a %s, found %s", file, WHAT, found);
            });
        }
        if (head.length < LENGTH_BYTES) {
            throw Problem.input(
                    "%s: expected a %s, found a file of %d bytes, which ends within the header's length."
                            + " Download it again.",
                    file, WHAT, size);
        }
        if (!believable) {
            throw Problem.input(
                    "%s: no %s: its first 8 bytes give a header of %s bytes; expected 2 to %d. Download it again.",
                    file, WHAT, Long.toUnsignedString(length), MAX_HEADER_BYTES);
        }
        if (length > size - LENGTH_BYTES) {
            throw Problem.input(
                    "%s: the %s ends %d bytes before its header does (header of %d bytes, file of %d)."
                            + " Download it again.",
                    file, WHAT, length - (size - LENGTH_BYTES), length, size);
        }
        if (!hasBrace) {
            throw Problem.input("%s: no %s: its header does not begin with {. Download it again.", file, WHAT);
        }
        return length;
    }

    private static byte[] bytes(FileChannel channel, long from, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + buffer.position()) < 0) {
                throw new EOFException("the file became shorter while it was read");
            }
        }
        return buffer.array();
    }
}
