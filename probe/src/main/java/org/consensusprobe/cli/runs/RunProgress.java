package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.doctor.Trust;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.loop.ZeroToken;
import org.consensusprobe.plan.Route;

/** Shows how far a run is: a bar with the current error on a terminal, one plain line a pass, or every 25 s, elsewhere. */
final class RunProgress implements RunListener, AutoCloseable {
    private final Route route;
    private final Progress progress;
    private double mean;
    private int depth;

    RunProgress(PrintWriter err, Route route) {
        this.route = route;
        this.progress = new Progress(err, "blocks", route.blocks());
    }

    @Override
    public void onTrust(Trust.Known known) {
        if (known.isNew() || !known.verdict().passed()) {
            progress.line(TrustText.of(known));
        }
    }

    @Override
    public void onResumed(int blocks) {
        progress.resumed(blocks);
    }

    @Override
    public void onZeroTokens(List<ZeroToken> tokens) {
        progress.line(ZeroToken.warning(tokens));
    }

    @Override
    public void onLonelyTokens(int prompts, int of) {
        progress.line(lonely(prompts, of));
    }

    /** What is said of prompts that have no error. */
    static String lonely(int prompts, int of) {
        return "warning: " + prompts + " of " + of + (prompts == 1 ? " prompts has" : " prompts have")
                + " one token, which has no error: it is NaN, and means are over the other prompts.";
    }

    @Override
    public void onBlock(int block, double[] errors) {
        depth = block;
        mean = Arrays.stream(errors).filter(e -> !Double.isNaN(e)).average().orElse(Double.NaN);
        int pass = route.at(depth).pass() + 1;
        progress.to(
                depth,
                String.format(Locale.ROOT, "pass %d/%d  error %.3g", pass, route.passes(), mean),
                Map.of("pass", pass, "passes", route.passes(), "error", mean));
    }

    @Override
    public void onPass(int pass) {
        progress.timed(
                String.format(Locale.ROOT, "pass %d/%d  depth %d  error %.4g", pass + 1, route.passes(), depth, mean));
    }

    @Override
    public void close() {
        progress.close();
    }
}
