package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.loop.ZeroToken;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;

/** Says on standard error which run of a sweep is being made, and how it ended. */
final class SweepProgress implements Sweep.Listener {
    private final PrintWriter err;
    private final int runs;
    private final BiConsumer<RunPlan, Double> learns;
    private long start;

    SweepProgress(PrintWriter err, int runs) {
        this(err, runs, (plan, seconds) -> {});
    }

    /** @param learns what each run that was made took, in seconds */
    SweepProgress(PrintWriter err, int runs, BiConsumer<RunPlan, Double> learns) {
        this.err = err;
        this.runs = runs;
        this.learns = learns;
    }

    @Override
    public RunListener onStart(int index, RunPlan plan) {
        start = System.nanoTime();
        tell(index, Titles.describe(plan), "started");
        return new PassLines(err, Map.of("run", index + 1), plan.passes().count());
    }

    @Override
    public void onEnd(int index, Sweep.Outcome outcome) {
        double seconds = (System.nanoTime() - start) * 1e-9;
        if (outcome.end() == Sweep.End.DONE) {
            learns.accept(outcome.plan(), seconds);
        }
        String text =
                switch (outcome.end()) {
                    case DONE -> "done in " + Amounts.duration(seconds);
                    case REUSED -> "finished before: used again";
                    case FAILED -> "failed: " + outcome.reason();
                };
        tell(index, text, outcome.end().name().toLowerCase(Locale.ROOT));
    }

    private void tell(int index, String text, String state) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("progress", "runs");
        facts.put("run", index + 1);
        facts.put("runs", runs);
        facts.put("state", state);
        Progress.tell(err, String.format("[%d/%d] %s", index + 1, runs, text), facts);
    }

    /** A line every ten seconds, so that one can be read, of a run that takes long. */
    static final class PassLines implements RunListener {
        private static final long QUIET_NANOS = 10_000_000_000L;

        private final PrintWriter err;
        private final Map<String, Object> which;
        private final int passes;
        private long lastLine = System.nanoTime();
        private int pass;

        /** Of a run or unit, as facts name it. */
        PassLines(PrintWriter err, Map<String, Object> which, int passes) {
            this.err = err;
            this.which = which;
            this.passes = passes;
        }

        @Override
        public void onResumed(int blocksDone) {
            Progress.tell(err, "        resumed after " + blocksDone + " blocks", which);
        }

        @Override
        public void onZeroTokens(List<ZeroToken> tokens) {
            Progress.tell(err, "        " + ZeroToken.warning(tokens), which);
        }

        @Override
        public void onLonelyTokens(int prompts, int of) {
            Progress.tell(err, "        " + RunProgress.lonely(prompts, of), which);
        }

        @Override
        public void onBlock(int depth, double[] errors) {
            if (System.nanoTime() - lastLine > QUIET_NANOS) {
                lastLine = System.nanoTime();
                double error = Arrays.stream(errors)
                        .filter(e -> !Double.isNaN(e))
                        .average()
                        .orElse(Double.NaN);
                Map<String, Object> facts = new LinkedHashMap<>(which);
                facts.putAll(Map.of("pass", pass + 1, "passes", passes, "depth", depth, "error", error));
                Progress.tell(
                        err,
                        String.format(
                                Locale.ROOT,
                                "        pass %d of %d  depth %d  error %.4g",
                                pass + 1,
                                passes,
                                depth,
                                error),
                        facts);
            }
        }

        @Override
        public void onPass(int done) {
            pass = Math.min(done + 1, passes - 1); // what runs once after the loop belongs to its last pass
        }
    }
}
