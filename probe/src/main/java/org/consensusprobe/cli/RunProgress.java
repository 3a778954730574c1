package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.consensusprobe.experiment.RunListener;
import org.consensusprobe.experiment.ZeroToken;

/** Shows how far a run is: a bar with rate, ETA and the current error on a terminal, one plain line a pass elsewhere. */
final class RunProgress implements RunListener, AutoCloseable {
    private final PrintWriter err;
    private final int passes;
    private final int layers;
    private final ProgressBar bar;
    private final long start = System.nanoTime();
    private double mean;
    private int passesBefore;

    private RunProgress(PrintWriter err, int passes, int layers, ProgressBar bar) {
        this.err = err;
        this.passes = passes;
        this.layers = layers;
        this.bar = bar;
    }

    /** Progress to standard error; the launcher knows whether that is a terminal. */
    static RunProgress start(PrintWriter err, int passes, int layers) {
        return new RunProgress(err, passes, layers, Bars.onTerminal("blocks", (long) passes * layers));
    }

    @Override
    public void onResumed(int blocksDone) {
        passesBefore = blocksDone / layers;
        if (bar != null) {
            bar.stepTo(blocksDone);
        } else {
            err.printf("going on after %d of %d blocks%n", blocksDone, passes * layers);
            err.flush();
        }
    }

    @Override
    public void onZeroTokens(List<ZeroToken> tokens) {
        err.println(ZeroToken.warning(tokens));
        err.flush();
    }

    @Override
    public void onEmbedded(double[] errors) {
        mean = Arrays.stream(errors).filter(e -> !Double.isNaN(e)).average().orElse(Double.NaN);
    }

    @Override
    public void onBlock(int pass, int layer, double[] errors) {
        mean = Arrays.stream(errors).filter(e -> !Double.isNaN(e)).average().orElse(Double.NaN);
        if (bar != null) {
            bar.setExtraMessage(String.format(Locale.ROOT, " pass %d/%d  error %.3g", pass + 1, passes, mean));
            bar.step();
        }
    }

    @Override
    public void onPass(int pass) {
        if (bar == null) {
            double seconds = (System.nanoTime() - start) * 1e-9;
            double left = seconds / (pass + 1 - passesBefore) * (passes - pass - 1);
            err.printf(
                    Locale.ROOT,
                    "pass %d/%d  depth %d  error %.4g  %.1f s, about %.0f s left%n",
                    pass + 1,
                    passes,
                    (pass + 1) * layers,
                    mean,
                    seconds,
                    left);
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
