package org.consensusprobe.cli.terminal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.consensusprobe.common.Problem;

/**
 * Lets the running command end cleanly on SIGINT or SIGTERM: it is asked to stop, gets time to write what it has, and
 * the process ends with exit code {@value Problem#INTERRUPTED}.
 */
public final class Interruption {
    /** How long the command may take to end, in seconds: a scheduler's script knows when the process will be killed. */
    private static final String GRACE = "CONSENSUS_GRACE_SECONDS";

    private static final long MOST_SECONDS_TO_END = 60;

    private static final CountDownLatch ENDED = new CountDownLatch(1);
    private static volatile boolean requested;
    private static volatile boolean asked;

    private Interruption() {}

    /** Starts to watch for signals; for the process's {@code main} only. */
    public static void watch() {
        Runtime.getRuntime().addShutdownHook(new Thread(Interruption::onShutdown, "interruption"));
    }

    /** Whether the command should stop. */
    public static boolean requested() {
        asked = true;
        return requested;
    }

    /** The command has ended and said what it had to say. */
    public static void commandEnded() {
        ENDED.countDown();
    }

    private static void onShutdown() {
        if (ENDED.getCount() == 0) {
            return; // the ordinary end of the process
        }
        requested = true;
        if (asked) { // by a run, after each of its blocks, of which one may take long
            System.err.println("consensus: stopping after this block ...");
        }
        try {
            if (!ENDED.await(secondsToEnd(), TimeUnit.SECONDS)) {
                System.err.println("consensus: the command did not stop in time and is ended where it stands.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(Problem.INTERRUPTED);
    }

    private static long secondsToEnd() {
        String told = System.getenv().getOrDefault(GRACE, "");
        return told.matches("\\d{1,6}") ? Long.parseLong(told) : MOST_SECONDS_TO_END;
    }
}
