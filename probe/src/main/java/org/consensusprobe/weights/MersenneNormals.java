package org.consensusprobe.weights;

/**
 * The values that libtorch's CPU generator and {@code Tensor.normal_} give, bit for bit, at less than their cost.
 *
 * <p>The generator is MT19937 (Matsumoto, Nishimura 1998), seeded by {@code init_genrand}. Groups of 16 raw numbers are
 * made uniform with 24 bits, u1 from the first eight and u2 from the others, then normal by Box and Muller: {@code
 * sqrt(-2 ln(1 - u1))} times cosine (first eight) and sine (others) of {@code 2 pi u2}. Logarithm, sine and cosine are the
 * polynomials of Cephes (Moshier) in the order of operations, contracted to fused multiply-adds, of libtorch's AVX2 code
 * ({@code avx_mathfun.h}). That code exists on x86-64 only; elsewhere libtorch's values differ in their last bits.
 *
 * <p>Loops run over blocks in the first-level cache and are kept so plain that the virtual machine vectorises them.
 */
final class MersenneNormals {
    /** Raw numbers of one turn of the generator. */
    private static final int N = 624;

    private static final int SHIFT = 397;
    private static final int UPPER = 0x80000000;
    private static final int LOWER = 0x7fffffff;
    private static final int TWIST = 0x9908b0df;

    /** Values are made in groups of so many raw numbers. */
    static final int GROUP = 16;

    private static final int HALF = GROUP / 2;
    /** Raw numbers of a block: two turns, a multiple of a group. */
    static final int BLOCK = 2 * N;

    private static final int PAIRS = BLOCK / 2;
    private static final float ULP = 1f / (1 << 24);
    private static final float TWO_PI = (float) (2 * Math.PI);
    private static final float FOUR_OVER_PI = 1.27323954473516f;
    private static final int SQRT_HALF = Float.floatToRawIntBits(0.707106781186547524f);
    /** What the exponent of m 2^-24 contributes, by the leading zeros of m. */
    private static final float[] EXPONENT = new float[34];
    /** Bit 23 of a number whose lower bits were put into the mantissa of 2^23. */
    private static final float[] BIT_23 = {-8388608f, 0f};
    /** Octants are counted in twos: for each, its number, and cos and sin of its rotation. */
    private static final float[] OCTANT = {0f, 2f, 4f, 6f, 8f};

    private static final float[] COS_OF_OCTANT = {1f, 0f, -1f, 0f, 1f};
    private static final float[] SIN_OF_OCTANT = {0f, 1f, 0f, -1f, 0f};

    static {
        for (int zeros = 0; zeros < EXPONENT.length; zeros++) {
            EXPONENT[zeros] = 8 - zeros;
        }
    }

    private int[] state = new int[N + 1];
    private int[] following = new int[N + 1];
    private final int[] earlier = new int[N + 1];
    private final int[] tempered = new int[N];
    private boolean isTempered;
    private int position = N;

    private final int[] raw = new int[BLOCK];
    private final int[] first = new int[PAIRS];
    private final int[] second = new int[PAIRS];
    private final float[] mantissa = new float[PAIRS];
    private final float[] exponent = new float[PAIRS];
    private final float[] radius = new float[PAIRS];
    private final float[] angle = new float[PAIRS];
    private final float[] octant = new float[PAIRS];
    private final float[] cosOfOctant = new float[PAIRS];
    private final float[] sinOfOctant = new float[PAIRS];
    private final float[] cos = new float[PAIRS];
    private final float[] sin = new float[PAIRS];

    /** The generator after {@code manual_seed(seed)}, which takes the lower 32 bits. */
    MersenneNormals(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < N; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** A generator that gives what the other would give next. */
    MersenneNormals(MersenneNormals other) {
        System.arraycopy(other.state, 0, state, 0, state.length);
        position = other.position;
    }

    /** Passes over raw numbers. */
    void skip(long numbers) {
        for (long left = numbers; left > 0; ) {
            turnIfSpent();
            int n = (int) Math.min(left, N - position);
            position += n;
            left -= n;
        }
    }

    /**
     * Draws N(0, std) values, a whole number of groups.
     *
     * @param count at most {@value #BLOCK}
     */
    void normal(float[] out, int count, float std) {
        int pairs = count / 2;
        draw(count);
        separate(raw, first, second, count);
        logarithmParts(first, mantissa, exponent, pairs);
        angles(second, angle, octant, cosOfOctant, sinOfOctant, pairs);
        radii(mantissa, exponent, radius, pairs);
        reduce(angle, octant, pairs);
        cosines(angle, cos, pairs);
        sines(angle, sin, pairs);
        rotate(radius, cos, sin, cosOfOctant, sinOfOctant, std, pairs);
        interleave(cos, sin, out, count);
    }

    // ---- MT19937

    private void draw(int count) {
        for (int done = 0; done < count; ) {
            turnIfSpent();
            if (!isTempered) {
                temper(state, tempered);
                isTempered = true;
            }
            int n = Math.min(count - done, N - position);
            System.arraycopy(tempered, position, raw, done, n);
            position += n;
            done += n;
        }
    }

    private void turnIfSpent() {
        if (position == N) {
            turn();
            position = 0;
            isTempered = false;
        }
    }

    private void turn() {
        int reach = N - SHIFT;
        twist(state, state, SHIFT, following, 0, reach);
        // copied, because a loop that reads what it writes is not vectorised
        System.arraycopy(following, 0, earlier, reach, reach);
        twist(state, earlier, 0, following, reach, 2 * reach);
        System.arraycopy(following, reach, earlier, 2 * reach, N - 1 - 2 * reach);
        twist(state, earlier, 0, following, 2 * reach, N - 1);
        state[N] = following[0];
        earlier[N - 1] = following[SHIFT - 1];
        twist(state, earlier, 0, following, N - 1, N);
        int[] spent = state;
        state = following;
        following = spent;
    }

    private static void twist(int[] from, int[] other, int shift, int[] to, int begin, int end) {
        for (int i = begin; i < end; i++) {
            int y = (from[i] & UPPER) | (from[i + 1] & LOWER);
            to[i] = other[i + shift] ^ (y >>> 1) ^ (-(y & 1) & TWIST);
        }
    }

    private static void temper(int[] state, int[] out) {
        for (int i = 0; i < N; i++) {
            int y = state[i];
            y ^= y >>> 11;
            y ^= (y << 7) & 0x9d2c5680;
            y ^= (y << 15) & 0xefc60000;
            y ^= y >>> 18;
            out[i] = y & 0xffffff;
        }
    }

    // ---- Box and Muller

    private static void separate(int[] raw, int[] first, int[] second, int count) {
        for (int g = 0, p = 0; g < count; g += GROUP, p += HALF) {
            System.arraycopy(raw, g, first, p, HALF);
            System.arraycopy(raw, g + HALF, second, p, HALF);
        }
    }

    /** 1 - u1 = m 2^-24 as mantissa - 1, in [sqrt(1/2) - 1, sqrt(2) - 1), and exponent; bit by bit, for m has 25 bits at most. */
    private static void logarithmParts(int[] first, float[] mantissa, float[] exponent, int pairs) {
        for (int i = 0; i < pairs; i++) {
            int m = (1 << 24) - first[i];
            int zeros = Integer.numberOfLeadingZeros(m);
            int half = (m << zeros >>> 8) & 0x007fffff | 0x3f000000; // [1/2, 1)
            int small = (half - SQRT_HALF) >> 31;
            exponent[i] = EXPONENT[zeros - small];
            mantissa[i] = (Float.intBitsToFloat(half) - 1f) + Float.intBitsToFloat(half & small);
        }
    }

    private static void angles(int[] second, float[] angle, float[] octant, float[] c, float[] s, int pairs) {
        for (int i = 0; i < pairs; i++) {
            int m = second[i];
            float u = (Float.intBitsToFloat(0x4b000000 | (m & 0x7fffff)) + BIT_23[m >>> 23]) * ULP;
            float theta = TWO_PI * u;
            int k = ((int) (theta * FOUR_OVER_PI) + 1) >> 1;
            angle[i] = theta;
            octant[i] = OCTANT[k];
            c[i] = COS_OF_OCTANT[k];
            s[i] = SIN_OF_OCTANT[k];
        }
    }

    private static void radii(float[] mantissa, float[] exponent, float[] radius, int pairs) {
        for (int i = 0; i < pairs; i++) {
            float x = mantissa[i];
            float e = exponent[i];
            float z = x * x;
            float y = 7.0376836292E-2f;
            y = Math.fma(y, x, -1.1514610310E-1f);
            y = Math.fma(y, x, 1.1676998740E-1f);
            y = Math.fma(y, x, -1.2420140846E-1f);
            y = Math.fma(y, x, 1.4249322787E-1f);
            y = Math.fma(y, x, -1.6668057665E-1f);
            y = Math.fma(y, x, 2.0000714765E-1f);
            y = Math.fma(y, x, -2.4999993993E-1f);
            y = Math.fma(y, x, 3.3333331174E-1f);
            y = y * x;
            y = Math.fma(y, z, e * -2.12194440e-4f);
            y = Math.fma(z, -0.5f, y);
            x = x + y;
            x = Math.fma(e, 0.693359375f, x);
            radius[i] = (float) Math.sqrt(-2f * x);
        }
    }

    private static void reduce(float[] angle, float[] octant, int pairs) {
        for (int i = 0; i < pairs; i++) {
            float k = octant[i];
            float x = angle[i];
            x = Math.fma(k, -0.78515625f, x);
            x = Math.fma(k, -2.4187564849853515625e-4f, x);
            x = Math.fma(k, -3.77489497744594108e-8f, x);
            angle[i] = x;
        }
    }

    private static void cosines(float[] angle, float[] cos, int pairs) {
        for (int i = 0; i < pairs; i++) {
            float z = angle[i] * angle[i];
            float y = 2.443315711809948E-005f;
            y = Math.fma(y, z, -1.388731625493765E-003f);
            y = Math.fma(y, z, 4.166664568298827E-002f);
            y = y * z;
            y = Math.fma(y, z, z * -0.5f);
            cos[i] = y + 1f;
        }
    }

    private static void sines(float[] angle, float[] sin, int pairs) {
        for (int i = 0; i < pairs; i++) {
            float x = angle[i];
            float z = x * x;
            float y = -1.9515295891E-4f;
            y = Math.fma(y, z, 8.3321608736E-3f);
            y = Math.fma(y, z, -1.6666654611E-1f);
            y = y * z;
            sin[i] = Math.fma(y, x, x);
        }
    }

    /** Turns (cos, sin) by the octant's multiple of a right angle, which is exact, and scales it. */
    private static void rotate(float[] radius, float[] cos, float[] sin, float[] c, float[] s, float std, int pairs) {
        for (int i = 0; i < pairs; i++) {
            float x = cos[i];
            float y = sin[i];
            // adding the mean, 0, makes a negative zero positive
            cos[i] = radius[i] * (c[i] * x - s[i] * y) * std + 0f;
            sin[i] = radius[i] * (c[i] * y + s[i] * x) * std + 0f;
        }
    }

    private static void interleave(float[] cos, float[] sin, float[] out, int count) {
        for (int g = 0, p = 0; g < count; g += GROUP, p += HALF) {
            System.arraycopy(cos, p, out, g, HALF);
            System.arraycopy(sin, p, out, g + HALF, HALF);
        }
    }
}
