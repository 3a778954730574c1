package org.consensusprobe.results;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;

/** numpy's array files ({@code .npy}), so that a run opens with {@code numpy.load} as it is. */
public final class Npy {
    private static final int BLOCK_BYTES = 1 << 16;

    private Npy() {}

    /** Writes float64 values in C order. */
    public static void write(Path file, double[] values, int... shape) {
        write(file, NpyHeader.Type.FLOAT64, Arrays.stream(shape).boxed().toList(), out -> out.append(values));
    }

    /** Writes float32 values in C order. */
    public static void write(Path file, float[] values, int... shape) {
        write(file, NpyHeader.Type.FLOAT32, Arrays.stream(shape).boxed().toList(), out -> out.append(values));
    }

    /** Writes a float64 matrix; all rows have the same length. */
    public static void write(Path file, double[][] rows) {
        int columns = rows.length == 0 ? 0 : rows[0].length;
        for (double[] row : rows) {
            if (row.length != columns) {
                throw new IllegalArgumentException("rows of " + columns + " and of " + row.length + " values");
            }
        }
        write(file, NpyHeader.Type.FLOAT64, List.of(rows.length, columns), out -> {
            for (double[] row : rows) {
                out.append(row);
            }
        });
    }

    /**
     * Writes an array piece by piece, so that it never has to be in memory whole.
     *
     * @param shape the size of each axis; exactly that many values must be appended
     * @throws Problem if the disk refuses; no file appears then
     */
    public static void write(Path file, NpyHeader.Type type, List<Integer> shape, Pieces pieces) {
        AtomicFiles.write(file, stream -> write(stream, new NpyHeader(type, shape), pieces));
    }

    /** Writes an array to a stream that may go on after it. */
    static void write(OutputStream stream, NpyHeader header, Pieces pieces) throws IOException {
        stream.write(header.toBytes());
        Writer writer = new Writer(stream, header);
        pieces.appendTo(writer);
        writer.finish();
    }

    /** Appends an array's values in C order. */
    @FunctionalInterface
    public interface Pieces {
        void appendTo(Writer out) throws IOException;
    }

    /** Takes the values of one array in C order, in pieces of any length. */
    public static final class Writer {
        private final OutputStream out;
        private final NpyHeader header;
        private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        private long missing;

        private Writer(OutputStream out, NpyHeader header) {
            this.out = out;
            this.header = header;
            this.missing = header.count();
        }

        /** Appends to a float64 array. */
        public void append(double[] values) throws IOException {
            if (header.type() != NpyHeader.Type.FLOAT64) {
                throw new IllegalArgumentException("float64 values for a float32 array would lose digits");
            }
            take(values.length);
            for (double value : values) {
                makeRoom();
                block.putDouble(value);
            }
        }

        /** Appends to an array of either dtype; widening is exact. */
        public void append(float[] values) throws IOException {
            take(values.length);
            boolean widen = header.type() == NpyHeader.Type.FLOAT64;
            for (float value : values) {
                makeRoom();
                if (widen) {
                    block.putDouble(value);
                } else {
                    block.putFloat(value);
                }
            }
        }

        private void take(int count) {
            missing -= count;
            if (missing < 0) {
                throw new IllegalStateException(-missing + " values too many for shape " + header.shape());
            }
        }

        private void makeRoom() throws IOException {
            if (block.remaining() < Double.BYTES) {
                flush();
            }
        }

        private void flush() throws IOException {
            out.write(block.array(), 0, block.position());
            block.clear();
        }

        private void finish() throws IOException {
            if (missing != 0) {
                throw new IllegalStateException(missing + " values missing for shape " + header.shape());
            }
            flush();
        }
    }

    /**
     * Reads dtype and shape, and checks that the file has exactly the size they imply.
     *
     * @throws Problem if the file is missing, damaged or of another kind
     */
    public static NpyHeader readHeader(Path file) {
        return reading(file, in -> checkedHeader(file, in));
    }

    /**
     * Where a file's values lie, to be mapped: the header, checked against the file's size.
     *
     * @throws Problem if the file is missing, damaged or of another kind
     */
    public static NpyHeader.Parsed layout(Path file) {
        return reading(file, in -> sized(file, NpyHeader.read(in)));
    }

    /**
     * Reads a whole array.
     *
     * @throws Problem if the file is missing, damaged, of another kind, or has more than 2^31 values
     */
    public static NpyArray read(Path file) {
        return reading(file, in -> {
            NpyHeader header = checkedHeader(file, in);
            double[] values = new double[Math.toIntExact(header.count())];
            byte[] bytes = new byte[BLOCK_BYTES];
            ByteBuffer block = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            int valueBytes = header.type().bytes();
            for (int done = 0; done < values.length; ) {
                int count = Math.min(values.length - done, BLOCK_BYTES / valueBytes);
                if (in.readNBytes(bytes, 0, count * valueBytes) < count * valueBytes) {
                    throw new EOFException("the file shrank while it was read");
                }
                for (int i = 0; i < count; i++) {
                    values[done++] = header.type() == NpyHeader.Type.FLOAT64
                            ? block.getDouble(i * valueBytes)
                            : block.getFloat(i * valueBytes);
                }
            }
            return new NpyArray(header.type(), header.shape(), values);
        });
    }

    /**
     * Reads a whole array row by row, of any size.
     *
     * @param digest of the file's bytes, brought up to date
     * @param onHeader sees the header before any row
     * @throws Problem if the file is missing, damaged or of another kind
     */
    public static void rows(Path file, MessageDigest digest, Consumer<NpyHeader> onHeader, Rows rows) {
        reading(file, raw -> {
            InputStream in = new DigestInputStream(raw, digest);
            NpyHeader header = sizedHeader(file, in);
            onHeader.accept(header);
            values(in, header, rows);
            return header;
        });
    }

    /** As {@link #rows(Path, MessageDigest, Consumer, Rows)}, of a file whose bytes nobody has to vouch for. */
    public static void rows(Path file, Rows rows) {
        reading(file, in -> {
            NpyHeader header = sizedHeader(file, in);
            values(in, header, rows);
            return header;
        });
    }

    /** Takes the rows of an array, along its first axis, in their order. */
    @FunctionalInterface
    public interface Rows {
        /** One row; float32 values are widened, which is exact. */
        void accept(int row, double[] values) throws IOException;
    }

    /**
     * Reads an array row by row from a stream.
     *
     * @throws NpyHeader.Malformed if dtype or shape are not the expected ones, or values are missing
     */
    static void readRows(InputStream in, NpyHeader expected, Rows rows) throws IOException {
        NpyHeader header = NpyHeader.read(in).header();
        if (!header.equals(expected)) {
            throw new NpyHeader.Malformed("expected " + expected.type() + " " + expected.shape() + ", found "
                    + header.type() + " " + header.shape());
        }
        values(in, expected, rows);
    }

    private static void values(InputStream in, NpyHeader expected, Rows rows) throws IOException {
        int count = expected.shape().isEmpty() ? 0 : expected.shape().get(0);
        int width = count == 0 ? 0 : Math.toIntExact(expected.count() / count);
        int valueBytes = expected.type().bytes();
        byte[] bytes = new byte[Math.multiplyExact(width, valueBytes)];
        ByteBuffer block = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int row = 0; row < count; row++) {
            if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
                throw new NpyHeader.Malformed("values are missing");
            }
            double[] values = new double[width];
            for (int i = 0; i < width; i++) {
                values[i] = expected.type() == NpyHeader.Type.FLOAT64
                        ? block.getDouble(i * valueBytes)
                        : block.getFloat(i * valueBytes);
            }
            rows.accept(row, values);
        }
    }

    private interface Reading<T> {
        T from(InputStream in) throws IOException;
    }

    private static <T> T reading(Path file, Reading<T> reading) {
        if (Files.isDirectory(file)) {
            throw Problem.input("%s: expected a numpy array, found a directory.", file);
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BLOCK_BYTES)) {
            return reading.from(in);
        } catch (NoSuchFileException e) {
            throw Problem.input(e, "%s: the array is missing.", file);
        } catch (NpyHeader.Malformed e) {
            throw Problem.input(e, "%s: not a readable numpy array: %s.", file, e.getMessage());
        } catch (IOException e) {
            throw Problem.input(e, "%s: the array cannot be read: %s.", file, e.getMessage());
        }
    }

    private static NpyHeader checkedHeader(Path file, InputStream in) throws IOException {
        NpyHeader header = sizedHeader(file, in);
        if (header.count() > Integer.MAX_VALUE - 8) {
            throw new NpyHeader.Malformed("shape " + header.shape() + " has more values than can be read at once");
        }
        return header;
    }

    private static NpyHeader sizedHeader(Path file, InputStream in) throws IOException {
        NpyHeader header = sized(file, NpyHeader.read(in)).header();
        if (header.type() == NpyHeader.Type.FLOAT16) {
            throw new NpyHeader.Malformed("expected float64 or float32, found float16");
        }
        return header;
    }

    private static NpyHeader.Parsed sized(Path file, NpyHeader.Parsed parsed) throws IOException {
        NpyHeader header = parsed.header();
        if (header.count() > Long.MAX_VALUE / 16) {
            throw new NpyHeader.Malformed("shape " + header.shape() + " has more values than can be read at once");
        }
        long expected = parsed.dataOffset() + header.count() * header.type().bytes();
        if (Files.size(file) != expected) {
            throw new NpyHeader.Malformed(
                    "shape " + header.shape() + " needs " + expected + " bytes, the file has " + Files.size(file));
        }
        return parsed;
    }
}
