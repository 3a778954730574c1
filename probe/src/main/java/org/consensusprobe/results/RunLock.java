package org.consensusprobe.results;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.consensusprobe.common.Problem;

/**
 * Keeps a second process out of a run directory.
 *
 * <p>The operating system drops the lock when its process ends, however it ends, so a left-over {@code .lock} is
 * harmless. The holder writes its process id into the file, for the message that others get.
 */
final class RunLock implements AutoCloseable {
    static final String NAME = ".lock";
    /** Far behind the text, because a Windows lock also keeps others from reading what it covers. */
    private static final long LOCKED_BYTE = 1L << 40;

    private final Path file;
    private final FileChannel channel;

    private RunLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws Problem if another process holds it, or nothing can be written in the directory
     */
    static RunLock take(Path directory) {
        Path file = directory.resolve(NAME);
        try {
            while (true) {
                FileChannel channel = FileChannel.open(
                        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                if (lockAndMark(file, channel)) {
                    return new RunLock(file, channel);
                }
                channel.close();
            }
        } catch (AccessDeniedException e) {
            throw Problem.input(
                    e, "%s: not writable: permission denied. Choose another directory with --out.", directory);
        } catch (IOException e) {
            throw Problem.input(e, "%s: not writable: %s. Choose another directory with --out.", directory, reason(e));
        }
    }

    /** False if the file was removed by its last holder between our opening and locking it: try again then. */
    private static boolean lockAndMark(Path file, FileChannel channel) throws IOException {
        if (!tryLock(channel)) {
            String holder = Files.readString(file, StandardCharsets.ISO_8859_1)
                    .lines()
                    .findFirst()
                    .filter(text -> text.matches("\\d{1,20}"))
                    .map(pid -> "process " + pid)
                    .orElse("another process");
            channel.close();
            throw Problem.input(
                    "%s: %s is working in this run directory.%nWait for it, or choose another with --out.",
                    file.getParent(), holder);
        }
        String mark = ProcessHandle.current().pid() + "\n" + UUID.randomUUID() + "\n";
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(mark.getBytes(StandardCharsets.ISO_8859_1)), 0);
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).equals(mark);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // held by this very process
        }
    }

    /** Removes the file while it is still locked, so that nobody can lock it in between; then lets go. */
    @Override
    public void close() {
        try (channel) {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // a left-over file is harmless
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
