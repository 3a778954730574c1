package org.consensusprobe.report.stats;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.RunReader;

/**
 * Two runs that went the same way through as many layers on the same prompts, held against each other depth by depth: where do a
 * checkpoint and its relative differ?
 *
 * @param quantities the error, its logarithm, and every measure of one number a depth that both recorded
 * @param notes what to bear in mind
 */
public record PairedRuns(
        RunReader base, RunReader tuned, List<String> labels, List<Quantity> quantities, List<String> notes) {
    /** The error's name. */
    public static final String ERROR = "error";
    /** The name of its logarithm. */
    public static final String DECADES = "log10-error";

    private static final int MATRIX = 2;

    public PairedRuns {
        labels = List.copyOf(labels);
        quantities = List.copyOf(quantities);
        notes = List.copyOf(notes);
    }

    /** One quantity at all depths. */
    public record Quantity(String name, String unit, List<PairedDepth> depths) {
        public Quantity {
            depths = List.copyOf(depths);
        }

        /** How many depths were tested, over which p is corrected. */
        public int tests() {
            return (int) depths.stream().filter(d -> !Double.isNaN(d.p())).count();
        }
    }

    /**
     * Compares.
     *
     * @param labels what tells the two apart
     * @throws Problem if there are not two, one did not finish, or their prompts or ways differ
     */
    public static PairedRuns of(List<RunReader> runs, List<String> labels) {
        if (runs.size() != 2) {
            throw Problem.input("--paired takes two runs, BASE and TUNED; found %d.", runs.size());
        }
        List<String> notes = new ArrayList<>(Comparability.check(runs, labels));
        RunReader base = runs.get(0);
        RunReader tuned = runs.get(1);
        requireSamePrompts(base, tuned);
        requireSame(base, tuned, "ways through the layers", RunReader::route, run -> run.route()
                .words());
        String one = base.manifest().model().modelType();
        String other = tuned.manifest().model().modelType();
        if (!one.equals(other)) {
            notes.add("models of different kinds (" + Shown.text(one) + ", " + Shown.text(other)
                    + "): a layer of one is no relative of the same layer of the other");
        }
        if (base.manifest().promptCount() == 1) {
            notes.add("one prompt has no interval: whether the two differ cannot be told");
        }
        return new PairedRuns(base, tuned, labels, quantities(base, tuned, notes), notes);
    }

    private static void requireSamePrompts(RunReader base, RunReader tuned) {
        List.of(base, tuned).forEach(run -> {
            if (run.manifest().promptsHash().isEmpty()) {
                throw Problem.input(
                        "%s: its manifest does not say which prompt ids it was given; --paired needs to know them.",
                        run.path());
            }
        });
        requireSame(
                base,
                tuned,
                "prompts",
                run -> List.of(run.manifest().promptsHash(), run.manifest().promptCount()),
                run -> run.manifest().promptCount() + " of ids "
                        + run.manifest()
                                .promptsHash()
                                .substring(
                                        0,
                                        Math.min(8, run.manifest().promptsHash().length())));
    }

    private static void requireSame(
            RunReader base,
            RunReader tuned,
            String what,
            Function<RunReader, Object> of,
            Function<RunReader, String> words) {
        if (!of.apply(base).equals(of.apply(tuned))) {
            throw Problem.input(
                    "--paired: the runs have different %s: %s (%s), %s (%s). Without --paired they can be compared.",
                    what, words.apply(base), base.path(), words.apply(tuned), tuned.path());
        }
    }

    private static List<Quantity> quantities(RunReader base, RunReader tuned, List<String> notes) {
        double floor = Math.max(floor(base), floor(tuned));
        List<Quantity> all = new ArrayList<>();
        all.add(quantity(ERROR, "1", base.error(), tuned.error(), floor));
        double least = PromptSlopes.FLOORS * floor;
        all.add(quantity(DECADES, "decade", decades(base.error(), least), decades(tuned.error(), least), -1));
        Map<String, ManifestSections.Measure> others = tuned.measures().stream()
                .collect(Collectors.toMap(ManifestSections.Measure::name, Function.identity(), (a, b) -> a));
        List<String> left = new ArrayList<>();
        for (ManifestSections.Measure measure : base.measures()) {
            ManifestSections.Measure other = others.remove(measure.name());
            if (other == null
                    || measure.isPerPass()
                    || measure.axes().size() != MATRIX
                    || other.axes().size() != MATRIX) {
                left.add(measure.name());
            } else {
                all.add(quantity(
                        measure.name(),
                        measure.unit(),
                        base.measure(measure.name()).rows(),
                        tuned.measure(measure.name()).rows(),
                        -1));
            }
        }
        left.addAll(others.keySet());
        if (!left.isEmpty()) {
            notes.add("not compared, since not recorded in both as one number a depth: "
                    + left.stream().sorted().collect(Collectors.joining(", ")));
        }
        return all;
    }

    private static Quantity quantity(String name, String unit, double[][] base, double[][] tuned, double floor) {
        return new Quantity(name, unit, List.of(PairedDepth.of(base, tuned, floor)));
    }

    private static double floor(RunReader run) {
        return run.manifest().floor().map(ManifestSections.Floor::ofRates).orElse(0.0);
    }

    private static double[][] decades(double[][] errors, double least) {
        return Arrays.stream(errors)
                .map(row -> Arrays.stream(row)
                        .map(e -> e > least ? Math.log10(e) : Double.NaN)
                        .toArray())
                .toArray(double[][]::new);
    }

    public Route route() {
        return base.route();
    }

    /** How many prompts both ran. */
    public int prompts() {
        return base.manifest().promptCount();
    }
}
