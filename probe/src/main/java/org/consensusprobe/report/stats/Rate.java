package org.consensusprobe.report.stats;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How fast the error falls: the slope of the mean over prompts of ln E per pass, at the native depth, the first pass left out.
 *
 * @param slope negative where the error falls; empty if {@link #remark} says why there is none
 * @param remark what was left out, or why there is no slope; empty if nothing is to be said
 * @param prompts how many prompts the slope is a mean of, over all draws
 * @param values how many values the lines go through
 * @param valuesAtFloor how many values were left out for lying under ten times the floor, or after one that does
 * @param straightness the share of the change of ln E along the passes that straight lines explain, from 0 to 1
 */
public record Rate(
        Optional<Estimate> slope, String remark, int prompts, int values, int valuesAtFloor, double straightness) {

    static Rate of(List<PromptSlopes> draws, int passes, double floor) {
        int all = draws.stream().mapToInt(d -> d.slopes().length).sum();
        int used = draws.stream().mapToInt(PromptSlopes::promptsUsed).sum();
        int values = draws.stream().mapToInt(PromptSlopes::values).sum();
        int atFloor = draws.stream().mapToInt(PromptSlopes::valuesAtFloor).sum();
        int notNumbers = draws.stream().mapToInt(PromptSlopes::valuesNotNumbers).sum();
        double before = draws.stream().mapToDouble(PromptSlopes::squaresBefore).sum();
        double after = draws.stream().mapToDouble(PromptSlopes::squaresAfter).sum();
        Optional<String> none = whyNone(passes, all, used, atFloor, notNumbers);
        if (none.isPresent()) {
            return new Rate(Optional.empty(), none.get(), used, values, atFloor, Double.NaN);
        }
        Estimate slope =
                Bootstrap.estimate(draws.stream().map(PromptSlopes::slopes).toArray(double[][]::new));
        List<String> remarks = new ArrayList<>();
        if (atFloor > 0) {
            remarks.add(String.format(
                    Locale.ROOT,
                    "%d of %d values left out: under %.0f times the floor %.1e",
                    atFloor,
                    all * (passes - 1),
                    PromptSlopes.FLOORS,
                    floor));
        }
        if (notNumbers > 0) {
            remarks.add(notNumbers + " values left out: not finite");
        }
        if (used < all) {
            remarks.add((all - used) + " of " + all + " prompts left out: fewer than " + PromptSlopes.FEWEST_VALUES
                    + " values, so the fastest are missing from the rate");
        }
        if (!(floor > 0)) {
            remarks.add("no floor above 0: values that are rounding cannot be told");
        }
        return new Rate(
                Optional.of(slope),
                String.join("; ", remarks),
                used,
                values,
                atFloor,
                before > 0 ? 1 - after / before : 1);
    }

    /** By what factor the error changes in a pass. */
    public Optional<Double> factorPerPass() {
        return slope.map(s -> Math.exp(s.value()));
    }

    /** In how many passes the error halves; empty without a slope, or where the error does not fall. */
    public Optional<Double> passesToHalve() {
        return slope.filter(s -> s.value() < 0).map(s -> -Math.log(2) / s.value());
    }

    private static Optional<String> whyNone(int passes, int all, int used, int atFloor, int notNumbers) {
        if (passes - 1 < PromptSlopes.FEWEST_VALUES) {
            return Optional.of(String.format(
                    "%d %s give no rate; %d or more do: the first is left out, and a slope needs %d",
                    passes, passes == 1 ? "pass" : "passes", PhaseRates.FEWEST_PASSES, PromptSlopes.FEWEST_VALUES));
        }
        if (2 * used >= all && used > 0) {
            return Optional.empty();
        }
        String cause = atFloor >= notNumbers ? "fall to the floor" : "are not finite";
        return Optional.of(
                String.format("%d of %d prompts %s before pass %d", all - used, all, cause, PhaseRates.FEWEST_PASSES));
    }
}
