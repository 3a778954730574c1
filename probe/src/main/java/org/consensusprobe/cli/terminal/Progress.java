package org.consensusprobe.cli.terminal;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far long work is: a bar with rate, ETA and a message where standard error is a terminal, which the launcher knows;
 * plain lines elsewhere. May be told from several threads.
 */
public final class Progress implements AutoCloseable {
    private static final int WIDTH = 110;
    private static final int TENTHS = 10;

    private final PrintWriter err;
    private final String name;
    private long all;
    private ProgressBar bar;
    private final long start = System.nanoTime();
    private long before;
    private long done;

    /**
     * Begins.
     *
     * @param name what is counted, such as blocks
     */
    public Progress(PrintWriter err, String name, long all) {
        this.err = err;
        this.name = name;
        this.all = all;
        this.bar =
                onTerminal() ? bar(name, all).setSpeedUnit(ChronoUnit.SECONDS).build() : null;
    }

    /** Whether bars are drawn. */
    public static boolean onTerminal() {
        return Boolean.getBoolean("consensus.terminal");
    }

    static ProgressBarBuilder bar(String name, long all) {
        PrintStream stream = new PrintStream((OutputStream) System.err, true, StandardCharsets.UTF_8);
        return new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(all)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .setConsumer(new ConsoleProgressBarConsumer(stream, WIDTH));
    }

    /** So much was done before this work began, and says nothing of its pace. */
    public synchronized void resumed(long count) {
        before = count;
        done = count;
        if (bar != null) {
            bar.stepTo(count);
        } else {
            line(String.format("resumed after %d of %d %s", count, all, name));
        }
    }

    /** So much is done, with a message for the bar. */
    public synchronized void to(long count, String message) {
        done = count;
        if (bar != null) {
            bar.setExtraMessage(" " + message);
            bar.stepTo(count);
        }
    }

    /** One more is done: on the bar, or as a line whenever a tenth is done. */
    public synchronized void step(String message) {
        to(done + 1, message);
        if (done * TENTHS / all > (done - 1) * TENTHS / all) {
            timed(String.format("%s %d/%d  %s", name, done, all, message).stripTrailing());
        }
    }

    /** So much of another amount is done, as {@link #step} says it. */
    public synchronized void step(long count, long of) {
        all = of;
        done = count - 1;
        if (bar != null) {
            bar.maxHint(of);
        }
        step("");
    }

    /** A line with the time taken and the time left, where there is no bar. */
    public synchronized void timed(String text) {
        if (bar == null) {
            double seconds = (System.nanoTime() - start) * 1e-9;
            double left = seconds / (done - before) * (all - done);
            line(String.format(Locale.ROOT, "%s  %.1f s, about %.0f s left", text, seconds, left));
        }
    }

    /** A line, whatever else is shown. */
    public synchronized void line(String text) {
        err.println(text);
        err.flush();
    }

    /** Takes the bar away. */
    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
