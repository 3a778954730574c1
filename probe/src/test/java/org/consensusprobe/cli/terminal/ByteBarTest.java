package org.consensusprobe.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ByteBarTest {
    private final StringWriter err = new StringWriter();
    private final ByteBar bar = new ByteBar(new PrintWriter(err), false);

    @Test
    void withoutATerminalEveryTenthIsALine() {
        bar.begins("Fetching org/x@main", 2, 1_000_000_000, 250_000_000);
        for (long bytes = 250; bytes <= 1000; bytes += 50) {
            bar.advanced(bytes * 1_000_000);
        }
        bar.note("Waiting.");
        bar.ends(true);

        assertThat(err.toString().lines())
                .containsExactly(
                        "Fetching org/x@main: 2 files, 1.00 GB, 250 MB of it there already",
                        "Fetching org/x@main: 30 % (300 MB)",
                        "Fetching org/x@main: 40 % (400 MB)",
                        "Fetching org/x@main: 50 % (500 MB)",
                        "Fetching org/x@main: 60 % (600 MB)",
                        "Fetching org/x@main: 70 % (700 MB)",
                        "Fetching org/x@main: 80 % (800 MB)",
                        "Fetching org/x@main: 90 % (900 MB)",
                        "Waiting.",
                        "Fetching org/x@main: done");
    }

    @Test
    void aDownloadThatFailsIsNotDone() {
        bar.begins("Fetching org/x@main", 1, 1000, 0);
        bar.ends(false);

        assertThat(err.toString()).isEqualToIgnoringNewLines("Fetching org/x@main: 1 file, 1.00 kB");
    }
}
