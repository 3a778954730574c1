package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.Calibration.Estimate;
import org.consensusprobe.experiment.sweep.Estimator;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.results.Manifest;

/** What a sweep will do, printed before it does it: its runs, and what they will cost. */
final class SweepPlan {
    private double seconds;
    private long disk;
    private long state;
    private long memory;
    private int finished;
    private int notEstimated;

    private SweepPlan() {}

    /** Prints the plan; the runs that are not finished are estimated. */
    static SweepPlan print(PrintWriter out, List<RunPlan> plans, Sweep sweep, Estimator estimator) {
        SweepPlan plan = new SweepPlan();
        for (int i = 0; i < plans.size(); i++) {
            out.printf(
                    "%3d. %s: %s%n", i + 1, Titles.describe(plans.get(i)), plan.enter(plans.get(i), sweep, estimator));
            out.flush();
        }
        plan.seconds += plan.finished < plans.size() ? estimator.aroundSeconds() : 0;
        out.println(plan.sum(plans.size()));
        out.flush();
        return plan;
    }

    /** Seconds that are left from start to end, as far as they could be estimated. */
    double seconds() {
        return seconds;
    }

    private String enter(RunPlan run, Sweep sweep, Estimator estimator) {
        Manifest.Status status = sweep.statusOf(run).orElse(null);
        if (status == Manifest.Status.COMPLETE) {
            finished++;
            return "finished";
        }
        try {
            Estimate estimate = estimator.estimate(run);
            seconds += estimate.seconds();
            disk += estimate.diskBytes();
            state = Math.max(state, estimate.stateBytes());
            memory = Math.max(memory, estimate.memoryBytes());
            return (status == null ? "" : "unfinished, at most ") + "about " + Amounts.about(estimate.seconds());
        } catch (Problem e) {
            notEstimated++;
            return "cannot run: " + e.getMessage().lines().findFirst().orElse("");
        }
    }

    private String sum(int runs) {
        String left = runs - finished + " of " + runs + (runs == 1 ? " run" : " runs") + " to make";
        if (runs == finished) {
            return left + ".";
        }
        return String.format(
                Locale.ROOT,
                "%s: about %s from start to end with nothing else running, %s on disk (%s more while a run is unfinished),"
                        + " %s of memory%s.",
                left,
                Amounts.about(seconds),
                Amounts.size(disk),
                Amounts.size(state),
                Amounts.size(memory),
                notEstimated == 0 ? "" : "; " + notEstimated + " cannot run");
    }
}
