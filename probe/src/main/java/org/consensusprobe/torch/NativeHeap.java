package org.consensusprobe.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.util.function.Supplier;

/**
 * Where libtorch's tensors lie: in the C library's heap, or each in pages of its own.
 *
 * <p>In the heap, which the launcher sees to, activations are made in memory that is there already; this makes operations on
 * them up to twice as fast, and holes between them cost up to four times what they hold. For prompts of {@value
 * #LONG_PROMPT} tokens and more the holes are what decides whether a run fits, and operations take long enough not to feel
 * how memory is got: then tensors have pages of their own, which go back to the system with them.
 */
public final class NativeHeap {
    /** Tokens from which a prompt's tensors have pages of their own. */
    public static final int LONG_PROMPT = 1024;

    /** Bytes of a matrix from which it has pages of its own each time it is expanded: in the heap it leaves a hole of its size. */
    public static final long LARGE_MATRIX = 256L << 20;

    private static final int M_MMAP_THRESHOLD = -3;
    /** Smaller tensors stay in the heap. */
    private static final int MAPPED_FROM = 1 << 20;
    /** What {@link #apart} leaves in the heap. */
    private static final int TABLE_FROM = 16 << 20;

    private static boolean mapped;

    private NativeHeap() {}

    /**
     * Prepares for prompts.
     *
     * @param tokens of the longest
     * @return whether tensors have pages of their own from now on; false too where the C library is not glibc
     */
    public static boolean prepareFor(int tokens) {
        return prepareFor(tokens, 0);
    }

    /**
     * As {@link #prepareFor(int)}, of a model too.
     *
     * @param matrixBytes of the largest matrix that is expanded again and again, 0 if none is
     */
    public static synchronized boolean prepareFor(int tokens, long matrixBytes) {
        boolean wanted = isMapped(tokens, matrixBytes);
        if (wanted != mapped && Platform.isLinux()) {
            mapped = setThreshold(wanted ? MAPPED_FROM : Integer.MAX_VALUE) ? wanted : mapped;
        }
        return mapped;
    }

    /** Whether {@link #prepareFor(int, long)} gives tensors pages of their own. */
    public static boolean isMapped(long tokens, long matrixBytes) {
        return tokens >= LONG_PROMPT || matrixBytes >= LARGE_MATRIX;
    }

    /**
     * Makes large tables, which live shortly or alone, in pages of their own: in the heap each would leave a hole of its size
     * once the run goes on without it.
     *
     * @param making what makes them, on this thread
     */
    public static synchronized <T> T apart(Supplier<T> making) {
        // a C library that does not take the way back is left as it is
        if (mapped || !Platform.isLinux() || !setThreshold(Integer.MAX_VALUE) || !setThreshold(TABLE_FROM)) {
            return making.get();
        }
        try {
            return making.get();
        } finally {
            setThreshold(Integer.MAX_VALUE);
        }
    }

    /**
     * Gives back what was freed. A run leaves holes that the next one's tensors do not fit: without this, a dozen runs of one
     * process hold three times what each needs.
     */
    public static void trim() {
        if (Platform.isLinux()) {
            try {
                NativeLibrary.getProcess().getFunction("malloc_trim").invokeInt(new Object[] {0L});
            } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
                // a C library other than glibc, which keeps what it keeps
            }
        }
    }

    private static boolean setThreshold(int bytes) {
        try {
            Function mallopt = NativeLibrary.getProcess().getFunction("mallopt");
            return mallopt.invokeInt(new Object[] {M_MMAP_THRESHOLD, bytes}) == 1;
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            // no such function, or JNA's own library cannot be unpacked: the run needs more memory, and is none the
            // worse
            return false;
        }
    }
}
