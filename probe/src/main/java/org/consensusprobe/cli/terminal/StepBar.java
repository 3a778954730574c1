package org.consensusprobe.cli.terminal;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.consensusprobe.experiment.loop.Generation;

/** Shows how many tokens are made: a bar with rate, ETA and error on a terminal, a plain line every tenth elsewhere. */
public final class StepBar implements AutoCloseable {
    private final PrintWriter err;
    private final int passes;
    private final int tokens;
    private final ProgressBar bar;

    private StepBar(PrintWriter err, int passes, int tokens, ProgressBar bar) {
        this.err = err;
        this.passes = passes;
        this.tokens = tokens;
        this.bar = bar;
    }

    public static StepBar start(PrintWriter err, int passes, int tokens) {
        return new StepBar(err, passes, tokens, Bars.onTerminal("tokens", tokens));
    }

    public void onStep(int step, List<Generation.Step> made) {
        double mean = made.stream()
                .mapToDouble(s -> s.errors()[s.errors().length - 1])
                .average()
                .orElseThrow();
        if (bar != null) {
            bar.setExtraMessage(String.format(Locale.ROOT, " passes %d  error %.3g", passes, mean));
            bar.step();
        } else if ((step + 1) * 10L / tokens > step * 10L / tokens) {
            err.printf(Locale.ROOT, "passes %d  token %d/%d  error %.4g at the end%n", passes, step + 1, tokens, mean);
            err.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
