package org.consensusprobe.pickle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.consensusprobe.common.Problem;

/** The bytes of a pickle, taken one after another; none beyond the last. Numbers are little-endian, floats big-endian. */
final class PickleBytes {
    private final ByteBuffer bytes;
    private final Function<String, Problem> refusal;

    PickleBytes(byte[] bytes, Function<String, Problem> refusal) {
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.refusal = refusal;
    }

    int position() {
        return bytes.position();
    }

    int remaining() {
        return bytes.remaining();
    }

    int unsigned8() {
        return take(1).get() & 0xff;
    }

    int unsigned16() {
        return take(2).getShort() & 0xffff;
    }

    int int32() {
        return take(4).getInt();
    }

    long unsigned32() {
        return take(4).getInt() & 0xffff_ffffL;
    }

    long int64() {
        return take(8).getLong();
    }

    double float64() {
        return Double.longBitsToDouble(Long.reverseBytes(take(8).getLong()));
    }

    /** A two's complement integer of so many bytes. */
    long integer(long length) {
        if (length < 0 || length > Long.BYTES) {
            throw refusal.apply("has an integer of " + length + " bytes; expected at most 8");
        }
        ByteBuffer digits = take(length);
        long value = 0;
        for (int i = 0; i < length; i++) {
            value |= (digits.get() & 0xffL) << 8 * i;
        }
        int unused = Long.SIZE - 8 * (int) length;
        return length == 0 ? 0 : value << unused >> unused;
    }

    String text(long length) {
        take(length);
        return new String(bytes.array(), bytes.position() - (int) length, (int) length, StandardCharsets.UTF_8);
    }

    /** The text up to a line feed. */
    String line() {
        int end = bytes.position();
        while (end < bytes.limit() && bytes.get(end) != '\n') {
            end++;
        }
        String line = text(end - bytes.position());
        take(1);
        return line;
    }

    /** The buffer, behind whose position so many bytes are known to be, moved past them once they are read. */
    private ByteBuffer take(long count) {
        if (count < 0 || count > bytes.remaining()) {
            throw refusal.apply("ends within a value");
        }
        ByteBuffer taken = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(bytes.position() + (int) count);
        return taken;
    }
}
