package org.consensusprobe.experiment.settle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.consensusprobe.experiment.settle.Motion.Kind;
import org.consensusprobe.experiment.settle.Motion.Thresholds;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.stats.PhaseRates;
import org.consensusprobe.results.ManifestSections.Floor;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;

/**
 * What one run's prompts do, and whether they collapse: two questions, of which every pair of answers occurs.
 *
 * @param name of the run
 * @param motions of the prompts
 * @param directions the same of their directions alone: of unit tokens
 * @param errors of the prompts at the end
 * @param floor the error that rounding alone makes
 * @param collapsed errors below it, or within ten times the floor, have collapsed
 * @param thresholds that the kinds were told by
 * @param acrossPrompts mean cosine with the same position of other prompts, at the end: near 1 where the limit forgets the prompt
 */
public record Settlement(
        String name,
        List<Motion> motions,
        List<Motion> directions,
        double[] errors,
        double floor,
        double collapsed,
        Thresholds thresholds,
        double acrossPrompts) {
    private static final String UNITS = "-unit";
    private static final List<String> OF_PASSES =
            List.of(MeasureNames.PASS_STEP, MeasureNames.STEP_ANGLE, MeasureNames.STEP_RATIO, MeasureNames.RETURN);
    /** What a run has to record to be judged. */
    public static final List<String> MEASURES = Stream.of(
                    Stream.of(MeasureNames.ACROSS_PROMPT_SIMILARITY),
                    OF_PASSES.stream(),
                    OF_PASSES.stream().map(name -> name + UNITS))
            .flatMap(names -> names)
            .toList();

    private static final double FLOORS = 10;
    /** What prompts do of which no kind has more than half. */
    static final String MIXED = "mixed";

    /** Judges a recorded run. */
    public static Settlement of(String name, RunReader run, double collapsed, Thresholds thresholds) {
        double[][] error = run.error();
        double[] ends =
                Arrays.stream(error).mapToDouble(row -> row[row.length - 1]).toArray();
        double across = Arrays.stream(run.curvesOf(MeasureNames.ACROSS_PROMPT_SIMILARITY))
                .mapToDouble(row -> row[row.length - 1])
                .average()
                .orElse(Double.NaN);
        double floor = run.manifest().floor().map(Floor::error).orElse(Double.NaN);
        return new Settlement(
                name,
                motions(run, "", thresholds),
                motions(run, UNITS, thresholds),
                ends,
                floor,
                collapsed,
                thresholds,
                across);
    }

    private static List<Motion> motions(RunReader run, String kind, Thresholds thresholds) {
        NpyArray returns = run.measure(MeasureNames.RETURN + kind);
        double[][] steps = run.measure(MeasureNames.PASS_STEP + kind).rows();
        double[][] ratios = run.measure(MeasureNames.STEP_RATIO + kind).rows();
        double[][] angles = run.measure(MeasureNames.STEP_ANGLE + kind).rows();
        int passes = returns.shape().get(1);
        int lags = returns.shape().get(2);
        List<Motion> motions = new ArrayList<>();
        for (int prompt = 0; prompt < steps.length; prompt++) {
            double[][] own = new double[passes][];
            for (int pass = 0; pass < passes; pass++) {
                int from = (prompt * passes + pass) * lags;
                own[pass] = Arrays.copyOfRange(returns.values(), from, from + lags);
            }
            motions.add(Motion.of(steps[prompt], ratios[prompt], angles[prompt], own, thresholds));
        }
        return motions;
    }

    /** How many prompts do what. */
    public Map<Kind, Long> counts() {
        return counts(motions);
    }

    private static Map<Kind, Long> counts(List<Motion> motions) {
        Map<Kind, Long> counts = new TreeMap<>();
        motions.forEach(m -> counts.merge(m.kind(), 1L, Long::sum));
        return counts;
    }

    /** What more than half of the prompts do; nothing where no kind has so many. */
    public Optional<Kind> kind() {
        return most(motions);
    }

    private static Optional<Kind> most(List<Motion> motions) {
        return counts(motions).entrySet().stream()
                .filter(e -> 2 * e.getValue() > motions.size())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** How many prompts have collapsed. */
    public long collapses() {
        return Arrays.stream(errors)
                .filter(e -> e < collapsed || e <= FLOORS * floor)
                .count();
    }

    /** How many prompts have an error at the end, which is not below any bound. */
    private long staysApart() {
        return Arrays.stream(errors).filter(e -> !Double.isNaN(e)).count() - collapses();
    }

    /** Whether more than half of the prompts have collapsed. */
    public boolean mostCollapse() {
        return 2 * collapses() > errors.length;
    }

    /** The least share of all such prompts that the sample is compatible with: Clopper and Pearson, 95 %, one-sided. */
    static double atLeast(long of, int all) {
        return of == 0 ? 0 : BetaDistribution.of(of, all - of + 1.0).inverseCumulativeProbability(0.05);
    }

    /** The headings of {@link #cells}. */
    public static final List<String> HEADINGS = List.of(
            "weights",
            "motion",
            "prompts",
            "directions",
            "step",
            "ratio",
            "angle",
            "tokens",
            "prompts",
            "error",
            "across prompts");

    /** The cells of its row, under {@link #HEADINGS}. */
    public List<String> cells() {
        int all = motions.size();
        return List.of(
                name,
                verdict() + remark(),
                kind().map(kind -> sure(counts().get(kind), all)).orElseGet(this::shares),
                most(directions)
                        .map(kind -> word(kind) + " " + countsOfDirections().get(kind) + " of " + all)
                        .orElse(MIXED),
                number(step()),
                number(ratio()),
                number(angle()),
                mostCollapse() ? "collapses" : 2 * staysApart() > all ? "does not collapse" : MIXED,
                mostCollapse() || 2 * staysApart() <= all ? sure(collapses(), all) : sure(staysApart(), all),
                number(error()),
                number(acrossPrompts));
    }

    /** The median over prompts of the last step. */
    double step() {
        return median(Motion::step);
    }

    /** The median over prompts of the factor of contraction. */
    double ratio() {
        return median(Motion::ratio);
    }

    /** The median over prompts of the angle between steps. */
    double angle() {
        return median(Motion::angle);
    }

    /** The median over prompts of the error at the end. */
    double error() {
        return PhaseRates.median(errors);
    }

    private double median(ToDoubleFunction<Motion> number) {
        return PhaseRates.median(motions.stream().mapToDouble(number).toArray());
    }

    /** What more than half of the prompts' directions do, in a word. */
    String verdictOfDirections() {
        return most(directions).map(Settlement::word).orElse(MIXED);
    }

    /** The headings of {@link #promptCells}. */
    static final List<String> PROMPT_HEADINGS =
            List.of("prompt", "motion", "directions", "step", "ratio", "angle", "growth", "error");

    /** The prompts, a row each. */
    List<List<String>> promptCells() {
        return IntStream.range(0, motions.size())
                .mapToObj(i -> {
                    Motion m = motions.get(i);
                    return List.of(
                            Integer.toString(i + 1),
                            word(m.kind()) + (m.period() > 1 ? " (period " + m.period() + ")" : ""),
                            word(directions.get(i).kind()),
                            number(m.step()),
                            number(m.ratio()),
                            number(m.angle()),
                            number(m.growth()),
                            number(errors[i]));
                })
                .toList();
    }

    /** What more than half of the prompts do, in a word. */
    String verdict() {
        return kind().map(Settlement::word).orElse(MIXED);
    }

    /** What a motion is called where people read. */
    public static String word(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private String remark() {
        if (kind().filter(Kind.CYCLES::equals).isPresent()) {
            return " (period " + periods() + ")";
        }
        boolean falling = kind().filter(Kind.SETTLES::equals).isEmpty()
                && 2 * motions.stream().filter(Motion::falling).count() > motions.size();
        return falling ? " (steps still fall: more passes may settle)" : "";
    }

    private String periods() {
        return motions.stream()
                .filter(m -> m.kind() == Kind.CYCLES)
                .map(Motion::period)
                .distinct()
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
    }

    private String shares() {
        return counts().entrySet().stream()
                        .map(e -> word(e.getKey()) + " " + e.getValue())
                        .collect(Collectors.joining(", "))
                + " of " + motions.size();
    }

    private static String sure(long of, int all) {
        return String.format(Locale.ROOT, "%d of %d (>= %.0f %%)", of, all, 100 * atLeast(of, all));
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.3g", value);
    }

    /** How many prompts' directions do what. */
    Map<Kind, Long> countsOfDirections() {
        return counts(directions);
    }
}
