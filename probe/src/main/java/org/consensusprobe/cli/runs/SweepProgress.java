package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.List;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.loop.ZeroToken;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;

/** Says on standard error which run of a sweep is being made, and how it ended. */
final class SweepProgress implements Sweep.Listener {
    private final PrintWriter err;
    private final int runs;
    private long start;

    SweepProgress(PrintWriter err, int runs) {
        this.err = err;
        this.runs = runs;
    }

    @Override
    public RunListener onStart(int index, RunPlan plan) {
        start = System.nanoTime();
        err.printf("[%d/%d] %s%n", index + 1, runs, Titles.describe(plan));
        err.flush();
        return new PassLines(plan.passes().count());
    }

    @Override
    public void onEnd(int index, Sweep.Outcome outcome) {
        String text =
                switch (outcome.end()) {
                    case DONE -> "done in " + Amounts.duration((System.nanoTime() - start) * 1e-9);
                    case REUSED -> "finished before: used again";
                    case FAILED -> "failed: " + outcome.reason();
                };
        err.printf("[%d/%d] %s%n", index + 1, runs, text);
        err.flush();
    }

    /** One line a pass, where passes are slow enough for lines to be read. */
    private final class PassLines implements RunListener {
        private static final long QUIET_NANOS = 10_000_000_000L;

        private final int passes;
        private long lastLine = System.nanoTime();

        PassLines(int passes) {
            this.passes = passes;
        }

        @Override
        public void onResumed(int blocksDone) {
            err.printf("        resumed after %d blocks%n", blocksDone);
            err.flush();
        }

        @Override
        public void onZeroTokens(List<ZeroToken> tokens) {
            err.println("        " + ZeroToken.warning(tokens));
            err.flush();
        }

        @Override
        public void onLonelyTokens(int prompts, int of) {
            err.println("        " + RunProgress.lonely(prompts, of));
            err.flush();
        }

        @Override
        public void onPass(int pass) {
            if (System.nanoTime() - lastLine > QUIET_NANOS) {
                lastLine = System.nanoTime();
                err.printf("        pass %d of %d%n", pass + 1, passes);
                err.flush();
            }
        }
    }
}
