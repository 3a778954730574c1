package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.consensusprobe.report.RunTitle;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.RunReader;

/** What a finished run says on standard output. */
final class RunSummary {
    private RunSummary() {}

    static void print(PrintWriter out, RunReader run) {
        Curve curve = run.curve();
        double[] mean = curve.mean();
        int last = mean.length - 1;
        out.println(RunTitle.of(run.manifest()));
        out.printf(
                Locale.ROOT,
                "error (eq. 25), mean over prompts: %.4g at depth 0, %.4g at native depth %d, %.4g at depth %d%n",
                mean[0],
                mean[curve.layers()],
                curve.layers(),
                mean[last],
                last);
        run.manifest()
                .floor()
                .filter(floor -> floor.error() > 0) // equal tokens can stay equal to the last bit
                .ifPresent(floor -> out.printf(
                        Locale.ROOT, "below %.1e the curve is rounding (%s states)%n", floor.error(), floor.dtype()));
        out.printf(
                Locale.ROOT, "%.1f s; written to %s%n", run.manifest().timings().seconds(), run.path());
        out.flush();
    }
}
