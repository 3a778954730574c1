package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@Tag("slow")
class HubProcessesTest {
    private static final int FLOATS = 1_000_000;
    private static final byte[] CONTENT = HubFixture.safetensors(FLOATS);

    @TempDir
    Path folder;

    private FakeHub hub;
    private Path cache;
    private Path blobs;

    @BeforeEach
    void startSlowHub() {
        hub = HubFixture.hub(FLOATS);
        hub.storageChunk = 100_000;
        hub.storagePauseMillis = 50;
        cache = folder.resolve("cache");
        blobs = cache.resolve("models--org--tiny/blobs");
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    @Test
    void aKilledDownloadGoesOnWhereItWas() throws Exception {
        Process killed = start();
        while (partialBytes() < 500_000) {
            assertThat(killed.isAlive()).isTrue();
            Thread.sleep(10);
        }
        killed.destroyForcibly().waitFor();
        long left = partialBytes();
        assertThat(left).isBetween(500_000L, (long) CONTENT.length - 1);
        assertThat(cache.resolve("models--org--tiny/refs"))
                .as("nobody is sent to half a model")
                .doesNotExist();
        hub.storagePauseMillis = 0;
        hub.seen.clear();

        assertThat(finish(start())).contains("done ");

        List<String> ranges = hub.seen.stream()
                .filter(FakeHub.Seen::storage)
                .map(s -> s.header("Range"))
                .toList();
        assertThat(ranges).containsExactly("bytes=" + left + "-");
        assertRightAndTidy();
    }

    @Test
    void twoProcessesAtOnceDownloadOnce() throws Exception {
        Process first = start();
        Process second = start();

        assertThat(finish(first)).contains("done ");
        assertThat(finish(second)).contains("done ");

        assertThat(hub.contentRequests("model.safetensors")).isEqualTo(1);
        assertThat(hub.contentRequests("config.json")).isEqualTo(1);
        assertRightAndTidy();
    }

    private void assertRightAndTidy() throws IOException {
        Path weights = cache.resolve("models--org--tiny/snapshots")
                .resolve(FakeHub.COMMIT)
                .resolve("model.safetensors");
        assertThat(weights).hasBinaryContent(CONTENT);
        assertThat(partials()).isEmpty();
    }

    private Process start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                PullProcess.class.getName(),
                HubFixture.REPOSITORY);
        builder.environment().putAll(HubFixture.environment(hub, cache));
        return builder.redirectErrorStream(true).start();
    }

    private static String finish(Process process) throws Exception {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    private long partialBytes() throws IOException {
        long bytes = 0;
        for (Path partial : partials()) {
            bytes += Files.size(partial);
        }
        return bytes;
    }

    private List<Path> partials() throws IOException {
        if (Files.notExists(blobs)) {
            return List.of();
        }
        String etag = FakeHub.etag("model.safetensors", CONTENT);
        try (Stream<Path> files = Files.list(blobs)) {
            return files.filter(f -> f.getFileName().toString().startsWith(etag + "."))
                    .toList();
        }
    }
}
