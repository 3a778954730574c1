package org.consensusprobe.experiment.units;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimsTest {
    private static final Duration BEAT = Duration.ofMillis(20);
    private static final Duration LEASE = Duration.ofMinutes(1);

    @TempDir
    Path folder;

    @Test
    void oneOfManyTakesAClaim() throws InterruptedException {
        int processes = 8;
        AtomicInteger taken = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        Thread[] threads = new Thread[processes];
        for (int i = 0; i < processes; i++) {
            threads[i] = new Thread(() -> {
                Claims claims = new Claims(folder, onOtherMachine(), BEAT, LEASE);
                await(start);
                taken.addAndGet(claims.take("unit") ? 1 : 0);
            });
            threads[i].start();
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(taken).hasValue(1);
    }

    @Test
    void aClaimHoldsWhileItsProcessShowsLife() throws Exception {
        try (Claims holder = new Claims(folder, onOtherMachine(), BEAT, LEASE);
                Claims other = new Claims(folder, onOtherMachine(), BEAT, LEASE)) {
            assertThat(holder.take("unit")).isTrue();
            Path file = folder.resolve("unit.claim");
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(LEASE.multipliedBy(2))));
            for (int i = 0; i < 500 && other.isSilent(file); i++) {
                Thread.sleep(10); // until the next sign of life
            }
            assertThat(other.take("unit")).isFalse();
            holder.release("unit");
            assertThat(other.take("unit")).isTrue();
        }
    }

    @Test
    void aSilentClaimOfAnotherMachineIsTakenOver() throws IOException {
        Owner dead = onOtherMachine();
        Path file = Files.writeString(folder.resolve("unit.claim"), dead.json());
        try (Claims claims = new Claims(folder, onOtherMachine(), Duration.ofHours(1), LEASE)) {
            assertThat(claims.take("unit")).as("a moment ago").isFalse();
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(LEASE.multipliedBy(2))));
            assertThat(claims.take("unit")).as("long ago").isTrue();
        }
        assertThat(Owner.read(Files.readString(file))).isNotEqualTo(java.util.Optional.of(dead));
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void aClaimOfAProcessOfThisMachineThatIsGoneIsTakenOverAtOnce() throws Exception {
        Process process = new ProcessBuilder("true").start();
        String since = process.info().startInstant().map(Instant::toString).orElse("");
        process.waitFor();
        Owner self = Owner.SELF;
        Owner gone = new Owner("gone", self.host(), self.start(), process.pid(), since, "n1", "7_2");
        Owner alive = new Owner("alive", self.host(), self.start(), self.pid(), self.since(), "n1", "7_2");
        Owner before = new Owner("before", self.host(), self.start(), self.pid(), "1970-01-01T00:00:00Z", "n1", "");
        assertThat(gone.isGone()).isTrue();
        assertThat(alive.isGone()).isFalse();
        assertThat(before.isGone())
                .as("another process that had the same number")
                .isTrue();
        assertThat(onOtherMachine().isGone()).as("nothing is known of it").isFalse();
        Files.writeString(folder.resolve("unit.claim"), gone.json());
        try (Claims claims = new Claims(folder)) {
            assertThat(claims.take("unit")).isTrue();
            assertThat(claims.take("unit")).as("its own").isFalse();
        }
    }

    @Test
    void aClaimThatIsBeingWrittenIsNobodysToTake() throws IOException {
        Files.createFile(folder.resolve("unit.claim"));
        try (Claims claims = new Claims(folder)) {
            assertThat(claims.take("unit")).isFalse();
        }
    }

    private static Owner onOtherMachine() {
        return new Owner(UUID.randomUUID().toString(), "elsewhere", "boot", 1, "", "n9", "");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
