package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.sweep.RunSpec;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.Section;
import org.consensusprobe.report.SweepTables;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.results.RunReader;

/** What a sweep leaves in its folder and says at its end. */
final class SweepOutput {
    private SweepOutput() {}

    /** Runs that can be read: made now or before. */
    static List<Outcome> finished(List<Outcome> outcomes) {
        return outcomes.stream().filter(o -> o.end() != Sweep.End.FAILED).toList();
    }

    /** Writes both tables of the finished runs. */
    static void writeTables(PrintWriter out, List<Outcome> outcomes, Path folder) {
        SweepTables tables = new SweepTables();
        finished(outcomes).stream().distinct().forEach(o -> tables.add(RunReader.open(o.directory())));
        tables.write(folder);
        out.println("curves:  " + folder.resolve("curves.csv"));
        out.println("rates:   " + folder.resolve("summary.csv"));
        out.flush();
    }

    /** One chart of a report: finished runs, their numbers and differences. */
    static Section section(String heading, String text, List<Outcome> finished) {
        return compared(Section.of(
                heading,
                text,
                finished.stream().map(o -> RunReader.open(o.directory())).toList()));
    }

    private static Section compared(Section section) {
        List<Section.Entry> entries = section.entries();
        return entries.size() == 1
                ? section
                : section.with(Comparison.of(
                        entries.stream().map(Section.Entry::run).toList(),
                        entries.stream().map(Section.Entry::label).toList()));
    }

    /** All finished runs, in as many charts as it takes to tell their colours apart. */
    static List<Section> sections(String text, List<Outcome> finished) {
        Section all = Section.of(
                "",
                text,
                finished.stream().map(o -> RunReader.open(o.directory())).toList());
        if (all.entries().stream().map(Section.Entry::colour).distinct().count() <= Figure.MOST_COLOURS) {
            return List.of(compared(all));
        }
        List<Section> sections = new ArrayList<>();
        int shown = 0;
        for (List<Outcome> chart : charts(finished)) {
            String heading = "Runs %d to %d of %d".formatted(shown + 1, shown + chart.size(), finished.size());
            sections.add(section(heading, shown == 0 ? text : "", chart));
            shown += chart.size();
        }
        return sections;
    }

    /** Runs that differ in their seed alone stay together where one chart can hold them: they are also taken together. */
    private static List<List<Outcome>> charts(List<Outcome> finished) {
        Map<RunSpec, List<Outcome>> draws = finished.stream()
                .collect(Collectors.groupingBy(o -> o.spec().withSeed(0), LinkedHashMap::new, Collectors.toList()));
        List<List<Outcome>> charts = new ArrayList<>(List.of(new ArrayList<>()));
        for (List<Outcome> set : draws.values()) {
            int room = Figure.MOST_COLOURS - charts.get(charts.size() - 1).size();
            if (set.size() > room && set.size() <= Figure.MOST_COLOURS) {
                charts.add(new ArrayList<>());
            }
            for (Outcome outcome : set) {
                if (charts.get(charts.size() - 1).size() == Figure.MOST_COLOURS) {
                    charts.add(new ArrayList<>());
                }
                charts.get(charts.size() - 1).add(outcome);
            }
        }
        return charts;
    }

    /** Lists the runs that failed; the exit code of the whole. */
    static int end(PrintWriter err, List<Outcome> outcomes) {
        List<Outcome> failed =
                outcomes.stream().filter(o -> o.end() == Sweep.End.FAILED).toList();
        if (failed.isEmpty()) {
            return 0;
        }
        err.printf("consensus: %d of %d runs failed:%n", failed.size(), outcomes.size());
        failed.forEach(o -> err.printf("  %s: %s%n", o.spec().describe(), o.reason()));
        err.flush();
        return Problem.FAILED;
    }
}
