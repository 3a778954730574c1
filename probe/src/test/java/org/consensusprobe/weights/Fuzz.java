package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;

/**
 * Gives damaged inputs to a reader, which opens or refuses each with a {@link Problem} of one or two readable lines: no other
 * exception, no overflowing stack, in bounded time and with memory in proportion to the input.
 */
final class Fuzz {
    /** Buffers, a stack trace and a message. */
    private static final long FIXED_BYTES = 150_000;

    /** A tree of nodes for JSON; fields, maps and strings for headers. */
    private static final long BYTES_PER_INPUT_BYTE = 120;

    private static final long MOST_NANOS = 1_000_000_000;

    /** So many inputs load the classes, whose loading is not measured. */
    private static final int WARM_UP = 500;

    private static final String OPENED = "opened";

    private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** One or two lines without characters that steer a terminal. */
    private static final Pattern READABLE = Pattern.compile("[^\\p{Cc}\\p{Cf}]+(\\R[^\\p{Cc}\\p{Cf}]+)?");

    private final long seed;
    private final int tries;

    Fuzz(long seed, int tries) {
        this.seed = seed;
        this.tries = tries;
    }

    /** Puts an input where it is read. */
    @FunctionalInterface
    interface Place {
        void put(byte[] input) throws Exception;
    }

    /**
     * All tries.
     *
     * @param inputs the damaged input of a seed
     * @param place puts it where {@code open} reads it
     */
    void run(String what, LongFunction<byte[]> inputs, Place place, Runnable open) {
        Map<String, Long> outcomes = new TreeMap<>();
        for (int i = 0; i < tries; i++) {
            byte[] input = inputs.apply(seed + i);
            try {
                place.put(input);
                String outcome = i < WARM_UP ? outcome(open) : boundedOutcome(open, input.length);
                outcomes.merge(outcome, 1L, Long::sum);
            } catch (Throwable e) {
                throw new AssertionError("consensus.fuzz.seed=" + (seed + i) + ", input " + shown(input), e);
            }
        }
        long opened = outcomes.getOrDefault(OPENED, 0L);
        System.out.printf(
                "%s: %d damaged inputs, %d opened, the others refused in %d ways%n",
                what, tries, opened, outcomes.size() - 1);
        requireVariety(opened, outcomes.size());
    }

    /** The property would hold of a reader that refuses everything, and of a mutator that changes nothing. */
    private void requireVariety(long opened, int outcomes) {
        if (tries > WARM_UP) {
            assertThat(opened).as("opened").isBetween(tries / 100L, tries * 3L / 4);
            assertThat(outcomes).as("outcomes").isGreaterThanOrEqualTo(4);
        }
    }

    private static String boundedOutcome(Runnable open, int inputBytes) {
        long thread = Thread.currentThread().getId();
        long bytesBefore = THREAD.getThreadAllocatedBytes(thread);
        long nanosBefore = THREAD.getCurrentThreadCpuTime();
        String outcome = outcome(open);
        long nanos = THREAD.getCurrentThreadCpuTime() - nanosBefore;
        long bytes = THREAD.getThreadAllocatedBytes(thread) - bytesBefore;
        if (bytes > FIXED_BYTES + BYTES_PER_INPUT_BYTE * inputBytes) {
            throw new AssertionError(bytes + " bytes allocated for " + inputBytes + " bytes of input");
        }
        if (nanos > MOST_NANOS) {
            throw new AssertionError(nanos + " ns of processor time for " + inputBytes + " bytes of input");
        }
        return outcome;
    }

    /** {@link #OPENED}, or the check that refused: the lines its problem came through. */
    private static String outcome(Runnable open) {
        try {
            open.run();
            return OPENED;
        } catch (Problem e) {
            requireReadable(e);
            return Arrays.stream(e.getStackTrace())
                    .limit(4)
                    .map(frame -> frame.getMethodName() + ":" + frame.getLineNumber())
                    .collect(Collectors.joining(" "));
        }
    }

    static void requireReadable(Problem problem) {
        String message = problem.getMessage();
        assertThat(READABLE.matcher(message).matches()).as(message).isTrue();
        assertThat(message.length()).as(message).isLessThan(1500);
        assertThat(problem.exitCode()).isEqualTo(Problem.WRONG_INPUT);
    }

    private static String shown(byte[] input) {
        String base64 = Base64.getEncoder().encodeToString(input);
        return base64.length() > 4000 ? base64.substring(0, 4000) + "... (Base64)" : base64 + " (Base64)";
    }
}
