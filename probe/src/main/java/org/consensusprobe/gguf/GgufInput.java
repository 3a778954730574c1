package org.consensusprobe.gguf;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.consensusprobe.common.Problem;

/** Reads little-endian values one after the other; whatever would pass the end of the file is refused before it is read. */
final class GgufInput {
    private static final int MAX_BUFFER = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final long size;
    private final ByteBuffer buffer;
    private long bufferEnd;

    GgufInput(Path file, FileChannel channel, long from) throws IOException {
        this.file = file;
        this.channel = channel;
        this.size = channel.size();
        this.buffer = ByteBuffer.allocate((int) Math.max(8, Math.min(size, MAX_BUFFER)))
                .order(ByteOrder.LITTLE_ENDIAN)
                .limit(0);
        this.bufferEnd = from;
    }

    /** The next byte, counted from the start of the file. */
    long position() {
        return bufferEnd - buffer.remaining();
    }

    /** Bytes from here to the end of the file. */
    long remaining() {
        return size - position();
    }

    byte int8(String what) throws IOException {
        return fill(1, what).get();
    }

    short int16(String what) throws IOException {
        return fill(2, what).getShort();
    }

    int int32(String what) throws IOException {
        return fill(4, what).getInt();
    }

    long uint32(String what) throws IOException {
        return Integer.toUnsignedLong(int32(what));
    }

    long int64(String what) throws IOException {
        return fill(8, what).getLong();
    }

    /** A string of at most so many bytes of UTF-8. */
    String text(int most, String what) throws IOException {
        int length = (int) length(most, what);
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            ByteBuffer some = fill(1, what);
            int count = Math.min(some.remaining(), length - done);
            some.get(bytes, done, count);
            done += count;
        }
        if (isAscii(bytes)) {
            return new String(bytes, StandardCharsets.US_ASCII);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.input(e, "%s: %s is not UTF-8 text.", file, what);
        }
    }

    /** Passes over so many bytes. */
    void skip(long bytes, String what) throws IOException {
        require(bytes, what);
        int inBuffer = (int) Math.min(bytes, buffer.remaining());
        buffer.position(buffer.position() + inBuffer);
        bufferEnd += bytes - inBuffer;
    }

    private long length(int most, String what) throws IOException {
        long length = int64("the length of " + what);
        if (length < 0 || length > most) {
            throw Problem.input(
                    "%s: %s has a length of %s bytes; at most %d are believed. Download the file again.",
                    file, what, Long.toUnsignedString(length), most);
        }
        require(length, what);
        return length;
    }

    private void require(long bytes, String what) {
        if (bytes > remaining()) {
            throw Problem.input(
                    "%s: the file ends within %s: it has %d bytes, and %d more are needed. Download it again.",
                    file, what, size, bytes - remaining());
        }
    }

    /** The buffer, with so many bytes in it. */
    private ByteBuffer fill(int bytes, String what) throws IOException {
        if (buffer.remaining() < bytes) {
            require(bytes, what);
            buffer.compact();
            do {
                int read = channel.read(buffer, bufferEnd);
                if (read < 0) {
                    throw new EOFException("the file became shorter while it was read");
                }
                bufferEnd += read;
            } while (buffer.position() < bytes);
            buffer.flip();
        }
        return buffer;
    }

    private static boolean isAscii(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }
}
