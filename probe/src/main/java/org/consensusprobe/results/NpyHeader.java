package org.consensusprobe.results;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.consensusprobe.common.Shown;

/**
 * The header of a numpy array file: dtype and shape of little-endian values in C order.
 *
 * <p>Format 1.0 of {@code numpy.lib.format}: magic, version, a two-byte length, a Python dictionary padded so that the
 * values start at a multiple of 64. The bytes are those that numpy itself writes.
 */
public record NpyHeader(Type type, List<Integer> shape) {

    /** The dtypes of recorded arrays. */
    public enum Type {
        /** Read where it lies, never written. */
        FLOAT16("<f2", Short.BYTES),
        FLOAT32("<f4", Float.BYTES),
        FLOAT64("<f8", Double.BYTES);

        private final String descr;
        private final int bytes;

        Type(String descr, int bytes) {
            this.descr = descr;
            this.bytes = bytes;
        }

        /** Bytes of one value. */
        public int bytes() {
            return bytes;
        }
    }

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int PREAMBLE = MAGIC.length + 2 + 2;
    private static final int ALIGNMENT = 64;
    /** numpy leaves room for the first axis to grow to any 64-bit length when rows are appended in place. */
    private static final int GROWING_AXIS_DIGITS = 21;

    private static final Pattern ENTRY = Pattern.compile(
            "\\s*'(descr|fortran_order|shape)'\\s*:\\s*('[^']*'|True|False|\\([0-9,\\s]*\\))\\s*(?:,|(?=\\}))");

    public NpyHeader {
        shape = List.copyOf(shape);
        if (shape.stream().anyMatch(n -> n < 0)) {
            throw new IllegalArgumentException("negative axis in shape " + shape);
        }
    }

    /** How many values the array has; {@link Long#MAX_VALUE} if that overflows. */
    public long count() {
        long count = 1;
        for (int n : shape) {
            if (n == 0) {
                return 0;
            }
            count = count > Long.MAX_VALUE / n ? Long.MAX_VALUE : count * n;
        }
        return count;
    }

    /** The whole header, up to the first value. */
    byte[] toBytes() {
        String dictionary = "{'descr': '" + type.descr + "', 'fortran_order': False, 'shape': " + tuple() + ", }";
        int growth = shape.isEmpty()
                ? 0
                : GROWING_AXIS_DIGITS - String.valueOf(shape.get(0)).length();
        int used = PREAMBLE + dictionary.length() + growth + 1;
        int padding = growth + (ALIGNMENT - used % ALIGNMENT);
        int length = dictionary.length() + padding + 1;
        ByteArrayOutputStream out = new ByteArrayOutputStream(PREAMBLE + length);
        out.writeBytes(MAGIC);
        out.write(1);
        out.write(0);
        out.write(length & 0xff);
        out.write(length >> 8);
        out.writeBytes((dictionary + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    /**
     * Reads the header from the start of a file.
     *
     * @throws Malformed if it is not such a header, saying what was found
     */
    static Parsed read(InputStream in) throws IOException {
        byte[] preamble = in.readNBytes(PREAMBLE);
        if (preamble.length < PREAMBLE || !java.util.Arrays.equals(preamble, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new Malformed("it does not start as a numpy array file");
        }
        if (preamble[6] != 1 || preamble[7] != 0) {
            throw new Malformed("expected .npy format 1.0, found " + (preamble[6] & 0xff) + "." + (preamble[7] & 0xff));
        }
        int length = (preamble[8] & 0xff) | (preamble[9] & 0xff) << 8;
        byte[] text = in.readNBytes(length);
        if (text.length < length) {
            throw new Malformed("the header of " + length + " bytes is cut off");
        }
        return new Parsed(parse(new String(text, StandardCharsets.ISO_8859_1).strip()), PREAMBLE + length);
    }

    /** A header, and where the values start. */
    public record Parsed(NpyHeader header, int dataOffset) {}

    /** A header that cannot be believed. */
    static final class Malformed extends IOException {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    private static NpyHeader parse(String dictionary) throws Malformed {
        String descr = null;
        String fortranOrder = null;
        String shape = null;
        Matcher entry = ENTRY.matcher(dictionary);
        int position = dictionary.startsWith("{") ? 1 : dictionary.length();
        while (entry.region(position, dictionary.length()).lookingAt()) {
            switch (entry.group(1)) {
                case "descr" -> descr = requireFirst(descr, entry);
                case "fortran_order" -> fortranOrder = requireFirst(fortranOrder, entry);
                default -> shape = requireFirst(shape, entry);
            }
            position = entry.end();
        }
        if (descr == null
                || fortranOrder == null
                || shape == null
                || !dictionary.substring(position).strip().equals("}")) {
            throw new Malformed("the header is not a dictionary of descr, fortran_order and shape");
        }
        if (!fortranOrder.equals("False")) {
            throw new Malformed("expected C order, found fortran_order " + fortranOrder);
        }
        return new NpyHeader(parseType(descr), parseShape(shape));
    }

    private static String requireFirst(String earlier, Matcher entry) throws Malformed {
        if (earlier != null) {
            throw new Malformed("the header names " + entry.group(1) + " twice");
        }
        return entry.group(2);
    }

    private static Type parseType(String descr) throws Malformed {
        for (Type type : Type.values()) {
            if (descr.equals("'" + type.descr + "'")) {
                return type;
            }
        }
        throw new Malformed(
                "expected little-endian float64, float32 or float16 ('<f8', '<f4', '<f2'), found " + Shown.text(descr));
    }

    private static List<Integer> parseShape(String tuple) throws Malformed {
        String inner = tuple.substring(1, tuple.length() - 1).strip();
        List<Integer> shape = new ArrayList<>();
        for (String axis : inner.isEmpty() ? new String[0] : inner.split(",")) {
            try {
                shape.add(Integer.parseInt(axis.strip()));
            } catch (NumberFormatException e) {
                throw new Malformed("the shape " + Shown.text(tuple) + " is not a tuple of sizes");
            }
        }
        return shape;
    }

    private String tuple() {
        return shape.size() == 1
                ? "(" + shape.get(0) + ",)"
                : shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
    }
}
