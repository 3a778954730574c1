package org.consensusprobe.report.stats;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/**
 * Finds runs that have everything in common but the draw.
 *
 * @param <R> what stands for a run: of thousands, manifests need not be kept
 */
public final class Draws<R> {
    private final Map<List<Object>, Kin<R>> all = new LinkedHashMap<>();

    private record Kin<R>(String words, List<R> runs, Set<Long> seeds, List<Route> routes) {
        boolean goOneWay() {
            return routes.stream().distinct().count() == 1;
        }
    }

    /** Among some runs. */
    public static Draws<RunReader> among(List<RunReader> runs) {
        Draws<RunReader> draws = new Draws<>();
        runs.forEach(run -> draws.add(run, run));
        return draws;
    }

    /**
     * Enters a run, if it is a draw; one that is there twice counts once.
     *
     * @param standsForIt what is kept of it
     */
    public void add(RunReader run, R standsForIt) {
        Manifest manifest = run.manifest();
        if (!manifest.plan().isDrawn()) {
            return;
        }
        Kin<R> kin = all.computeIfAbsent(
                manifest.butForTheDraw(),
                k -> new Kin<>(words(manifest), new ArrayList<>(), new HashSet<>(), new ArrayList<>()));
        if (kin.seeds().add(manifest.plan().seed())) {
            kin.runs().add(standsForIt);
            kin.routes().add(run.route());
        }
    }

    /** Sets of two or more, which go the same way through the layers: there the draw is the replicate. */
    public List<List<R>> sets() {
        return all.values().stream()
                .filter(Kin::goOneWay)
                .map(Kin::runs)
                .filter(set -> set.size() > 1)
                .toList();
    }

    /**
     * Why others are not taken together, a line each: draws that settled after different numbers of passes have no depth in
     * common that would be the end of all of them.
     */
    public List<String> apart() {
        return all.values().stream()
                .filter(kin -> !kin.goOneWay())
                .map(kin -> String.format(
                        Locale.ROOT,
                        "%d draws of %s are not taken together: they ended after %s passes (--until), and no depth is the end of"
                                + " all.",
                        kin.runs().size(),
                        kin.words(),
                        kin.routes().stream()
                                .map(route -> Integer.toString(route.passes()))
                                .collect(Collectors.joining(", "))))
                .toList();
    }

    private static String words(Manifest run) {
        WeightMode mode = run.plan().weights().mode();
        return run.model().name() + ", "
                + (mode == WeightMode.TRAINED ? "drawn states" : mode.optionName() + " weights") + ",";
    }
}
