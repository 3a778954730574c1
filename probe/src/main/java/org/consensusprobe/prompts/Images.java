package org.consensusprobe.prompts;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.stream.IntStream;
import org.consensusprobe.common.Sha256;

/**
 * The images of a run as a vision model takes them, all of one size. Their pixels are made when they are asked for, so that
 * many images need no more memory than one.
 */
public abstract class Images {
    private String sha256;

    /** How many there are. */
    public abstract int count();

    /** Channels, height and width of each. */
    public abstract Size size();

    /**
     * The pixels of image {@code i}, counted from 0: [C, H, W] in C order, as they enter the model.
     *
     * @throws org.consensusprobe.common.Problem if its file is no longer what it was
     */
    public abstract double[] pixels(int i);

    /** What image {@code i} is, for people: its file's name. */
    public abstract String name(int i);

    /** How pixels were made of what was given, in a line for the record. */
    public abstract String processing();

    /** Channels, height and width of an image. */
    public record Size(int channels, int height, int width) {
        /** Values of one image. */
        public int values() {
            return Math.multiplyExact(Math.multiplyExact(channels, height), width);
        }

        @Override
        public String toString() {
            return height + " x " + width;
        }
    }

    /** SHA-256 in hexadecimal over the size of the images and their pixels, as little-endian 32-bit and float64 numbers. */
    public final synchronized String sha256() {
        if (sha256 == null) {
            MessageDigest digest = Sha256.digest();
            ByteBuffer bytes = ByteBuffer.allocate(Math.max(16, Math.multiplyExact(size().values(), Double.BYTES)))
                    .order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(size().channels).putInt(size().height).putInt(size().width);
            digest.update(bytes.flip());
            for (int i = 0; i < count(); i++) {
                bytes.clear();
                bytes.asDoubleBuffer().put(pixels(i));
                digest.update(bytes.limit(size().values() * Double.BYTES));
            }
            sha256 = Sha256.hex(digest.digest());
        }
        return sha256;
    }

    /** The first so many of these images. */
    public final Images first(int limit) {
        return limit >= count() ? this : only(IntStream.range(0, limit).toArray());
    }

    /** Some of these images, by their indices, in that order. */
    public final Images only(int[] members) {
        return new Some(this, members);
    }

    private static final class Some extends Images {
        private final Images all;
        private final int[] members;

        Some(Images all, int[] members) {
            this.all = all;
            this.members = members;
        }

        @Override
        public int count() {
            return members.length;
        }

        @Override
        public Size size() {
            return all.size();
        }

        @Override
        public double[] pixels(int i) {
            return all.pixels(members[i]);
        }

        @Override
        public String name(int i) {
            return all.name(members[i]);
        }

        @Override
        public String processing() {
            return all.processing();
        }
    }
}
