package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.consensusprobe.common.Home;
import org.consensusprobe.experiment.LongRuns;
import org.consensusprobe.experiment.record.ProcessMemory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nothing native is left behind: memory stays where it is over thousands of blocks, and after runs that fail. */
@Tag("slow")
class MemoryTest {
    /** Measured: 1 MiB at most; one tensor of [2, 32, 128] lost in each of 2000 blocks is 62 MiB. */
    private static final int BOUND_KIB = 16 << 10;

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void thousandsOfBlocksNeedNoMoreMemoryThanTheFirst() throws Exception {
        assumeTrue(ProcessMemory.now().anonymousBytes() > 0, "no /proc on this system");
        Path out = folder.resolve("out.txt");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms96m",
                        "-Xmx96m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        "-Dconsensus.home=" + Home.directory(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LongRuns.class.getName()))
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        // freed memory goes back to the system at once, or it would hide what is lost later
        builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
        builder.environment().put("MALLOC_TRIM_THRESHOLD_", "65536");
        Process process = builder.start();
        try {
            assertThat(process.waitFor()).isZero();
        } finally {
            process.destroyForcibly();
        }

        Map<String, Integer> growth = new HashMap<>();
        for (String line : java.nio.file.Files.readAllLines(out)) {
            growth.put(line.split(" ")[0], Integer.parseInt(line.split(" ")[1]));
        }

        assertThat(growth.remove("lost-tensors")).isGreaterThan(50 << 10);
        assertThat(growth)
                .containsOnlyKeys("trained", "shuffled", "random", "random-each-pass", "scopes", "failing-runs")
                .allSatisfy((what, kib) -> assertThat(kib).as(what).isLessThan(BOUND_KIB));
    }
}
