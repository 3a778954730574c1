package org.consensusprobe.experiment.check;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Similarity;

/**
 * When a check fails: comparisons such as {@code error < 0.05 @ native}, joined by {@code and} and {@code or}, of which
 * {@code and} binds tighter.
 */
public final class Condition {
    private static final String SYNTAX = "MEASURE < NUMBER @ DEPTH (or >), joined by and, or";
    private static final List<String> MEASURES = known();
    private static final Pattern COMPARISON =
            Pattern.compile("\\s*(\\S+?)\\s*([<>]=?|={1,2})\\s*(\\S+?)\\s*@\\s*(\\S+)\\s*");
    private static final Pattern OR = Pattern.compile("(?i)(?<=\\s|^)or(?=\\s|$)");
    private static final Pattern AND = Pattern.compile("(?i)(?<=\\s|^)and(?=\\s|$)");

    private final String text;
    private final List<List<Comparison>> alternatives;

    private Condition(String text, List<List<Comparison>> alternatives) {
        this.text = text;
        this.alternatives = alternatives;
    }

    private record Comparison(String measure, boolean less, double bound, Depth depth) {
        boolean holds(Evidence evidence) {
            double value = Named.value(measure, evidence, depth.pass() == 0 ? evidence.passes() : depth.pass());
            return less ? value < bound : value > bound;
        }
    }

    /**
     * Reads a condition.
     *
     * @param passes that the check makes; no depth may lie behind them
     * @throws Problem if it cannot be read, naming the part
     */
    public static Condition parse(String text, int passes) {
        List<List<Comparison>> alternatives = new ArrayList<>();
        for (String alternative : OR.split(text, -1)) {
            List<Comparison> all = new ArrayList<>();
            for (String comparison : AND.split(alternative, -1)) {
                all.add(comparison(comparison, text, passes));
            }
            alternatives.add(List.copyOf(all));
        }
        return new Condition(text.strip(), List.copyOf(alternatives));
    }

    private static Comparison comparison(String part, String whole, int passes) {
        Matcher m = COMPARISON.matcher(part);
        if (!m.matches()) {
            throw Problem.input(
                    "--fail-if \"%s\": %s; expected %s.%nFor example: \"error < 0.05 @ native and error-without-token-1 < 0.05"
                            + " @ native\".",
                    whole, part.isBlank() ? "a comparison is missing" : "cannot read \"" + part.strip() + "\"", SYNTAX);
        }
        if (!MEASURES.contains(m.group(1))) {
            throw Problem.input(
                    "--fail-if \"%s\": \"%s\" is no measure of a check; expected error or another of one number a depth"
                            + " (see \"consensus measures\"), or %s.",
                    whole, m.group(1), String.join(", ", Named.OWN));
        }
        if (m.group(2).contains("=")) {
            throw Problem.input("--fail-if \"%s\": \"%s\": expected < or >.", whole, m.group(2));
        }
        Depth depth = Depth.parse(m.group(4), whole);
        if (depth.pass() > passes) {
            throw Problem.input(
                    "--fail-if \"%s\": %s lies behind the last pass; --passes is %d.", whole, depth.text(), passes);
        }
        return new Comparison(m.group(1), m.group(2).equals("<"), number(m.group(3), whole), depth);
    }

    private static double number(String text, String whole) {
        try {
            double value = Double.parseDouble(text);
            if (Double.isFinite(value) && text.matches("[-+.\\deE]+")) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw Problem.input("--fail-if \"%s\": \"%s\" is no number.", whole, text);
    }

    private static List<String> known() {
        List<String> names = new ArrayList<>(List.of(MeasureNames.ERROR));
        Measures.all(Similarity.COSINE).stream()
                .filter(measure -> measure.isScalar() && !measure.perPass())
                .forEach(measure -> names.add(measure.name()));
        names.addAll(Named.OWN);
        return List.copyOf(names);
    }

    /** The condition as it was written. */
    public String text() {
        return text;
    }

    /** The measures that it names, which runs have to record; the error and what a check makes of it are none. */
    public Set<String> measures() {
        Set<String> names = new LinkedHashSet<>();
        alternatives.forEach(all -> all.forEach(c -> names.add(c.measure())));
        names.removeAll(Named.OWN);
        names.remove(MeasureNames.ERROR);
        return names;
    }

    /** The last pass that it names, from 1, which has to be made. */
    public int passes() {
        return alternatives.stream()
                .flatMap(List::stream)
                .mapToInt(c -> c.depth().pass())
                .max()
                .orElse(1);
    }

    /** Whether it names what only a run without attention tells. */
    public boolean needsAttentionShare() {
        return alternatives.stream().flatMap(List::stream).anyMatch(c -> c.measure()
                .equals(Named.ATTENTION_SHARE));
    }

    /** Whether it holds on one kind of prompts; a quantity that there is none of holds nothing. */
    public boolean holds(Evidence evidence) {
        return alternatives.stream().anyMatch(all -> all.stream().allMatch(c -> c.holds(evidence)));
    }
}
