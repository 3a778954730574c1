package org.consensusprobe.experiment.settle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.settle.Motion.Kind;
import org.consensusprobe.experiment.settle.Motion.Thresholds;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.results.ManifestSections.Floor;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;

/**
 * What one run's prompts do, and whether they collapse: two questions, of which every pair of answers occurs.
 *
 * @param name of the run
 * @param motions of the prompts
 * @param errors of the prompts at the end
 * @param floor the error that rounding alone makes
 * @param collapsed errors below it, or within ten times the floor, have collapsed
 * @param thresholds that the kinds were told by
 * @param acrossPrompts mean cosine with the same position of other prompts, at the end: near 1 where the limit forgets the prompt
 */
public record Settlement(
        String name,
        List<Motion> motions,
        double[] errors,
        double floor,
        double collapsed,
        Thresholds thresholds,
        double acrossPrompts) {
    /** What a run has to record to be judged. */
    public static final List<String> MEASURES = List.of(
            MeasureNames.ACROSS_PROMPT_SIMILARITY,
            MeasureNames.PASS_STEP,
            MeasureNames.STEP_ANGLE,
            MeasureNames.STEP_RATIO,
            MeasureNames.RETURN);

    private static final double FLOORS = 10;
    private static final String MIXED = "mixed";

    /** Judges a recorded run. */
    public static Settlement of(String name, RunReader run, double collapsed, Thresholds thresholds) {
        NpyArray returns = run.measure(MeasureNames.RETURN);
        int passes = returns.shape().get(1);
        int lags = returns.shape().get(2);
        double[][] error = run.error();
        List<Motion> motions = new ArrayList<>();
        for (int prompt = 0; prompt < error.length; prompt++) {
            double[][] own = new double[passes][];
            for (int pass = 0; pass < passes; pass++) {
                int from = (prompt * passes + pass) * lags;
                own[pass] = Arrays.copyOfRange(returns.values(), from, from + lags);
            }
            motions.add(Motion.of(
                    row(run, MeasureNames.PASS_STEP, prompt),
                    row(run, MeasureNames.STEP_RATIO, prompt),
                    row(run, MeasureNames.STEP_ANGLE, prompt),
                    own,
                    thresholds));
        }
        double[] ends =
                Arrays.stream(error).mapToDouble(row -> row[row.length - 1]).toArray();
        double across = Arrays.stream(run.curvesOf(MeasureNames.ACROSS_PROMPT_SIMILARITY))
                .mapToDouble(row -> row[row.length - 1])
                .average()
                .orElse(Double.NaN);
        double floor = run.manifest().floor().map(Floor::error).orElse(Double.NaN);
        return new Settlement(name, motions, ends, floor, collapsed, thresholds, across);
    }

    private static double[] row(RunReader run, String measure, int prompt) {
        return run.measure(measure).rows()[prompt];
    }

    /** How many prompts do what. */
    public Map<Kind, Long> counts() {
        Map<Kind, Long> counts = new TreeMap<>();
        motions.forEach(m -> counts.merge(m.kind(), 1L, Long::sum));
        return counts;
    }

    /** What more than half of the prompts do; nothing where no kind has so many. */
    public Optional<Kind> kind() {
        return counts().entrySet().stream()
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

    /** The cells of its row: run, verdict, how sure, step, ratio, angle, collapse, how sure, error, across prompts. */
    public List<String> cells() {
        int all = motions.size();
        return List.of(
                name,
                verdict() + remark(),
                kind().map(kind -> sure(counts().get(kind), all)).orElseGet(this::shares),
                number(median(motions.stream().mapToDouble(Motion::step).toArray())),
                number(median(motions.stream().mapToDouble(Motion::ratio).toArray())),
                number(median(motions.stream().mapToDouble(Motion::angle).toArray())),
                mostCollapse() ? "collapses" : 2 * staysApart() > all ? "does not collapse" : MIXED,
                mostCollapse() || 2 * staysApart() <= all ? sure(collapses(), all) : sure(staysApart(), all),
                number(median(errors)),
                number(acrossPrompts));
    }

    private String verdict() {
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

    private static double median(double[] values) {
        return Motion.median(values, 0, values.length);
    }

    /** The same as JSON, prompt by prompt. */
    public ObjectNode json() {
        ObjectNode node = StrictJson.mapper().createObjectNode();
        node.put("run", name);
        node.put("verdict", verdict());
        node.put("collapses", mostCollapse());
        node.put("floor", floor);
        node.put("across_prompt_similarity", acrossPrompts);
        ObjectNode counts = node.putObject("prompts_by_verdict");
        counts().forEach((kind, count) -> counts.put(word(kind), count));
        node.put("prompts_collapsed", collapses());
        ArrayNode prompts = node.putArray("prompts");
        for (int i = 0; i < errors.length; i++) {
            Motion m = motions.get(i);
            ObjectNode prompt = prompts.addObject();
            prompt.put("verdict", word(m.kind()));
            put(prompt, "step", m.step());
            put(prompt, "ratio", m.ratio());
            put(prompt, "angle", m.angle());
            put(prompt, "growth", m.growth());
            prompt.put("period", m.period());
            prompt.put("steps_fall", m.falling());
            put(prompt, "error", errors[i]);
        }
        return node;
    }

    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }
}
