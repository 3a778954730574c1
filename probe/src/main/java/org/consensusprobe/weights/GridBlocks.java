package org.consensusprobe.weights;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Expands ggml's types that number points of a grid: blocks of 256 values with a float16 scale d over groups, each with a scale
 * of a few bits; a number stands for 8 (of IQ3 types 4) values of a table, to which signs are given, or an offset.
 *
 * <p>The tables are those of ggml's {@code ggml-common.h}; scripts/ggml-grids.py makes their file.
 */
final class GridBlocks {
    private static final byte[] IQ2_XXS = new byte[256 * 8];
    private static final byte[] IQ2_XS = new byte[512 * 8];
    private static final byte[] IQ2_S = new byte[1024 * 8];
    private static final byte[] IQ3_XXS = new byte[256 * 4];
    private static final byte[] IQ3_S = new byte[512 * 4];
    private static final byte[] IQ1_S = new byte[2048 * 8];
    private static final float DELTA = 0.125f;

    static {
        try (InputStream in = GridBlocks.class.getResourceAsStream("/ggml-grids")) {
            for (byte[] table : new byte[][] {IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ1_S}) {
                if (in.readNBytes(table, 0, table.length) != table.length) {
                    throw new IllegalStateException("ggml-grids is too short");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private GridBlocks() {}

    /** d, 8 times 4 numbers and 32 bits: four times 7 bits of signs, a scale. */
    static void iq2xxs(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at);
        for (int group = 0; group < 8; group++) {
            int bits = Dequantiser.int32(b, at + 2 + 8 * group + 4);
            float scale = d * (0.5f + (bits >>> 28)) * 0.25f;
            for (int i = 0; i < 4; i++) {
                int point = b[at + 2 + 8 * group + i] & 255;
                signed(IQ2_XXS, point, 8, scale, signs(bits >>> 7 * i & 127), v, to + 32 * group + 8 * i);
            }
        }
    }

    /** d, 32 times 9 bits of a number and 7 of signs, 16 scales of 4 bits. */
    static void iq2xs(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at);
        for (int i = 0; i < 32; i++) {
            int q = int16(b, at + 2 + 2 * i);
            float scale = d * (0.5f + nibble(b, at + 66, i / 2)) * 0.25f;
            signed(IQ2_XS, q & 511, 8, scale, signs(q >> 9), v, to + 8 * i);
        }
    }

    /** d, 32 numbers' low bytes, 32 bytes of signs, their high bits by two, 16 scales of 4 bits. */
    static void iq2s(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at);
        for (int i = 0; i < 32; i++) {
            int point = b[at + 2 + i] & 255 | (b[at + 66 + i / 4] >> 2 * (i % 4) & 3) << 8;
            float scale = d * (0.5f + nibble(b, at + 74, i / 2)) * 0.25f;
            signed(IQ2_S, point, 8, scale, b[at + 34 + i], v, to + 8 * i);
        }
    }

    /** d, 64 numbers, 8 times 32 bits: four times 7 bits of signs, a scale. */
    static void iq3xxs(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at);
        for (int i = 0; i < 64; i++) {
            int bits = Dequantiser.int32(b, at + 66 + i / 8 * 4);
            float scale = d * (0.5f + (bits >>> 28)) * 0.5f;
            int signs = signs(bits >>> 7 * (i % 8 / 2) & 127) >> 4 * (i % 2);
            signed(IQ3_XXS, b[at + 2 + i] & 255, 4, scale, signs, v, to + 4 * i);
        }
    }

    /** d, 64 numbers' low bytes, their high bits, 32 bytes of signs, 8 scales of 4 bits. */
    static void iq3s(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at);
        for (int i = 0; i < 64; i++) {
            int point = b[at + 2 + i] & 255 | (b[at + 66 + i / 8] >> i % 8 & 1) << 8;
            float scale = d * (1 + 2 * nibble(b, at + 106, i / 8));
            signed(IQ3_S, point, 4, scale, b[at + 74 + i / 2] >> 4 * (i % 2), v, to + 4 * i);
        }
    }

    /** d, 32 numbers' low bytes, 8 times 16 bits: four times 3 high bits, a scale of 3, the sign of the offset. */
    static void iq1s(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at);
        for (int i = 0; i < 32; i++) {
            int bits = int16(b, at + 34 + i / 4 * 2);
            float scale = d * (2 * (bits >> 12 & 7) + 1);
            int point = b[at + 2 + i] & 255 | (bits >> 3 * (i % 4) & 7) << 8;
            shifted(point, scale, (bits & 0x8000) == 0 ? DELTA : -DELTA, v, to + 8 * i);
        }
    }

    /** 32 numbers' low bytes, 32 times 3 high bits and the sign of the offset, 4 times 12 bits of scales and 4 of d. */
    static void iq1m(byte[] b, int at, float[] v, int to) {
        byte[] half = new byte[2];
        half[0] = (byte) (int16(b, at + 48) >> 12 | int16(b, at + 50) >> 8 & 0xf0);
        half[1] = (byte) (int16(b, at + 52) >> 12 | int16(b, at + 54) >> 8 & 0xf0);
        float d = Dequantiser.half(half, 0);
        for (int i = 0; i < 32; i++) {
            int group = i / 2;
            float scale = d * (2 * (int16(b, at + 48 + group / 4 * 2) >> 3 * (group % 4) & 7) + 1);
            int high = nibble(b, at + 32, i);
            int point = b[at + i] & 255 | (high & 7) << 8;
            shifted(point, scale, (high & 8) == 0 ? DELTA : -DELTA, v, to + 8 * i);
        }
    }

    private static void signed(byte[] table, int point, int width, float scale, int signs, float[] v, int to) {
        for (int i = 0; i < width; i++) {
            float value = scale * table[point * width + i];
            v[to + i] = (signs >> i & 1) == 0 ? value : -value;
        }
    }

    private static void shifted(int point, float scale, float delta, float[] v, int to) {
        for (int i = 0; i < 8; i++) {
            v[to + i] = scale * (IQ1_S[point * 8 + i] + delta);
        }
    }

    /** Eight signs from seven: an even number of them is negative. */
    private static int signs(int seven) {
        return seven | (Integer.bitCount(seven) & 1) << 7;
    }

    /** The low halves of bytes come first. */
    private static int nibble(byte[] b, int from, int index) {
        return b[from + index / 2] >> 4 * (index % 2) & 15;
    }

    private static int int16(byte[] b, int at) {
        return b[at] & 255 | (b[at + 1] & 255) << 8;
    }
}
