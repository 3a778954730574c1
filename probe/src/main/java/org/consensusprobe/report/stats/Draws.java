package org.consensusprobe.report.stats;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/**
 * Runs that have everything in common but the draw.
 *
 * @param sets of two or more, which go the same way through the layers: there the draw is the replicate
 * @param apart why others are not taken together, a line each: draws that settled after different numbers of passes have no depth
 *     in common that would be the end of all of them
 */
public record Draws(List<List<RunReader>> sets, List<String> apart) {
    public Draws {
        sets = List.copyOf(sets);
        apart = List.copyOf(apart);
    }

    /** Finds them among some runs; a draw that is there twice counts once. */
    public static Draws among(List<RunReader> runs) {
        Map<List<Object>, List<RunReader>> all = new LinkedHashMap<>();
        for (RunReader run : runs) {
            Manifest manifest = run.manifest();
            if (!manifest.plan().isDrawn()) {
                continue;
            }
            List<RunReader> set = all.computeIfAbsent(manifest.butForTheDraw(), k -> new ArrayList<>());
            long seed = manifest.plan().seed();
            if (set.stream().noneMatch(r -> r.manifest().plan().seed() == seed)) {
                set.add(run);
            }
        }
        List<List<RunReader>> sets = new ArrayList<>();
        List<String> apart = new ArrayList<>();
        for (List<RunReader> set : all.values()) {
            if (set.stream().map(RunReader::route).distinct().count() > 1) {
                apart.add(words(set));
            } else if (set.size() > 1) {
                sets.add(set);
            }
        }
        return new Draws(sets, apart);
    }

    private static String words(List<RunReader> set) {
        Manifest first = set.get(0).manifest();
        WeightMode mode = first.plan().weights().mode();
        return String.format(
                Locale.ROOT,
                "%d draws of %s, %s, are not taken together: they ended after %s passes (--until), and no depth is the end of all.",
                set.size(),
                first.model().name(),
                mode == WeightMode.TRAINED ? "drawn states" : mode.optionName() + " weights",
                set.stream().map(run -> Integer.toString(run.route().passes())).collect(Collectors.joining(", ")));
    }
}
