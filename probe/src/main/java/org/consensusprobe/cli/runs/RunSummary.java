package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.report.RunTitle;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.RunReader;

/** What a finished run says on standard output. */
final class RunSummary {
    private RunSummary() {}

    static void print(PrintWriter out, RunReader run) {
        Curve curve = run.curve();
        out.println(RunTitle.of(run.manifest()));
        int blank = run.manifest().at("/plan/blank_lines_skipped").asInt();
        if (blank > 0) {
            out.println("prompts: " + PromptSet.skipped(blank));
        }
        print(out, "error (eq. 25), mean over prompts" + without(run.error()), curve);
        if (run.manifest().fullAttention() && recorded(run, MeasureNames.PAIRWISE_MEAN)) {
            double[][] pairwise = run.measure(MeasureNames.PAIRWISE_MEAN).rows();
            print(
                    out,
                    "mean over all pairs of tokens (in full attention token 1 is a token like any other)",
                    Curve.of(pairwise, run.route()));
        }
        run.manifest()
                .floor()
                .filter(floor -> floor.error() > 0) // equal tokens can stay equal to the last bit
                .ifPresent(floor -> out.printf(
                        Locale.ROOT, "below %.1e the curve is rounding (%s states)%n", floor.error(), floor.dtype()));
        int trained = run.manifest().trainedPasses();
        if (trained > 0 && run.route().passes() > trained) {
            out.printf("passes after %d go beyond those that the model was trained with%n", trained);
        }
        double ran = run.manifest().timings().seconds();
        out.printf(
                Locale.ROOT,
                "%.1f s from start to end, %.1f s of them in the run; written to %s%n",
                Math.max(ran, Terminal.secondsSinceStart()),
                ran,
                run.path());
        out.flush();
    }

    /** Over how many prompts a mean is, where some have none. */
    private static String without(double[][] error) {
        int[] defined = Curve.defined(error);
        int fewest = Arrays.stream(defined).min().orElseThrow();
        if (fewest == error.length) {
            return "";
        }
        return defined[0] == defined[defined.length - 1]
                ? String.format(Locale.ROOT, " (the %d of %d that have one)", defined[0], error.length)
                : String.format(
                        Locale.ROOT,
                        " (%d of %d at depth 0, %d at the end, where all tokens have a direction)",
                        defined[0],
                        error.length,
                        defined[defined.length - 1]);
    }

    private static boolean recorded(RunReader run, String measure) {
        return run.manifest().measures().stream().anyMatch(m -> m.name().equals(measure));
    }

    private static void print(PrintWriter out, String what, Curve curve) {
        double[] mean = curve.mean();
        int last = mean.length - 1;
        out.printf(
                Locale.ROOT,
                "%s: %.4g at depth 0, %.4g at native depth %d, %.4g at depth %d%n",
                what,
                mean[0],
                mean[curve.route().nativeDepth()],
                curve.route().nativeDepth(),
                mean[last],
                last);
    }
}
