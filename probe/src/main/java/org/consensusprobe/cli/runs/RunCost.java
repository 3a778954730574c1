package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.experiment.loop.Calibration;
import org.consensusprobe.experiment.sweep.Estimator;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;

/** What {@code run --dry-run} prints: the run, and what it will cost. */
final class RunCost {
    private static final String[] UNITS = {"", "k", "M", "G", "T", "P", "E"};

    private RunCost() {}

    static void print(PrintWriter out, RunPlan asked, Estimator estimator) {
        Calibration.Estimate cost = estimator.estimate(asked);
        RunPlan plan = estimator.fitted(asked);
        List<int[]> prompts = estimator.prompts(asked);
        long tokens = prompts.stream().mapToLong(p -> p.length).sum();
        out.println(Titles.describe(plan));
        line(
                out,
                "work",
                String.format(
                        Locale.ROOT,
                        "%sFLOP in matrix products: %d %s, %,d tokens, %s",
                        prefixed(cost.flop()),
                        prompts.size(),
                        prompts.size() == 1 ? "prompt" : "prompts",
                        tokens,
                        estimator.route(asked).words()));
        line(
                out,
                "time",
                "about " + Amounts.about(cost.seconds() + estimator.aroundSeconds())
                        + " on this machine from start to end, with nothing else running; a slow disk adds to it");
        line(out, "memory", Amounts.size(cost.memoryBytes()) + ", without file-mapped pages");
        line(
                out,
                "disk",
                Amounts.size(cost.diskBytes()) + ", and " + Amounts.size(cost.stateBytes())
                        + " more while the run is unfinished");
        out.flush();
    }

    private static void line(PrintWriter out, String what, String text) {
        out.printf("%-8s%s%n", what, text);
    }

    /** A number of three digits with its prefix: {@code 1.23 T}. */
    static String prefixed(double value) {
        int unit = 0;
        double rest = value;
        while (rest >= 999.5 && unit < UNITS.length - 1) {
            rest /= 1000;
            unit++;
        }
        return String.format(
                Locale.ROOT, rest < 9.995 ? "%.2f %s" : rest < 99.95 ? "%.1f %s" : "%.0f %s", rest, UNITS[unit]);
    }
}
