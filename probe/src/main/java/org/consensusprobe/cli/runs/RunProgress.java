package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.consensusprobe.cli.terminal.Bars;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.loop.ZeroToken;
import org.consensusprobe.plan.Route;

/** Shows how far a run is: a bar with rate, ETA and the current error on a terminal, one plain line a pass elsewhere. */
final class RunProgress implements RunListener, AutoCloseable {
    private final PrintWriter err;
    private final Route route;
    private final ProgressBar bar;
    private final long start = System.nanoTime();
    private double mean;
    private int blocksBefore;
    private int blocksDone;

    private RunProgress(PrintWriter err, Route route, ProgressBar bar) {
        this.err = err;
        this.route = route;
        this.bar = bar;
    }

    /** Progress to standard error; the launcher knows whether that is a terminal. */
    static RunProgress start(PrintWriter err, Route route) {
        return new RunProgress(err, route, Bars.onTerminal("blocks", route.blocks()));
    }

    @Override
    public void onResumed(int blocks) {
        blocksBefore = blocks;
        if (bar != null) {
            bar.stepTo(blocks);
        } else {
            err.printf("resumed after %d of %d blocks%n", blocks, route.blocks());
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
    public void onBlock(int depth, double[] errors) {
        blocksDone = depth;
        mean = Arrays.stream(errors).filter(e -> !Double.isNaN(e)).average().orElse(Double.NaN);
        if (bar != null) {
            bar.setExtraMessage(String.format(
                    Locale.ROOT, " pass %d/%d  error %.3g", route.at(depth).pass() + 1, route.passes(), mean));
            bar.step();
        }
    }

    @Override
    public void onPass(int pass) {
        if (bar == null) {
            double seconds = (System.nanoTime() - start) * 1e-9;
            double left = seconds / (blocksDone - blocksBefore) * (route.blocks() - blocksDone);
            err.printf(
                    Locale.ROOT,
                    "pass %d/%d  depth %d  error %.4g  %.1f s, about %.0f s left%n",
                    pass + 1,
                    route.passes(),
                    blocksDone,
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
