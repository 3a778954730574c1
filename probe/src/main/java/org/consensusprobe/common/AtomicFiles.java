package org.consensusprobe.common;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Files that appear complete or not at all: written beside their place, then renamed into it.
 *
 * <p>The content is on the disk before the name is, so that a power cut leaves the old file or the new one. Temporary files
 * carry their process's own sign: two processes that write the same file, on one machine or two, never write into one another's.
 */
public final class AtomicFiles {
    private static final String SIGN = String.format(
            "%x-%04x",
            ProcessHandle.current().pid(), ThreadLocalRandom.current().nextInt(1 << 16));

    private static final boolean WINDOWS = File.separatorChar == '\\';
    private static final int TRIES = 20;
    private static final long PAUSE_NANOS = 50_000_000;

    private AtomicFiles() {}

    /** Where this process writes a file before it has its name. */
    public static Path temporary(Path file) {
        return file.toAbsolutePath().getParent().resolve("." + file.getFileName() + "." + SIGN + ".partial");
    }

    /** A pattern of the names of temporary files for files whose name matches a pattern. */
    public static String partialOf(String names) {
        return "\\.(?:" + names + ")(?:\\.[0-9a-f]+-[0-9a-f]+)?\\.partial";
    }

    /** Writes a file's content to a stream. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes {@code file} by way of a temporary neighbour.
     *
     * @throws Problem if the disk refuses; the old file, if any, is untouched then
     */
    public static void write(Path file, Content content) {
        Path temporary = temporary(file);
        try {
            try (FileChannel channel = FileChannel.open(
                            temporary,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE);
                    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            moveInto(temporary, file);
        } catch (IOException e) {
            deleteQuietly(temporary);
            throw Problem.failed(e, "%s: cannot be written: %s.", file, describe(e));
        } catch (RuntimeException | Error e) {
            deleteQuietly(temporary); // the content's own failure leaves nothing behind either
            throw e;
        }
    }

    /**
     * Starts a file whose content is written in any order.
     *
     * @throws Problem if the disk refuses
     */
    public static Partial open(Path file) {
        Path temporary = temporary(file);
        try {
            return new Partial(
                    file,
                    temporary,
                    FileChannel.open(
                            temporary,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be written: %s.", file, describe(e));
        }
    }

    /** A file that is not in its place yet; closed without {@link #commit}, it leaves nothing behind. */
    public static final class Partial implements AutoCloseable {
        private final Path file;
        private final Path temporary;
        private final FileChannel channel;

        private Partial(Path file, Path temporary, FileChannel channel) {
            this.file = file;
            this.temporary = temporary;
            this.channel = channel;
        }

        /** Where its content goes. */
        public FileChannel channel() {
            return channel;
        }

        /** Brings the content to the disk, and the file to its place. */
        public void commit() {
            try {
                channel.force(true);
                channel.close();
                moveInto(temporary, file);
            } catch (IOException e) {
                throw refused(e);
            }
        }

        /** What to say when the disk refuses. */
        public Problem refused(IOException e) {
            return Problem.failed(e, "%s: cannot be written: %s.", file, describe(e));
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                // what is not committed is not wanted
            }
            deleteQuietly(temporary);
        }
    }

    /** Writes text as UTF-8. */
    public static void writeText(Path file, String text) {
        write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Windows renames nothing over a file that another program has open, which scanners and indexers do for a moment with every
     * new one: there it is tried for a second.
     */
    private static void moveInto(Path temporary, Path file) throws IOException {
        for (int left = WINDOWS ? TRIES : 0; left > 0; left--) {
            try {
                moveAtOnce(temporary, file);
                return;
            } catch (FileSystemException e) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        moveAtOnce(temporary, file);
    }

    private static void moveAtOnce(Path temporary, Path file) throws IOException {
        try {
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // the first error is the one to report
        }
    }

    /** What the disk says, for the end of a message. */
    public static String describe(IOException e) {
        String text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        String denied = WINDOWS ? "permission denied, or open in another program (" : "permission denied (";
        return e instanceof java.nio.file.AccessDeniedException ? denied + text + ")" : text;
    }
}
