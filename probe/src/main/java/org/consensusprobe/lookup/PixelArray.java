package org.consensusprobe.lookup;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.prompts.Images;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyHeader;

/** Pixels as a program of the user's own made them: a file of [images, C, H, W], float32 or float64, taken as they are. */
final class PixelArray extends Images {
    private final Path file;
    private final NpyHeader.Parsed layout;
    private final int count;
    private final Size size;

    /**
     * Opens a file.
     *
     * @param limit take only the first so many images
     * @param channels of the model
     * @throws Problem if it is no such array, or has no images
     */
    PixelArray(Path file, int limit, int channels) {
        this.file = file;
        this.layout = Npy.layout(file);
        List<Integer> shape = layout.header().shape();
        NpyHeader.Type type = layout.header().type();
        if (shape.size() != 4 || shape.contains(0) || shape.get(1) != channels || type == NpyHeader.Type.FLOAT16) {
            throw Problem.input(
                    "%s: expected float32 or float64 pixels [images, %d, height, width], found %s %s.",
                    file, channels, type, shape);
        }
        this.count = Math.min(limit, shape.get(0));
        this.size = new Size(shape.get(1), shape.get(2), shape.get(3));
        if (layout.header().count() / shape.get(0) > 1 << 27) {
            throw Problem.input("%s: an image of %s pixels is more than any model takes.", file, size);
        }
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public Size size() {
        return size;
    }

    @Override
    public double[] pixels(int i) {
        NpyHeader.Type type = layout.header().type();
        byte[] bytes = new byte[size.values() * type.bytes()];
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            in.seek(layout.dataOffset() + (long) i * bytes.length);
            in.readFully(bytes);
        } catch (IOException e) {
            throw Problem.failed(e, "%s: the file changed while it was in use, or cannot be read.", file);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[size.values()];
        for (int at = 0; at < values.length; at++) {
            values[at] = type == NpyHeader.Type.FLOAT64 ? buffer.getDouble() : buffer.getFloat();
            if (!Double.isFinite(values[at])) {
                throw Problem.input("%s: image %d has %s among its pixels.", file, i + 1, values[at]);
            }
        }
        return values;
    }

    @Override
    public String name(int i) {
        return file.getFileName() + " [" + i + "]";
    }

    @Override
    public String processing() {
        return "taken as they are";
    }
}
