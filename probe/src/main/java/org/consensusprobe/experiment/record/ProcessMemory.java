package org.consensusprobe.experiment.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * This process's memory as the kernel counts it; zeros where there is no {@code /proc}.
 *
 * @param peakRssBytes the largest resident set so far, file-mapped pages included
 * @param anonymousBytes resident memory without file-mapped pages, now
 * @param mappedBytes resident file-mapped pages, now
 */
public record ProcessMemory(long peakRssBytes, long anonymousBytes, long mappedBytes) {
    /** Reads the counters. */
    public static ProcessMemory now() {
        try {
            List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
            return new ProcessMemory(
                    kilobytes(status, "VmHWM:") << 10,
                    kilobytes(status, "RssAnon:") << 10,
                    kilobytes(status, "RssFile:") << 10);
        } catch (IOException e) {
            return new ProcessMemory(0, 0, 0);
        }
    }

    /**
     * The most that was resident without file-mapped pages, as far as it can be told now: what comes and goes within a block shows
     * in the peak alone, from which at most the pages mapped now have to be taken away.
     */
    public long anonymousPeakBytes() {
        return Math.max(anonymousBytes, peakRssBytes - mappedBytes);
    }

    private static long kilobytes(List<String> status, String key) {
        return status.stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
