package org.consensusprobe.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Reads a body and gives up when no byte came for a while: the JDK's timeout ends with the headers. */
final class StallGuard implements AutoCloseable {
    private static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "hub-stall-guard");
        thread.setDaemon(true);
        return thread;
    });

    private final InputStream body;
    private final Duration timeout;
    private final ScheduledFuture<?> check;
    private volatile long readingSince;
    private volatile boolean reading;
    private volatile boolean stalled;

    StallGuard(InputStream body, Duration timeout) {
        this.body = body;
        this.timeout = timeout;
        long period = Math.max(20, timeout.toMillis() / 4);
        this.check = CLOCK.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
    }

    /** As {@link InputStream#read(byte[])}; an {@link HttpTimeoutException} once the server has stalled. */
    int read(byte[] into) throws IOException {
        // only the wait for the server counts, not what the caller does with the bytes: its disk may be slow
        readingSince = System.nanoTime();
        reading = true;
        try {
            int n = body.read(into);
            if (stalled) {
                throw new HttpTimeoutException("stalled");
            }
            return n;
        } catch (IOException e) {
            throw stalled ? new HttpTimeoutException("stalled") : e;
        } finally {
            reading = false;
        }
    }

    @Override
    public void close() {
        check.cancel(false);
    }

    private void look() {
        if (!reading || System.nanoTime() - readingSince < timeout.toNanos()) {
            return;
        }
        stalled = true;
        try {
            // wakes the reader
            body.close();
        } catch (IOException e) {
            // the reader sees it
        }
    }
}
