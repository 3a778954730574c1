package org.consensusprobe.results;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

    /**
     * Directories locked by this process. They must be known without opening the file: POSIX drops a process's locks on
     * a file as soon as the process closes it anywhere.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final Path file;
    private final FileChannel channel;

    private RunLock(Path directory, Path file, FileChannel channel) {
        this.directory = directory;
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @param directory an existing directory
     * @throws Problem if it is held already, or nothing can be written in the directory
     */
    static RunLock take(Path directory) {
        Path real = null;
        Optional<RunLock> lock = Optional.empty();
        try {
            real = directory.toRealPath();
            if (!HELD.add(real)) {
                real = null;
                throw inUse(directory, ProcessHandle.current().pid());
            }
            while (lock.isEmpty()) {
                lock = tryTake(directory, real);
            }
            return lock.get();
        } catch (AccessDeniedException e) {
            throw Problem.input(
                    e, "%s: not writable: permission denied. Choose another directory with --out.", directory);
        } catch (IOException e) {
            throw Problem.input(
                    e,
                    "%s: not writable: %s. Choose another directory with --out.",
                    directory,
                    e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
        } finally {
            if (real != null && lock.isEmpty()) {
                HELD.remove(real);
            }
        }
    }

    /** Empty if the last holder removed the file while we opened and locked it: try again then. */
    private static Optional<RunLock> tryTake(Path directory, Path real) throws IOException {
        Path file = real.resolve(NAME);
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // left over, or in use: the lock tells
        }
        FileChannel channel = null;
        boolean taken = false;
        try {
            Object before = identity(file);
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (channel.tryLock(LOCKED_BYTE, 1, false) == null) {
                throw inUse(directory, holder(channel));
            }
            Object after = identity(file);
            if (before != null && !before.equals(after)) {
                return Optional.empty();
            }
            byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
            channel.truncate(0).write(ByteBuffer.wrap(pid), 0);
            taken = true;
            return Optional.of(new RunLock(real, file, channel));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } finally {
            if (!taken && channel != null) {
                channel.close();
            }
        }
    }

    /** The file's inode, which is not given to another file while we hold it open; null on Windows. */
    private static Object identity(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** The process id in the file, or -1. */
    private static long holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
        return pid.matches("\\d{1,18}") ? Long.parseLong(pid) : -1;
    }

    private static Problem inUse(Path directory, long pid) {
        return Problem.input(
                "%s: %s is working in this run directory.%nWait for it, or choose another with --out.",
                directory, pid < 0 ? "another process" : "process " + pid);
    }

    /** Removes the file while it is still locked, so that nobody can lock it in between; then lets go. */
    @Override
    public void close() {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // a left-over file is harmless
        } finally {
            HELD.remove(directory);
        }
    }
}
