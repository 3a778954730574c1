package org.consensusprobe.cli.terminal;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** The bars of long work: rate, ETA and a message. */
public final class Bars {
    private static final int WIDTH = 110;

    private Bars() {}

    /** A bar on standard error where that is a terminal, which the launcher knows; null elsewhere, where lines are printed. */
    public static ProgressBar onTerminal(String task, long steps) {
        if (!Boolean.getBoolean("consensus.terminal")) {
            return null;
        }
        PrintStream stream = new PrintStream((OutputStream) System.err, true, StandardCharsets.UTF_8);
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .setSpeedUnit(ChronoUnit.SECONDS)
                .setConsumer(new ConsoleProgressBarConsumer(stream, WIDTH))
                .build();
    }
}
