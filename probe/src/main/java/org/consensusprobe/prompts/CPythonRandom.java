package org.consensusprobe.prompts;

import java.math.BigInteger;
import org.apache.commons.rng.core.source32.MersenneTwister;

/**
 * Python's {@code random.Random(seed)}, number for number: the generator behind the paper's prompts.
 *
 * <p>CPython seeds MT19937 by {@code init_by_array} with the absolute value of the seed cut into 32-bit words, lowest
 * first (Modules/_randommodule.c), and draws {@code randint} by rejection from {@code getrandbits} (Lib/random.py).
 * Not safe for use by several threads.
 */
public final class CPythonRandom {
    private final MersenneTwister twister;

    /** As {@code random.Random(seed)} for any integer; a seed and its negative give the same numbers, as in Python. */
    public CPythonRandom(BigInteger seed) {
        this.twister = new MersenneTwister(words(seed.abs()));
    }

    /** As {@link #CPythonRandom(BigInteger)}. */
    public CPythonRandom(long seed) {
        this(BigInteger.valueOf(seed));
    }

    private CPythonRandom(MersenneTwister twister) {
        this.twister = twister;
    }

    /** One that goes on as this one will. */
    CPythonRandom copy() {
        MersenneTwister same = new MersenneTwister(new int[] {0});
        same.restoreState(twister.saveState());
        return new CPythonRandom(same);
    }

    /** As {@code random.randbytes(count)}: words, the lowest byte first; the last one gives its upper bits. */
    byte[] randbytes(int count) {
        byte[] bytes = new byte[count];
        for (int at = 0; at < count; at += Integer.BYTES) {
            int left = Math.min(Integer.BYTES, count - at);
            int word = twister.next() >>> (Integer.SIZE - Byte.SIZE * left);
            for (int i = 0; i < left; i++) {
                bytes[at + i] = (byte) (word >>> (Byte.SIZE * i));
            }
        }
        return bytes;
    }

    /**
     * As {@code random.randint(low, high)}: uniform, both ends included.
     *
     * @throws IllegalArgumentException if {@code low > high}
     */
    public int randint(int low, int high) {
        if (low > high) {
            throw new IllegalArgumentException("empty range " + low + " to " + high);
        }
        return (int) (low + below((long) high - low + 1));
    }

    /** As {@code random.random()}: uniform in [0, 1), a multiple of 2^-53. */
    public double random() {
        long high = word() >>> 5;
        long low = word() >>> 6;
        return (high * (1L << 26) + low) * 0x1p-53;
    }

    /** As {@code random.getrandbits(bits)} for 1 to 63 bits. */
    long getrandbits(int bits) {
        if (bits < 1 || bits > 63) {
            throw new IllegalArgumentException("bits must be 1 to 63, found " + bits);
        }
        if (bits <= 32) {
            return word() >>> (32 - bits);
        }
        // wider numbers are put together from words, lowest first, and the last one gives its upper bits
        long low = word();
        return low | (word() >>> (64 - bits)) << 32;
    }

    private long below(long n) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(n);
        long r = getrandbits(bits);
        while (r >= n) {
            r = getrandbits(bits);
        }
        return r;
    }

    private long word() {
        return Integer.toUnsignedLong(twister.next());
    }

    private static int[] words(BigInteger magnitude) {
        int[] words = new int[Math.max(1, (magnitude.bitLength() + 31) / 32)];
        for (int i = 0; i < words.length; i++) {
            words[i] = magnitude.shiftRight(32 * i).intValue();
        }
        return words;
    }
}
