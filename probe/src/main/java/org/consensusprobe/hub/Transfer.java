package org.consensusprobe.hub;

/** The bytes of all files of one download, counted together for its listener. */
final class Transfer {
    private final ByteProgress listener;
    private long done;

    Transfer(ByteProgress listener, long present) {
        this.listener = listener;
        this.done = present;
    }

    synchronized void advance(long bytes) {
        done += bytes;
        listener.advanced(done);
    }

    synchronized void note(String line) {
        listener.note(line);
    }
}
