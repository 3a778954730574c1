package org.consensusprobe.experiment.units;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.consensusprobe.common.Problem;

/**
 * Who makes which unit, without locks, which shared file systems do not keep: a claim is a file that was created by one process
 * alone, and holds as long as that process shows signs of life in it. A claim whose process is gone is taken over.
 *
 * <p>Ages are differences of times that the file system itself gives, so machines' clocks need not agree. Where two processes do
 * take one claim over at the same moment, both make the unit, to the same bytes.
 */
final class Claims implements AutoCloseable {
    static final String SUFFIX = ".claim";
    /** Between two signs of life. */
    static final Duration BEAT = Duration.ofSeconds(5);
    /** So long a silent claim holds. */
    static final Duration LEASE = Duration.ofSeconds(45);

    private final Path folder;
    private final Owner owner;
    private final Duration lease;
    private final ScheduledExecutorService heart;
    private volatile Path held;

    Claims(Path folder) {
        this(folder, Owner.SELF, BEAT, LEASE);
    }

    Claims(Path folder, Owner owner, Duration beat, Duration lease) {
        this.folder = folder;
        this.owner = owner;
        this.lease = lease;
        this.heart = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "heartbeat");
            thread.setDaemon(true);
            return thread;
        });
        heart.scheduleWithFixedDelay(this::beat, beat.toMillis(), beat.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Takes a claim, if nobody who lives has it. */
    boolean take(String id) {
        Path file = folder.resolve(id + SUFFIX);
        try {
            if (create(file)) {
                return true;
            }
            Optional<Owner> other = read(file);
            boolean free = !Files.exists(file) || !isHeld(file, other) && remove(file, other);
            return free && create(file);
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be written: %s.", file, e.getMessage());
        }
    }

    /** Whether it may be that somebody who lives has a claim: he shows signs of life, or has not written his name yet. */
    private boolean isHeld(Path file, Optional<Owner> by) throws IOException {
        return by.filter(Owner::isGone).isEmpty() && !isSilent(file);
    }

    /** Gives the claim back, unless another process has taken it over. */
    void release(String id) {
        Path file = folder.resolve(id + SUFFIX);
        held = null;
        try {
            if (read(file).filter(owner::equals).isPresent()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // it falls silent
        }
    }

    private boolean create(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(owner.json().getBytes(StandardCharsets.UTF_8)));
            held = file;
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    private static Optional<Owner> read(Path file) throws IOException {
        try {
            return Owner.read(Files.readString(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Removes the claim of one who is gone, and of nobody who was faster in taking it over. */
    private boolean remove(Path file, Optional<Owner> gone) throws IOException {
        Path aside = file.resolveSibling("." + file.getFileName() + "." + owner.token());
        try {
            Files.move(file, aside);
        } catch (NoSuchFileException e) {
            return true;
        }
        Optional<Owner> taken = read(aside);
        if (!taken.equals(gone)) {
            try {
                Files.move(aside, file); // back to whom it belongs
            } catch (FileAlreadyExistsException e) {
                Files.deleteIfExists(aside);
            }
            return false;
        }
        Files.deleteIfExists(aside);
        return true;
    }

    boolean isSilent(Path file) throws IOException {
        Path probe = folder.resolve(".now." + owner.token());
        try {
            FileTime then = Files.getLastModifiedTime(file);
            Files.writeString(probe, "now");
            FileTime now = Files.getLastModifiedTime(probe);
            return now.toMillis() - then.toMillis() > lease.toMillis();
        } catch (NoSuchFileException e) {
            return true;
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    // writing the same bytes again: the file system, not this machine, says when that was
    private void beat() {
        Path file = held;
        if (file == null) {
            return;
        }
        try {
            if (read(file).filter(owner::equals).isPresent()) {
                Files.write(file, owner.json().getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
            }
        } catch (IOException | RuntimeException e) {
            // the next beat may reach the disk
        }
    }

    @Override
    public void close() {
        heart.shutdownNow();
    }
}
