package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.report.stats.Draws;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.RunReader;

/**
 * The curves of a figure by setting: runs that differ in their seed only share a colour and a line of the legend, and have a line
 * over all of them, with the band of all their prompts.
 */
final class SettingCurves {
    private SettingCurves() {}

    static List<CurveSeries> of(List<Section.Entry> entries) {
        Map<RunReader, List<RunReader>> setOf = new HashMap<>();
        Draws.among(entries.stream().map(Section.Entry::run).toList())
                .sets()
                .forEach(set -> set.forEach(run -> setOf.put(run, set)));
        long settings = entries.stream().filter(e -> isFirst(e, setOf)).count();
        List<CurveSeries> curves = new ArrayList<>();
        for (Section.Entry entry : entries) {
            List<RunReader> set = setOf.getOrDefault(entry.run(), List.of());
            CurveSeries own = CurveSeries.of(entry.run());
            boolean bands = own.band() && settings <= FigureRow.MOST_BANDS;
            if (set.isEmpty()) {
                curves.add(own.labelled(entry.label(), entry.colour()).withBand(bands));
                continue;
            }
            Section.Entry first = entries.stream()
                    .filter(e -> e.run() == set.get(0))
                    .findFirst()
                    .orElseThrow();
            String label = withoutSeed(first.label(), first) + " (" + set.size() + " draws)";
            String colour = withoutSeed(first.colour(), first) + " (" + set.size() + " draws)";
            curves.add(own.labelled(label, colour).withBand(false));
            if (isFirst(entry, setOf)) {
                curves.add(pooled(set).labelled(label, colour).withBand(bands));
            }
        }
        return curves;
    }

    private static boolean isFirst(Section.Entry entry, Map<RunReader, List<RunReader>> setOf) {
        List<RunReader> set = setOf.get(entry.run());
        return set == null || set.get(0) == entry.run();
    }

    /** The mean over the prompts of all draws, which have as many each. */
    private static CurveSeries pooled(List<RunReader> set) {
        double[][] all = set.stream().flatMap(run -> Arrays.stream(run.error())).toArray(double[][]::new);
        RunReader first = set.get(0);
        return CurveSeries.of(first.manifest(), Curve.of(all, first.route()));
    }

    private static String withoutSeed(String text, Section.Entry of) {
        return text.replace(" (seed " + of.run().manifest().plan().seed() + ")", "");
    }
}
