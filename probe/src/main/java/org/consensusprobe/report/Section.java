package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.results.RunReader;

/**
 * A part of {@code report.html}: curves that share a chart, and their numbers.
 *
 * @param heading plain text; empty for none
 * @param text what the chart shows or says, plain text; empty for none
 * @param common what all curves have in common, for the figure's title
 * @param entries the curves
 * @param comparison differences and warnings shown below; empty for none
 */
public record Section(
        String heading, String text, List<String> common, List<Entry> entries, Optional<Comparison> comparison) {

    /**
     * One curve.
     *
     * @param label its legend entry
     * @param colour curves with the same text here share a colour
     */
    public record Entry(RunReader run, String label, String colour) {}

    public Section {
        common = List.copyOf(common);
        entries = List.copyOf(entries);
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("a section without runs");
        }
    }

    /** Runs labelled by what tells them apart. */
    public static Section of(String heading, String text, List<RunReader> runs) {
        if (runs.size() == 1) {
            RunReader run = runs.get(0);
            return new Section(
                    heading,
                    text,
                    RunTitle.parts(run.manifest()),
                    List.of(new Entry(run, CurveSeries.of(run).label(), "")),
                    Optional.empty());
        }
        Titles titles = RunTitle.compare(runs);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            entries.add(new Entry(
                    runs.get(i), titles.labels().get(i), titles.colours().get(i)));
        }
        return new Section(heading, text, titles.common(), entries, Optional.empty());
    }

    /** The same with differences and warnings. */
    public Section with(Comparison compared) {
        return new Section(heading, text, common, entries, Optional.of(compared));
    }

    /** The chart as a figure for print. */
    public Figure figure() {
        return figure(common);
    }

    Figure figure(List<String> title) {
        List<CurveSeries> curves = SettingCurves.of(entries);
        return curves.size() == 1
                ? Figure.of(title, curves.get(0), entries.get(0).run(), Figure.BOTH)
                : new Figure(title, List.of(new FigureRow("", curves)), Figure.BOTH);
    }
}
