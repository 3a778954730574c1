package org.consensusprobe.results;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.BitSet;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;

/**
 * A numpy array being written row by row, along its first axis and in any order; the file appears when all rows are there.
 *
 * <p>One row at a time is in Java's memory. The file is plain .npy 1.0 in C order, so numpy can map it.
 */
public final class NpyRows implements AutoCloseable {
    private static final int BLOCK_BYTES = 1 << 20;

    private final AtomicFiles.Partial partial;
    private final NpyHeader header;
    private final long start;
    private final long rowBytes;
    private final BitSet written = new BitSet();
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private NpyRows(AtomicFiles.Partial partial, NpyHeader header) {
        byte[] bytes = header.toBytes();
        this.partial = partial;
        this.header = header;
        this.start = bytes.length;
        this.rowBytes = header.count() / header.shape().get(0) * header.type().bytes();
        try {
            put(ByteBuffer.wrap(bytes), 0);
        } catch (Problem e) {
            partial.close();
            throw e;
        }
    }

    /**
     * Starts an array of at least one row.
     *
     * @throws Problem if the disk refuses
     */
    public static NpyRows create(Path file, NpyHeader header) {
        return new NpyRows(AtomicFiles.open(file), header);
    }

    /** Bytes of a file with that header. */
    public static long fileBytes(NpyHeader header) {
        return header.toBytes().length + header.count() * header.type().bytes();
    }

    /**
     * Writes one row; where the array is float32, values are rounded to it.
     *
     * @throws Problem if the disk refuses
     */
    public void set(int row, double[] values) {
        if ((long) values.length * header.type().bytes() != rowBytes
                || row >= header.shape().get(0)) {
            throw new IllegalArgumentException(values.length + " values for row " + row + " of " + header.shape());
        }
        long position = start + row * rowBytes;
        block.clear();
        for (double value : values) {
            if (block.remaining() < Double.BYTES) {
                position = flush(position);
            }
            if (header.type() == NpyHeader.Type.FLOAT64) {
                block.putDouble(value);
            } else {
                block.putFloat((float) value);
            }
        }
        flush(position);
        written.set(row);
    }

    /**
     * Puts the file in its place.
     *
     * @throws IllegalStateException if a row is missing
     * @throws Problem if the disk refuses
     */
    public void finish() {
        int rows = header.shape().get(0);
        if (written.cardinality() != rows) {
            throw new IllegalStateException(rows - written.cardinality() + " rows are missing of " + header.shape());
        }
        partial.commit();
    }

    private long flush(long position) {
        block.flip();
        int bytes = block.remaining();
        put(block, position);
        block.clear();
        return position + bytes;
    }

    private void put(ByteBuffer bytes, long position) {
        try {
            long at = position;
            while (bytes.hasRemaining()) {
                at += partial.channel().write(bytes, at);
            }
        } catch (IOException e) {
            throw partial.refused(e);
        }
    }

    /** Leaves nothing behind unless the array is finished. */
    @Override
    public void close() {
        partial.close();
    }
}
