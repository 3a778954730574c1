package org.consensusprobe.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Expands ggml's quantised blocks to float32, the very bits of {@code gguf.dequantize} in Python: every operation in
 * float32, in its order.
 *
 * <p>Layouts are those of ggml's {@code ggml-common.h}. Scales {@code d} and offsets {@code m} are float16, quants are q:
 * a value is d q, or d q + m.
 */
final class Dequantiser {
    /** Blocks taken to the Java heap at once. */
    private static final int BATCH = 256;

    private Dequantiser() {}

    /** Expands one block of bytes, from an index, to values, from an index. */
    @FunctionalInterface
    interface Block {
        void expand(byte[] bytes, int at, float[] values, int to);
    }

    /** Expands all blocks of a buffer. */
    static void expand(StoredType type, ByteBuffer blocks, FloatBuffer values) {
        Block block = block(type);
        byte[] bytes = new byte[BATCH * type.bytes()];
        float[] batch = new float[BATCH * type.blockElements()];
        while (blocks.hasRemaining()) {
            int count = Math.min(BATCH, blocks.remaining() / type.bytes());
            blocks.get(bytes, 0, count * type.bytes());
            for (int i = 0; i < count; i++) {
                block.expand(bytes, i * type.bytes(), batch, i * type.blockElements());
            }
            values.put(batch, 0, count * type.blockElements());
        }
    }

    private static Block block(StoredType type) {
        return switch (type) {
            case F8_E4M3 -> (b, at, v, to) -> v[to] = e4m3(b[at]);
            case F8_E5M2 -> (b, at, v, to) -> v[to] = half(new byte[] {0, b[at]}, 0);
            case Q4_0 -> Dequantiser::q40;
            case Q4_1 -> Dequantiser::q41;
            case Q5_0 -> Dequantiser::q50;
            case Q5_1 -> Dequantiser::q51;
            case Q8_0 -> Dequantiser::q80;
            case Q2_K -> SuperBlocks::q2;
            case Q3_K -> SuperBlocks::q3;
            case Q4_K -> SuperBlocks::q4;
            case Q5_K -> SuperBlocks::q5;
            case Q6_K -> SuperBlocks::q6;
            case Q8_K -> TableBlocks::q8k;
            case IQ2_XXS -> GridBlocks::iq2xxs;
            case IQ2_XS -> GridBlocks::iq2xs;
            case IQ2_S -> GridBlocks::iq2s;
            case IQ3_XXS -> GridBlocks::iq3xxs;
            case IQ3_S -> GridBlocks::iq3s;
            case IQ1_S -> GridBlocks::iq1s;
            case IQ1_M -> GridBlocks::iq1m;
            case IQ4_NL -> TableBlocks::iq4nl;
            case IQ4_XS -> TableBlocks::iq4xs;
            case TQ1_0 -> TableBlocks::tq1;
            case TQ2_0 -> TableBlocks::tq2;
            case MXFP4 -> TableBlocks::mxfp4;
            case NVFP4 -> TableBlocks::nvfp4;
            default -> throw new IllegalArgumentException(type + " is not quantised");
        };
    }

    /** d, 16 bytes of two q - the low halves first. */
    private static void q40(byte[] b, int at, float[] v, int to) {
        float d = half(b, at);
        for (int i = 0; i < 16; i++) {
            int q = b[at + 2 + i];
            v[to + i] = d * ((q & 15) - 8);
            v[to + 16 + i] = d * ((q >> 4 & 15) - 8);
        }
    }

    /** d, m, 16 bytes of two q. */
    private static void q41(byte[] b, int at, float[] v, int to) {
        float d = half(b, at);
        float m = half(b, at + 2);
        for (int i = 0; i < 16; i++) {
            int q = b[at + 4 + i];
            v[to + i] = d * (q & 15) + m;
            v[to + 16 + i] = d * (q >> 4 & 15) + m;
        }
    }

    /** d, the fifth bits of all 32 q, 16 bytes of two q. */
    private static void q50(byte[] b, int at, float[] v, int to) {
        float d = half(b, at);
        int fifth = int32(b, at + 2);
        for (int i = 0; i < 16; i++) {
            int q = b[at + 6 + i];
            v[to + i] = d * ((q & 15 | (fifth >>> i & 1) << 4) - 16);
            v[to + 16 + i] = d * ((q >> 4 & 15 | (fifth >>> 16 + i & 1) << 4) - 16);
        }
    }

    /** d, m, the fifth bits of all 32 q, 16 bytes of two q. */
    private static void q51(byte[] b, int at, float[] v, int to) {
        float d = half(b, at);
        float m = half(b, at + 2);
        int fifth = int32(b, at + 4);
        for (int i = 0; i < 16; i++) {
            int q = b[at + 8 + i];
            v[to + i] = d * (q & 15 | (fifth >>> i & 1) << 4) + m;
            v[to + 16 + i] = d * (q >> 4 & 15 | (fifth >>> 16 + i & 1) << 4) + m;
        }
    }

    /** d, 32 signed q. */
    private static void q80(byte[] b, int at, float[] v, int to) {
        float d = half(b, at);
        for (int i = 0; i < 32; i++) {
            v[to + i] = b[at + 2 + i] * d;
        }
    }

    /** A float of a sign, four bits of exponent and three of mantissa, without infinities. */
    private static float e4m3(byte bits) {
        int exponent = bits >> 3 & 15;
        int fraction = bits & 7;
        float size = exponent == 0 ? fraction * 0x1p-9f : Math.scalb(1 + fraction / 8f, exponent - 7);
        if (exponent == 15 && fraction == 7) {
            size = Float.NaN;
        }
        return bits < 0 ? -size : size;
    }

    /** The float16 at an index. */
    static float half(byte[] b, int at) {
        int bits = b[at] & 255 | (b[at + 1] & 255) << 8;
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        if (exponent == 0) {
            return Float.intBitsToFloat(sign | Float.floatToRawIntBits(fraction * 0x1p-24f));
        }
        int wide = exponent == 31 ? 255 : exponent - 15 + 127;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }

    static int int32(byte[] b, int at) {
        return b[at] & 255 | (b[at + 1] & 255) << 8 | (b[at + 2] & 255) << 16 | b[at + 3] << 24;
    }
}
