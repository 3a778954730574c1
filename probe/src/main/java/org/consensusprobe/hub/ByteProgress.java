package org.consensusprobe.hub;

/** Hears how a download, or a check of many bytes, goes. Calls come one at a time, from other threads. */
public interface ByteProgress {
    /** Hears nothing. */
    ByteProgress SILENT = new ByteProgress() {};

    /**
     * The work begins; not called when there is none.
     *
     * @param what such as {@code Fetching org/name@main}
     * @param files how many files it is about
     * @param bytes their size together
     * @param present how many of these bytes are done already, such as those an interrupted download left
     */
    default void begins(String what, int files, long bytes, long present) {}

    /** So many of the bytes are done now; may go back when a file is begun again. */
    default void advanced(long bytes) {}

    /** Something the user should know: waiting for another process, a server that ignores ranges. */
    default void note(String line) {}

    /** The work ended, whole or not. */
    default void ends(boolean whole) {}
}
