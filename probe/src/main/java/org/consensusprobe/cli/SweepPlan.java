package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.Calibration.Estimate;
import org.consensusprobe.experiment.sweep.RunSpec;
import org.consensusprobe.experiment.sweep.Sweep;
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
    static SweepPlan print(PrintWriter out, List<RunSpec> specs, Sweep sweep, RunPreparer preparer) {
        SweepPlan plan = new SweepPlan();
        for (int i = 0; i < specs.size(); i++) {
            out.printf("%3d. %s: %s%n", i + 1, specs.get(i).describe(), plan.enter(specs.get(i), sweep, preparer));
            out.flush();
        }
        out.println(plan.sum(specs.size()));
        out.flush();
        return plan;
    }

    /** Seconds of computing that are left, as far as they could be estimated. */
    double seconds() {
        return seconds;
    }

    private String enter(RunSpec spec, Sweep sweep, RunPreparer preparer) {
        Manifest.Status status = sweep.statusOf(spec).orElse(null);
        if (status == Manifest.Status.COMPLETE) {
            finished++;
            return "finished";
        }
        try {
            Estimate estimate = preparer.estimate(spec);
            seconds += estimate.seconds();
            disk += estimate.diskBytes();
            state = Math.max(state, estimate.stateBytes());
            memory = Math.max(memory, estimate.memoryBytes());
            return (status == null ? "" : "unfinished, at most ") + "about " + duration(estimate.seconds());
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
                "%s: about %s, %s on disk (%s more while a run is unfinished), %s of memory%s.",
                left,
                duration(seconds),
                size(disk),
                size(state),
                size(memory),
                notEstimated == 0 ? "" : "; " + notEstimated + " cannot run");
    }

    /** A time as people say it. */
    static String duration(double seconds) {
        if (seconds < 90) {
            return Math.max(1, Math.round(seconds)) + " s";
        }
        if (seconds < 90 * 60) {
            return Math.round(seconds / 60) + " min";
        }
        return seconds < 48 * 3600
                ? String.format(Locale.ROOT, "%.1f h", seconds / 3600)
                : String.format(Locale.ROOT, "%.1f days", seconds / 86400);
    }

    static String size(long bytes) {
        return bytes < 1L << 30
                ? Math.max(1, bytes >> 20) + " MiB"
                : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
