package org.consensusprobe.experiment.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Initial;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.ManifestSections.Floor;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.torch.DType;

/**
 * Whether consensus is stable: by what factor tokens that are nearly equal move apart, or closer, in a pass.
 *
 * <p>Every prompt starts from equal tokens, each moved by 1e-6 of its norm in a direction of its own. Their distance is the
 * square root of the error; its growth per pass is fitted (least squares of the logarithm) at the ends of passes, where the
 * error is small enough for the growth to be linear and well above rounding. The first pass, which starts at the embedding's
 * norm and in a random direction, counts only if the others are not enough.
 *
 * @param perturbation relative size of the moves
 * @param dtype of the arithmetic
 * @param errors mean over prompts at the start and at the end of each pass
 * @param growth of the distance per pass, by prompt; empty where it left the linear range at once
 * @param firstPassOnly whether only the first pass could be used
 */
public record Stability(
        double perturbation, String dtype, List<Double> errors, List<Double> growth, boolean firstPassOnly) {
    private static final Initial START = Initial.parse("consensus+1e-6");
    private static final int PROMPTS = 4;
    private static final int PASSES = 3;
    /** Beyond it, the curvature of the map shows in the second digit of a rate. */
    private static final double LARGEST_LINEAR = 1e-3;
    /** An error must be so far above the floor for rounding to leave its rate alone. */
    private static final double ABOVE_FLOOR = 100;

    public Stability {
        errors = List.copyOf(errors);
        growth = List.copyOf(growth);
    }

    /** The run that shows it, for the checkpoint of another run: few prompts, in float64. */
    public static RunPlan plan(RunPlan run) {
        return run.with(Fields.INITIAL, START)
                .with(
                        Fields.LIMIT_PROMPTS,
                        Optional.of(Math.min(PROMPTS, run.prompts().limit().orElse(PROMPTS))))
                .with(RouteFields.PASSES, PASSES)
                .with(Fields.SAVE_HIDDEN, false)
                .with(Fields.DTYPE, DType.FLOAT64)
                .with(Fields.MEASURES, List.of());
    }

    /** Reads such a run. */
    public static Stability of(RunReader run) {
        Route route = run.route();
        double[][] error = run.error();
        double floor = run.manifest().floor().map(Floor::ofRates).orElseThrow();
        double[][] ends = Arrays.stream(error).map(row -> atEnds(row, route)).toArray(double[][]::new);
        List<Double> growth = growth(ends, 1, floor);
        boolean first = growth.isEmpty();
        if (first) {
            growth = growth(ends, 0, floor);
        }
        List<Double> means = new ArrayList<>();
        for (int end = 0; end <= route.passes(); end++) {
            int index = end;
            means.add(
                    Arrays.stream(ends).mapToDouble(row -> row[index]).average().orElseThrow());
        }
        RunPlan plan = run.manifest().plan();
        return new Stability(plan.initial().perturbation(), plan.dtype().torchName(), means, growth, first);
    }

    /** Where the first pass begins, and where passes end. */
    private static double[] atEnds(double[] row, Route route) {
        int[] ends = route.ends();
        double[] values = new double[ends.length + 1];
        values[0] = row[route.first()];
        for (int pass = 0; pass < ends.length; pass++) {
            values[pass + 1] = row[ends[pass]];
        }
        return values;
    }

    private static List<Double> growth(double[][] ends, int from, double floor) {
        List<Double> growth = new ArrayList<>();
        for (double[] row : ends) {
            fit(row, from, floor).ifPresent(growth::add);
        }
        return growth.size() == ends.length ? growth : List.of();
    }

    /** The least-squares slope of ln sqrt(E) over the points from one on that are in the linear range, as a factor. */
    private static OptionalDouble fit(double[] ends, int from, double floor) {
        double n = 0;
        double x = 0;
        double y = 0;
        double xx = 0;
        double xy = 0;
        for (int end = from; end < ends.length && ends[end] <= LARGEST_LINEAR; end++) {
            if (ends[end] < ABOVE_FLOOR * floor) {
                break;
            }
            double distance = 0.5 * Math.log(ends[end]);
            n++;
            x += end;
            y += distance;
            xx += (double) end * end;
            xy += end * distance;
        }
        return n < 2 ? OptionalDouble.empty() : OptionalDouble.of(Math.exp((n * xy - x * y) / (n * xx - x * x)));
    }

    /** The geometric mean over prompts; empty where no prompt's growth was linear. */
    public OptionalDouble growthPerPass() {
        return growth.stream().mapToDouble(Math::log).average().stream()
                .map(Math::exp)
                .findFirst();
    }

    double lowest() {
        return growth.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
    }

    double highest() {
        return growth.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }

    /** Whether nearly equal tokens come closer; empty where prompts do not agree, or none tells. */
    public Optional<Boolean> isStable() {
        if (growth.isEmpty()) {
            boolean left = errors.get(errors.size() - 1) > LARGEST_LINEAR;
            return left ? Optional.of(false) : Optional.empty();
        }
        return highest() < 1 ? Optional.of(true) : lowest() > 1 ? Optional.of(false) : Optional.empty();
    }

    /** The finding in a sentence. */
    String words() {
        String size = String.format(Locale.ROOT, "%.0e", perturbation).replaceAll("e-0", "e-");
        if (growth.isEmpty()) {
            return isStable().isPresent()
                    ? "Consensus is unstable: tokens " + size + " apart are no longer close after the first pass."
                    : "Whether consensus is stable cannot be told: tokens " + size
                            + " apart are equal to rounding after the first pass.";
        }
        double factor = growthPerPass().orElseThrow();
        String finding = isStable()
                .map(stable -> stable ? "Consensus is stable" : "Consensus is unstable")
                .orElse("Whether consensus is stable differs from prompt to prompt");
        return String.format(
                Locale.ROOT,
                "%s: the distance of tokens %s apart is multiplied by %.3g a pass (%.3g to %.3g over %d %s%s).",
                finding,
                size,
                factor,
                lowest(),
                highest(),
                growth.size(),
                growth.size() == 1 ? "prompt" : "prompts",
                firstPassOnly ? "; of the first pass" : "");
    }
}
