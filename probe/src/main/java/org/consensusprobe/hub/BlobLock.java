package org.consensusprobe.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.consensusprobe.common.Problem;

/**
 * The right to download one blob, among the threads of this process and among our processes.
 *
 * <p>It only spares a second download. Python's lock on the same file does not exclude ours on most systems, and some
 * network disks grant a lock to everybody: what keeps the cache whole is that each downloader writes a file of its own
 * name and renames it.
 */
final class BlobLock {
    private static final ConcurrentMap<Path, ReentrantLock> WITHIN_PROCESS = new ConcurrentHashMap<>();
    private static final long POLL_MILLIS = 50;

    private BlobLock() {}

    /** What is done by the one who has the right. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    /**
     * Waits for the right and works.
     *
     * @param onWait run once if another process holds it
     */
    static <T> T holding(Path file, Runnable onWait, Work<T> work) throws IOException {
        // POSIX locks belong to the process, so threads need a lock of their own
        ReentrantLock thread = WITHIN_PROCESS.computeIfAbsent(file, f -> new ReentrantLock());
        try {
            thread.lockInterruptibly();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            shareWithGroup(file);
            awaitOtherProcesses(channel, onWait);
            return work.run();
        } finally {
            thread.unlock();
        }
    }

    private static void awaitOtherProcesses(FileChannel channel, Runnable onWait) {
        boolean told = false;
        while (true) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return;
                }
            } catch (IOException e) {
                // this disk has no locks: at worst a file is downloaded twice
                return;
            }
            if (!told) {
                onWait.run();
                told = true;
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                throw interrupted();
            }
        }
    }

    private static void shareWithGroup(Path file) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.add(PosixFilePermission.GROUP_WRITE)) {
                Files.setPosixFilePermissions(file, permissions);
            }
        } catch (IOException | UnsupportedOperationException e) {
            // another user's lock file, or no such permissions here: only a cache shared by a group needs this
        }
    }

    private static Problem interrupted() {
        Thread.currentThread().interrupt();
        return Problem.interrupted("Interrupted while waiting for another download of the same file.");
    }
}
