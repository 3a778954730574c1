package org.consensusprobe.report.stats;

import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/**
 * Several runs side by side: their numbers, and how each differs from the first.
 *
 * <p>Runs that differ in the seed of their drawn weights only are also taken together, in a row of their own: there the
 * draw is the replicate.
 *
 * @param rows one for each run, then one for each set of draws
 * @param contrasts what is held against what; by default each run against the first, each set of draws against the set that holds it
 * @param warnings what to bear in mind when reading them
 */
public record Comparison(List<Row> rows, List<Contrast> contrasts, List<String> warnings) {
    public Comparison {
        rows = List.copyOf(rows);
        contrasts = List.copyOf(contrasts);
        warnings = List.copyOf(warnings);
    }

    /**
     * A run, or several draws of one.
     *
     * @param label what tells it from the others
     * @param runs one, or the draws
     */
    public record Row(String label, List<RunReader> runs, CurveNumbers numbers) {
        public Row {
            runs = List.copyOf(runs);
        }

        public boolean pooled() {
            return runs.size() > 1;
        }

        /** The first run's manifest: the others differ in the seed. */
        public Manifest manifest() {
            return runs.get(0).manifest();
        }
    }

    /** {@code second} less {@code first}, both labels of rows. */
    public record Contrast(String first, String second, List<Difference> differences) {
        public Contrast {
            differences = List.copyOf(differences);
        }
    }

    /**
     * Compares finished runs.
     *
     * @param labels one for each run
     * @throws org.consensusprobe.common.Problem if a run did not finish, or the runs record different things
     */
    public static Comparison of(List<RunReader> runs, List<String> labels) {
        return of(runs, labels, Pairing.withFirst());
    }

    /**
     * The same, with other differences.
     *
     * @param pairing what is held against what
     */
    public static Comparison of(List<RunReader> runs, List<String> labels, Pairing pairing) {
        Draws<RunReader> together = Draws.among(runs);
        List<String> warnings = new ArrayList<>(Comparability.check(runs, labels));
        warnings.addAll(together.apart());
        List<Row> rows = new ArrayList<>();
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            add(labels.get(i), List.of(runs.get(i)), rows, samples);
        }
        for (List<RunReader> draws : together.sets()) {
            String first = labels.get(runs.indexOf(draws.get(0)));
            add(pooledLabel(first, draws), draws, rows, samples);
        }
        List<Pairing.Pair> pairs = pairing.among(rows, runs.size());
        if (pairs.size() > Pairing.MOST_PAIRS) {
            warnings.add("%d of %d pairs are held against each other; --baseline RUN or FIELD=VALUE chooses which"
                    .formatted(Pairing.MOST_PAIRS, pairs.size()));
        }
        List<Contrast> contrasts = pairs.stream()
                .limit(Pairing.MOST_PAIRS)
                .map(pair -> new Contrast(
                        rows.get(pair.against()).label(),
                        rows.get(pair.second()).label(),
                        Difference.between(samples.get(pair.against()), samples.get(pair.second()))))
                .toList();
        return new Comparison(rows, contrasts, warnings);
    }

    private static void add(String label, List<RunReader> draws, List<Row> rows, List<Sample> samples) {
        Sample sample = Sample.of(draws);
        samples.add(sample);
        rows.add(new Row(label, draws, CurveNumbers.of(sample)));
    }

    private static String pooledLabel(String label, List<RunReader> draws) {
        String seed = " (seed " + draws.get(0).manifest().plan().seed() + ")";
        return label.replace(seed, "") + " (" + draws.size() + " draws)";
    }
}
