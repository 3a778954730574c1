package org.consensusprobe.hub;

import org.consensusprobe.common.Problem;

/** The bytes of all files of one download, counted together for its listener. */
final class Transfer {
    private final ByteProgress listener;
    private long done;
    private boolean stopped;

    Transfer(ByteProgress listener, long present) {
        this.listener = listener;
        this.done = present;
    }

    /**
     * Counts bytes that came in.
     *
     * @throws Problem once the transfer is stopped: the JDK's HTTP client may swallow a thread's interruption
     */
    synchronized void advance(long bytes) {
        if (stopped) {
            throw Problem.interrupted("Interrupted; what was downloaded so far is kept for the next start.");
        }
        done += bytes;
        listener.advanced(done);
    }

    /** Ends every download that counts here, after its next bytes; the listener hears no more. */
    synchronized void stop() {
        stopped = true;
    }

    synchronized void note(String line) {
        listener.note(line);
    }
}
