package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.results.RunReader;

/** The charts of a report of many runs. */
public final class SweepReport {
    private SweepReport() {}

    /** One chart: runs, their numbers and differences. */
    public static Section section(String heading, String text, List<RunReader> runs) {
        Section section = Section.of(heading, text, runs);
        return runs.size() == 1
                ? section
                : section.with(Comparison.of(
                        runs,
                        section.entries().stream().map(Section.Entry::label).toList()));
    }

    /** All runs, in as many charts as it takes to tell their colours apart. */
    public static List<Section> sections(String text, List<RunReader> runs) {
        Section all = Section.of("", text, runs);
        if (all.entries().stream().map(Section.Entry::colour).distinct().count() <= Figure.MOST_COLOURS) {
            return List.of(section("", text, runs));
        }
        List<Section> sections = new ArrayList<>();
        int shown = 0;
        for (List<RunReader> chart : charts(runs)) {
            String heading = "Runs %d to %d of %d".formatted(shown + 1, shown + chart.size(), runs.size());
            sections.add(section(heading, shown == 0 ? text : "", chart));
            shown += chart.size();
        }
        return sections;
    }

    /** Draws of one run stay together where one chart can hold them: they are also taken together. */
    private static List<List<RunReader>> charts(List<RunReader> runs) {
        var draws = runs.stream()
                .collect(Collectors.groupingBy(
                        run -> run.manifest().butForTheDraw(), LinkedHashMap::new, Collectors.toList()));
        List<List<RunReader>> charts = new ArrayList<>(List.of(new ArrayList<>()));
        for (List<RunReader> set : draws.values()) {
            int room = Figure.MOST_COLOURS - charts.get(charts.size() - 1).size();
            if (set.size() > room && set.size() <= Figure.MOST_COLOURS) {
                charts.add(new ArrayList<>());
            }
            for (RunReader run : set) {
                if (charts.get(charts.size() - 1).size() == Figure.MOST_COLOURS) {
                    charts.add(new ArrayList<>());
                }
                charts.get(charts.size() - 1).add(run);
            }
        }
        return charts;
    }
}
