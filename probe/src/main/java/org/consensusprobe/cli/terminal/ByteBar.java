package org.consensusprobe.cli.terminal;

import java.io.PrintWriter;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import org.consensusprobe.hub.ByteProgress;
import org.consensusprobe.hub.Bytes;

/** Shows bytes that come in: a bar with rate and remaining time on a terminal, a line every tenth otherwise. */
public final class ByteBar implements ByteProgress {
    private static final int MEGABYTE = 1_000_000;

    /** Below this size the work is done before anybody would read its lines. */
    private static final long WORTH_LINES = 100L * MEGABYTE;

    private final PrintWriter err;
    private final boolean onTerminal;
    private ProgressBar bar;
    private String what;
    private long total;
    private long shownTenths;

    /**
     * @param err where lines go
     * @param onTerminal whether standard error is a terminal, where a bar is drawn instead
     */
    public ByteBar(PrintWriter err, boolean onTerminal) {
        this.err = err;
        this.onTerminal = onTerminal;
    }

    @Override
    public void begins(String text, int files, long bytes, long present) {
        what = text;
        total = bytes;
        shownTenths = tenths(present);
        String kept = present > 0 ? ", " + Bytes.text(present) + " of it there already" : "";
        line(what + ": " + files + (files == 1 ? " file, " : " files, ") + Bytes.text(bytes) + kept);
        if (onTerminal) {
            bar = Progress.bar(what.substring(0, what.indexOf(' ')), bytes)
                    .startsFrom(present, Duration.ZERO)
                    .setUnit(" MB", MEGABYTE)
                    .build();
        }
    }

    @Override
    public void advanced(long bytes) {
        if (bar != null) {
            bar.stepTo(bytes);
        } else if (total >= WORTH_LINES && tenths(bytes) > shownTenths && bytes < total) {
            shownTenths = tenths(bytes);
            line(what + ": " + shownTenths * 10 + " % (" + Bytes.text(bytes) + ")");
        }
    }

    @Override
    public void note(String text) {
        line(text);
    }

    @Override
    public void ends(boolean whole) {
        if (bar != null) {
            bar.close();
            bar = null;
        }
        if (whole) {
            line(what + ": done");
        }
    }

    private long tenths(long bytes) {
        return total == 0 ? 0 : bytes * 10 / total;
    }

    private void line(String text) {
        err.println(text);
        err.flush();
    }
}
