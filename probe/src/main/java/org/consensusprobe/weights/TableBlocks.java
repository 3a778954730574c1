package org.consensusprobe.weights;

/** Expands ggml's types whose few bits stand for values of a small table: unevenly spaced ones, floats of four bits, signs. */
final class TableBlocks {
    private static final byte[] UNEVEN = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /** Floats with two bits of exponent and one of mantissa, doubled. */
    private static final byte[] E2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private static final int[] POWERS_OF_3 = {1, 3, 9, 27, 81};

    private TableBlocks() {}

    /** d, 16 bytes of two q. */
    static void iq4nl(byte[] b, int at, float[] v, int to) {
        halves(b, at + 2, UNEVEN, Dequantiser.half(b, at), 16, v, to);
    }

    /** d, the high two bits of 8 scales, their low four, 8 times 16 bytes of two q. */
    static void iq4xs(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at);
        int high = b[at + 2] & 255 | (b[at + 3] & 255) << 8;
        for (int group = 0; group < 8; group++) {
            int low = b[at + 4 + group / 2] >> 4 * (group % 2) & 15;
            float scale = d * ((low | (high >> 2 * group & 3) << 4) - 32);
            halves(b, at + 8 + 16 * group, UNEVEN, scale, 16, v, to + 32 * group);
        }
    }

    /** The scale's exponent, 16 bytes of two q. */
    static void mxfp4(byte[] b, int at, float[] v, int to) {
        int exponent = b[at] & 255;
        // half of 2^(e - 127), since the table is doubled
        int bits = exponent < 2 ? 0x0020_0000 << exponent : exponent - 1 << 23;
        halves(b, at + 1, E2M1, Float.intBitsToFloat(bits), 16, v, to);
    }

    /** Four scales of four bits of exponent and three of mantissa, 4 times 8 bytes of two q. */
    static void nvfp4(byte[] b, int at, float[] v, int to) {
        for (int group = 0; group < 4; group++) {
            int bits = b[at + group] & 255;
            int exponent = bits >> 3 & 15;
            float mantissa = bits & 7;
            float whole =
                    exponent == 0 ? mantissa * 0x1p-9f : (1 + mantissa / 8) * (float) Math.scalb(1.0, exponent - 7);
            float scale = bits == 0 || bits == 0x7f ? 0 : whole * 0.5f;
            halves(b, at + 4 + 8 * group, E2M1, scale, 8, v, to + 16 * group);
        }
    }

    /** 48 bytes of five q - 1 and 4 bytes of four, as fractions of 256 in base 3, d. */
    static void tq1(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at + 52);
        int next = ternary(b, at, 32, 5, d, v, to);
        next = ternary(b, at + 32, 16, 5, d, v, next);
        ternary(b, at + 48, 4, 4, d, v, next);
    }

    private static int ternary(byte[] b, int at, int bytes, int digits, float d, float[] v, int to) {
        int next = to;
        for (int digit = 0; digit < digits; digit++) {
            for (int i = 0; i < bytes; i++) {
                int rest = b[at + i] * POWERS_OF_3[digit] & 255;
                v[next++] = d * ((rest * 3 >> 8) - 1);
            }
        }
        return next;
    }

    /** 64 bytes of four q - 1, d. */
    static void tq2(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at + 64);
        for (int i = 0; i < 256; i++) {
            int q = b[at + i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
            v[to + i] = d * (q - 1);
        }
    }

    /** d as float32, 256 signed q, sums that nobody needs here. */
    static void q8k(byte[] b, int at, float[] v, int to) {
        float d = Float.intBitsToFloat(Dequantiser.int32(b, at));
        for (int i = 0; i < 256; i++) {
            v[to + i] = d * b[at + 4 + i];
        }
    }

    /** Bytes whose low halves come first, then their high halves. */
    private static void halves(byte[] b, int at, byte[] table, float scale, int bytes, float[] v, int to) {
        for (int i = 0; i < bytes; i++) {
            v[to + i] = scale * table[b[at + i] & 15];
            v[to + bytes + i] = scale * table[b[at + i] >> 4 & 15];
        }
    }
}
