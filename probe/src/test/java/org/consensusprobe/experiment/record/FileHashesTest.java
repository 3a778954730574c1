package org.consensusprobe.experiment.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.UserCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A remembered hash is believed for the very file it was taken of, and for no other. */
class FileHashesTest {
    private static final Instant LONG_AGO = Instant.now().minus(Duration.ofDays(1));

    @TempDir
    Path folder;

    @Test
    void hashesAreTheFilesOwn() throws Exception {
        byte[] content = new byte[3_000_001];
        content[17] = 5;
        Path file = Files.write(folder.resolve("a.safetensors"), content);
        FileHashes hashes = FileHashes.start(List.of(file), new HashCache(Optional.of(folder.resolve("cache"))));
        assertThat(hashes.join()).singleElement().satisfies(f -> {
            assertThat(f.name()).isEqualTo("a.safetensors");
            assertThat(f.bytes()).isEqualTo(content.length);
            assertThat(f.sha256()).isEqualTo(sha256(content));
        });
        assertThat(hashes.isDone()).isTrue();
    }

    @Test
    void nobodyWaitingTheyAreDoneInTheEnd() throws Exception {
        FileHashes hashes = FileHashes.start(
                List.of(Files.writeString(folder.resolve("a"), "abc")), new HashCache(Optional.empty()));
        Instant limit = Instant.now().plusSeconds(20);
        while (!hashes.isDone() && Instant.now().isBefore(limit)) {
            Thread.sleep(5);
        }
        assertThat(hashes.isDone()).isTrue();
    }

    @Test
    void aFileThatIsGoneIsNamed() {
        FileHashes hashes = FileHashes.start(List.of(folder.resolve("gone")), new HashCache(Optional.empty()));
        assertThatThrownBy(hashes::join).isInstanceOf(Problem.class).hasMessageContaining("gone");
    }

    @Test
    void aRememberedHashIsFoundByAnotherProcessesCache() throws Exception {
        Path file = Files.writeString(folder.resolve("a"), "abc");
        HashCache.FileState state = HashCache.FileState.of(file);
        cache().put(state, "0".repeat(64), Instant.now().plusSeconds(10));
        assertThat(cache().find(state)).contains("0".repeat(64));
        assertThat(entries()).hasSize(1);
    }

    @Test
    void anyDifferenceMeansHashingAgain() throws Exception {
        Path file = Files.writeString(folder.resolve("a"), "abc");
        HashCache.FileState state = HashCache.FileState.of(file);
        cache().put(state, "0".repeat(64), Instant.now().plusSeconds(10));
        assertThat(cache().find(state)).isPresent();
        Files.writeString(file, "abd");
        Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
        HashCache.FileState changed = HashCache.FileState.of(file);
        assertThat(cache().find(changed)).isEmpty();
        assertThat(cache().find(new HashCache.FileState(
                        state.file(), state.bytes(), state.modified(), state.changed(), "another inode")))
                .isEmpty();
        assertThat(cache().find(new HashCache.FileState(
                        state.file(), state.bytes() + 1, state.modified(), state.changed(), state.inode())))
                .isEmpty();
    }

    @Test
    void aFileThatHasJustChangedIsNotRemembered() throws Exception {
        HashCache.FileState state = HashCache.FileState.of(Files.writeString(folder.resolve("young"), "abc"));
        cache().put(state, "0".repeat(64), Instant.now());
        assertThat(cache().find(state)).isEmpty();
        assertThat(folder.resolve("cache")).doesNotExist();
    }

    @Test
    void aBrokenOrForeignEntryIsPassedOver() throws Exception {
        HashCache.FileState state = HashCache.FileState.of(Files.writeString(folder.resolve("b"), "abc"));
        cache().put(state, "0".repeat(64), Instant.now().plusSeconds(10));
        Path entry = entries().get(0);
        for (String content : List.of("", "{", "{\"sha256\":7}", "[]", "\u0000\u0001")) {
            Files.writeString(entry, content);
            assertThat(cache().find(state)).isEmpty();
        }
    }

    @Test
    void theFolderIsTheUsersCache() {
        assertThat(UserCache.directory(java.util.Map.of("XDG_CACHE_HOME", folder.toString())))
                .contains(folder.resolve("consensus-probe"));
        assertThat(UserCache.directory(java.util.Map.of("XDG_CACHE_HOME", "not/absolute")))
                .contains(Path.of(System.getProperty("user.home"), ".cache", "consensus-probe"));
    }

    private HashCache cache() {
        return new HashCache(Optional.of(folder.resolve("cache")));
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            return files.toList();
        }
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
