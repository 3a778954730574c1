package org.consensusprobe.results;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.consensusprobe.common.Problem;

/** A file of hidden states [prompts, tokens, dim] of which single tokens are read where they lie, however large it is. */
public final class TokenStates implements Closeable {
    private final Path file;
    private final FileChannel channel;
    private final NpyHeader header;
    private final long offset;

    private TokenStates(Path file, FileChannel channel, NpyHeader.Parsed layout) {
        this.file = file;
        this.channel = channel;
        this.header = layout.header();
        this.offset = layout.dataOffset();
    }

    /**
     * Opens a file.
     *
     * @throws Problem if it is missing, damaged, or no such array
     */
    public static TokenStates open(Path file) {
        NpyHeader.Parsed layout = Npy.layout(file);
        List<Integer> shape = layout.header().shape();
        if (shape.size() != 3 || shape.contains(0) || layout.header().type() == NpyHeader.Type.FLOAT16) {
            throw Problem.input("%s: expected hidden states [prompts, tokens, dim], found shape %s.", file, shape);
        }
        try {
            return new TokenStates(file, FileChannel.open(file, StandardOpenOption.READ), layout);
        } catch (IOException e) {
            throw Problem.input(e, "%s: cannot be read: %s.", file, e.getMessage());
        }
    }

    /** How many prompts it has. */
    public int prompts() {
        return header.shape().get(0);
    }

    /** How many tokens a prompt, counted from 0, has before the NaN that fills up its row. */
    public int length(int prompt) {
        int low = 0;
        int high = header.shape().get(1);
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Double.isNaN(values(prompt, middle, 1)[0])) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The state [dim] of a token; both counted from 0. */
    public double[] token(int prompt, int token) {
        return values(prompt, token, header.shape().get(2));
    }

    private double[] values(int prompt, int token, int count) {
        int bytes = header.type().bytes();
        long at =
                ((long) prompt * header.shape().get(1) + token) * header.shape().get(2) * bytes + offset;
        ByteBuffer buffer =
                ByteBuffer.allocate(Math.multiplyExact(count, bytes)).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, at + buffer.position()) < 0) {
                    throw new EOFException("the file shrank while it was read");
                }
            }
        } catch (IOException e) {
            throw Problem.input(e, "%s: cannot be read: %s.", file, e.getMessage());
        }
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] =
                    header.type() == NpyHeader.Type.FLOAT64 ? buffer.getDouble(i * bytes) : buffer.getFloat(i * bytes);
        }
        return values;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Problem.input(e, "%s: cannot be closed: %s.", file, e.getMessage());
        }
    }
}
