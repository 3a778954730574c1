package org.consensusprobe.weights;

/**
 * Expands ggml's K-quants: blocks of 256 values with a float16 scale d (and m for an offset) over 8 or 16 small blocks,
 * each with a scale s (and an offset o) of a few bits: a value is (d s) q, or (d s) q - (m o).
 */
final class SuperBlocks {
    private SuperBlocks() {}

    /** 16 bytes of s and o, 64 bytes of four q, d, m. */
    static void q2(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at + 80);
        float m = Dequantiser.half(b, at + 82);
        for (int small = 0; small < 16; small++) {
            int so = b[at + small];
            float scale = d * (so & 15);
            float offset = m * (so >> 4 & 15);
            int quants = at + 16 + twoBitByte(small);
            int shift = twoBitShift(small);
            for (int i = 0; i < 16; i++) {
                v[to + 16 * small + i] = scale * (b[quants + i] >> shift & 3) - offset;
            }
        }
    }

    /** 32 bytes of the third bits of q, 64 bytes of four q, 12 bytes of 16 s, d. */
    static void q3(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at + 108);
        for (int small = 0; small < 16; small++) {
            int low = b[at + 96 + small % 8] >> (small < 8 ? 0 : 4) & 15;
            int high = b[at + 104 + small % 4] >> small / 4 * 2 & 3;
            float scale = d * ((low | high << 4) - 32);
            int quants = at + 32 + twoBitByte(small);
            int shift = twoBitShift(small);
            int third = at + small % 2 * 16;
            for (int i = 0; i < 16; i++) {
                // the third bit is kept inverted, as the absence of -4
                int minus = (b[third + i] >> small / 2 & 1 ^ 1) << 2;
                v[to + 16 * small + i] = scale * ((b[quants + i] >> shift & 3) - minus);
            }
        }
    }

    /** d, m, 12 bytes of 8 s and o, 128 bytes of two q. */
    static void q4(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at);
        float m = Dequantiser.half(b, at + 2);
        for (int small = 0; small < 8; small++) {
            float scale = d * sixBitScale(b, at + 4, small);
            float offset = m * sixBitOffset(b, at + 4, small);
            int quants = at + 16 + small / 2 * 32;
            int shift = small % 2 * 4;
            for (int i = 0; i < 32; i++) {
                v[to + 32 * small + i] = scale * (b[quants + i] >> shift & 15) - offset;
            }
        }
    }

    /** d, m, 12 bytes of 8 s and o, 32 bytes of the fifth bits of q, 128 bytes of two q. */
    static void q5(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at);
        float m = Dequantiser.half(b, at + 2);
        for (int small = 0; small < 8; small++) {
            float scale = d * sixBitScale(b, at + 4, small);
            float offset = m * sixBitOffset(b, at + 4, small);
            int quants = at + 48 + small / 2 * 32;
            int shift = small % 2 * 4;
            for (int i = 0; i < 32; i++) {
                int fifth = b[at + 16 + i] >> small & 1;
                v[to + 32 * small + i] = scale * (b[quants + i] >> shift & 15 | fifth << 4) - offset;
            }
        }
    }

    /** 128 bytes of two q, 64 bytes of the fifth and sixth bits of four q, 16 signed s, d. */
    static void q6(byte[] b, int at, float[] v, int to) {
        float d = Dequantiser.half(b, at + 208);
        for (int small = 0; small < 16; small++) {
            float scale = d * b[at + 192 + small];
            int half = small / 8;
            int low = at + 64 * half + small % 4 * 16;
            int lowShift = small % 8 / 4 * 4;
            int high = at + 128 + 32 * half + small % 2 * 16;
            int highShift = small % 8 / 2 * 2;
            for (int i = 0; i < 16; i++) {
                int q = b[low + i] >> lowShift & 15 | (b[high + i] >> highShift & 3) << 4;
                v[to + 16 * small + i] = scale * (q - 32);
            }
        }
    }

    /** Two-bit quants: 32 bytes hold four runs of 32 values, the lowest bits first. */
    private static int twoBitByte(int small) {
        return small / 8 * 32 + small % 2 * 16;
    }

    private static int twoBitShift(int small) {
        return small % 8 / 2 * 2;
    }

    /** Scales and offsets of six bits: 4 of each in 8 bytes, whose top bits and 4 more bytes make the other 4. */
    private static int sixBitScale(byte[] b, int at, int small) {
        return small < 4 ? b[at + small] & 63 : b[at + 4 + small] & 15 | b[at + small - 4] >> 2 & 48;
    }

    private static int sixBitOffset(byte[] b, int at, int small) {
        return small < 4 ? b[at + 4 + small] & 63 : b[at + 4 + small] >> 4 & 15 | b[at + small] >> 2 & 48;
    }
}
