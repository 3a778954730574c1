package org.consensusprobe.hub;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.consensusprobe.common.Problem;

/**
 * How often and how patiently a request is repeated.
 *
 * @param attempts requests in a row without a new byte before giving up
 * @param first the wait after the first failure; it doubles with each further one
 * @param longest the longest of these waits
 * @param patience the longest wait a server may ask for by {@code Retry-After}
 */
record Retries(int attempts, Duration first, Duration longest, Duration patience) {
    static final Retries DEFAULT = new Retries(6, Duration.ofSeconds(1), Duration.ofSeconds(16), Duration.ofMinutes(5));

    /** A failure that may pass: a dropped connection, a timeout, 429 or 5xx. */
    static final class Transient extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Problem problem;
        private final transient Optional<Duration> retryAfter;

        Transient(Problem problem, Optional<Duration> retryAfter) {
            super(problem.getMessage(), problem);
            this.problem = problem;
            this.retryAfter = retryAfter;
        }

        Transient(Problem problem) {
            this(problem, Optional.empty());
        }
    }

    /** A request that may fail for a while. */
    @FunctionalInterface
    interface Attempt<T> {
        T run() throws Transient;
    }

    /** Repeats {@code attempt} until it succeeds or patience ends. */
    <T> T run(Attempt<T> attempt) {
        Count count = new Count();
        while (true) {
            try {
                return attempt.run();
            } catch (Transient failure) {
                count.failed(failure);
            }
        }
    }

    /** Counts the failures in a row of one job. */
    final class Count {
        private int failures;

        /** New bytes arrived: what failed before no longer counts. */
        void progressed() {
            failures = 0;
        }

        /**
         * Waits for as long as the server asks, or longer with each failure.
         *
         * @throws Problem the failure itself, once there were too many
         */
        void failed(Transient failure) {
            failures++;
            if (failures >= attempts) {
                throw failure.problem;
            }
            Duration wait = failure.retryAfter.orElseGet(this::backOff);
            if (wait.compareTo(patience) > 0) {
                throw Problem.failed(
                        failure.problem,
                        "%s%nThe server asks to wait %d seconds: try again then.",
                        failure.problem.getMessage(),
                        wait.toSeconds());
            }
            try {
                Thread.sleep(wait.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw Problem.interrupted("Interrupted; what was downloaded so far is kept for the next start.");
            }
        }

        private Duration backOff() {
            long millis = Math.min(longest.toMillis(), first.toMillis() << Math.min(failures - 1, 20));
            // spread out, so that many clients of one overloaded hub do not return at the same moment
            return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
        }
    }
}
