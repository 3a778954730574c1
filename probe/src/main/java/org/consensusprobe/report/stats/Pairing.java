package org.consensusprobe.report.stats;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Field.Role;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/** Which rows of a comparison are held against which. */
public final class Pairing {
    /** More are no table that anyone reads. */
    static final int MOST_PAIRS = 60;

    private final Predicate<RunReader> isBaseline;
    private final Field<?> field;
    private final boolean oneField;

    private Pairing(Predicate<RunReader> isBaseline, Field<?> field, boolean oneField) {
        this.isBaseline = isBaseline;
        this.field = field;
        this.oneField = oneField;
    }

    /** Every run against the first. */
    public static Pairing withFirst() {
        return new Pairing(run -> false, null, false);
    }

    /** Every run against the first, and whatever differs in one field only against its counterpart. */
    public static Pairing found() {
        return new Pairing(run -> false, null, true);
    }

    /**
     * What {@code --baseline} says.
     *
     * @param text one of the runs, by path or folder name; or FIELD=VALUE: each run is held against the one that has that value and is
     *     the same in all else
     * @throws Problem if it is neither
     */
    public static Pairing of(String text, List<RunReader> runs) {
        Predicate<RunReader> named = run -> run.name().equals(text) || isAt(run, text);
        if (runs.stream().anyMatch(named)) {
            return new Pairing(named, null, false);
        }
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw Problem.input(
                    "--baseline %s: expected one of the runs, or FIELD=VALUE such as weights=random.",
                    Shown.text(text));
        }
        String name = text.substring(0, equals).strip().replace('-', '_');
        Field<?> field = Fields.OF_A_RUN.stream()
                .filter(f -> f.name().equals(name) || f.column().equals(name))
                .findFirst()
                .orElseThrow(() -> Problem.input(
                        "--baseline %s: \"%s\" is no field of a run; expected %s.",
                        Shown.text(text),
                        Shown.text(name),
                        told().stream().map(Field::name).collect(Collectors.joining(", "))));
        return new Pairing(has(field, text.substring(equals + 1).strip()), field, false);
    }

    private static boolean isAt(RunReader run, String text) {
        try {
            return run.path()
                    .toAbsolutePath()
                    .normalize()
                    .equals(Path.of(text).toAbsolutePath().normalize());
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static <T> Predicate<RunReader> has(Field<T> field, String value) {
        T wanted = field.parse(value);
        return run -> field.of(plan(run.manifest())).equals(wanted);
    }

    /** Two rows, by their places: what is held, and what it is held against. */
    record Pair(int against, int second) {}

    /**
     * The pairs among rows.
     *
     * @throws Problem if a baseline has no counterpart
     */
    List<Pair> among(List<Comparison.Row> rows, int runs) {
        List<Pair> pairs = new ArrayList<>();
        if (field == null) {
            pairs.addAll(withReference(rows, runs));
        }
        Set<Pair> known = Set.copyOf(pairs);
        for (int second = 0; second < rows.size() && (oneField || field != null); second++) {
            for (int against = 0; against < rows.size(); against++) {
                Pair pair = new Pair(against, second);
                boolean wanted = field == null
                        ? against < second
                        : isBaseline.test(rows.get(against).runs().get(0));
                if (wanted && differInOne(rows.get(against), rows.get(second)) && !known.contains(pair)) {
                    pairs.add(pair);
                }
            }
        }
        if (pairs.isEmpty() && field != null) {
            throw Problem.input(
                    "--baseline: no two of these runs differ in %s alone, one of them having that value.",
                    field.name());
        }
        return pairs;
    }

    /** Each run against one; each set of draws against the set that holds that one, if one does. */
    private List<Pair> withReference(List<Comparison.Row> rows, int runs) {
        int reference = 0;
        for (int row = 0; row < runs; row++) {
            reference = isBaseline.test(rows.get(row).runs().get(0)) ? row : reference;
        }
        RunReader first = rows.get(reference).runs().get(0);
        int pooled = reference;
        for (int row = runs; row < rows.size(); row++) {
            pooled = rows.get(row).runs().contains(first) ? row : pooled;
        }
        List<Pair> pairs = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            int against = rows.get(row).pooled() ? pooled : reference;
            if (row != against) {
                pairs.add(new Pair(against, row));
            }
        }
        return pairs;
    }

    private boolean differInOne(Comparison.Row a, Comparison.Row b) {
        if (a.pooled() != b.pooled()) {
            return false;
        }
        RunPlan one = plan(a.manifest());
        RunPlan other = plan(b.manifest());
        boolean sameDraw = a.pooled()
                || !one.isDrawn()
                || !other.isDrawn()
                || Fields.SEED.of(one).equals(Fields.SEED.of(other));
        List<Field<?>> apart =
                told().stream().filter(f -> !f.of(one).equals(f.of(other))).toList();
        return sameDraw && apart.size() == 1 && (field == null || apart.get(0) == field);
    }

    /** The fields that decide over a run's numbers, its draw apart. */
    private static List<Field<?>> told() {
        return Fields.OF_A_RUN.stream()
                .filter(f -> f.role() == Role.IDENTITY || f.role() == Role.SOURCE)
                .toList();
    }

    private static RunPlan plan(Manifest manifest) {
        return manifest.plan().with(Fields.MODEL, manifest.model().name());
    }
}
