package org.consensusprobe.cli.terminal;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.consensusprobe.common.StrictJson;

/**
 * How far long work is: a bar with rate, ETA and a message where standard error is a terminal, which the launcher knows;
 * plain lines elsewhere, at least every {@value #MOST_SECONDS} s while the work goes on; or, with {@code --progress json},
 * one JSON object a line. May be told from several threads.
 */
public final class Progress implements AutoCloseable {
    private static final int WIDTH = 110;
    private static final int TENTHS = 10;
    private static final long MOST_SECONDS = 25;
    private static final long LEAST_MILLIS = 200;
    private static final String MODE = "consensus.progress";

    private final PrintWriter err;
    private final String name;
    private long all;
    private ProgressBar bar;
    private final long start = System.nanoTime();
    private long before;
    private long done;
    private long lastLine = start;

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
        return Boolean.getBoolean("consensus.terminal") && System.getProperty(MODE) == null;
    }

    /** Shows all progress of this process as plain lines or JSON, whatever standard error is. */
    public static void show(Mode mode) {
        if (mode == Mode.AUTO) {
            System.clearProperty(MODE);
        } else {
            System.setProperty(MODE, mode.name());
        }
    }

    /** Whether progress is JSON. */
    public static boolean isJson() {
        return Mode.JSON.name().equals(System.getProperty(MODE));
    }

    /** A line of progress: as it is, or as a JSON object, which then has the facts too. */
    public static void tell(PrintWriter err, String text, Map<String, ?> facts) {
        if (isJson()) {
            Map<String, Object> object = new LinkedHashMap<>(facts);
            object.replaceAll((key, value) -> value instanceof Double d && !Double.isFinite(d) ? null : value);
            if (!text.isBlank()) {
                object.put("message", text.strip());
            }
            err.println(StrictJson.mapper().valueToTree(object));
        } else if (!text.isBlank()) {
            err.println(text);
        }
        err.flush();
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
    public void to(long count, String message) {
        to(count, message, Map.of());
    }

    /** So much is done, with a message for the bar and facts for JSON. */
    public synchronized void to(long count, String message, Map<String, ?> facts) {
        done = count;
        long quiet = System.nanoTime() - lastLine;
        if (bar != null) {
            bar.setExtraMessage(" " + message);
            bar.stepTo(count);
        } else if (isJson() && (quiet >= LEAST_MILLIS * 1_000_000 || done == all)) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("progress", name);
            object.put("done", done);
            object.put("all", all);
            object.put("seconds", seconds());
            object.put("seconds_left", secondsLeft());
            object.putAll(facts);
            lastLine = System.nanoTime();
            tell(err, "", object);
        } else if (!isJson() && quiet >= MOST_SECONDS * 1_000_000_000L) {
            timed(String.format("%s %d/%d  %s", name, done, all, message).stripTrailing());
        }
    }

    /** One more is done: on the bar, or as a line whenever a tenth is done. */
    public synchronized void step(String message) {
        to(done + 1, message);
        if (done * TENTHS / all > (done - 1) * TENTHS / all) {
            timed(String.format("%s %d/%d  %s", name, done, all, message).stripTrailing());
        }
    }

    /** So much is done: on the bar, or as a line with the time left. */
    public synchronized void reached(long count, String message) {
        to(count, message);
        timed(String.format("%s %d/%d  %s", name, done, all, message).stripTrailing());
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
        if (bar == null && !isJson()) {
            line(String.format(Locale.ROOT, "%s  %.1f s, about %.0f s left", text, seconds(), secondsLeft()));
        }
    }

    /** A line, whatever else is shown. */
    public synchronized void line(String text) {
        lastLine = System.nanoTime();
        tell(err, text, Map.of());
    }

    private double seconds() {
        return (System.nanoTime() - start) * 1e-9;
    }

    private double secondsLeft() {
        return seconds() / (done - before) * (all - done);
    }

    /** How progress is shown: as standard error is, as plain lines, or as JSON objects. */
    public enum Mode {
        AUTO,
        PLAIN,
        JSON
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
