package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.report.ComparisonFiles;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.report.Section;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.report.stats.Pairing;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;

/** Finished runs side by side: what is written of them, and said. */
record ComparedRuns(List<RunReader> runs, Section section, Comparison comparison) {
    private static final String NAME = "compare";
    static final List<String> FILES =
            List.of(NAME + ".csv", NAME + ".json", NAME + ".png", NAME + ".svg", RunDirectory.REPORT);

    static ComparedRuns of(List<RunReader> runs, Pairing pairing) {
        Section section = Section.of("", "", runs);
        List<String> labels =
                section.entries().stream().map(Section.Entry::label).toList();
        return new ComparedRuns(runs, section, Comparison.of(runs, labels, pairing));
    }

    String json() {
        return ComparisonFiles.json(comparison);
    }

    void write(Path folder) {
        AtomicFiles.writeText(folder.resolve(NAME + ".csv"), ComparisonFiles.csv(comparison));
        AtomicFiles.writeText(folder.resolve(NAME + ".json"), json());
        Figure figure = section.figure();
        figure.writePng(folder.resolve(NAME + ".png"));
        figure.writeSvg(folder.resolve(NAME + ".svg"));
        HtmlReport.write(
                runs.size() + " runs compared", List.of(section.with(comparison)), folder.resolve(RunDirectory.REPORT));
    }

    void print(PrintWriter stdout, Path folder) {
        ComparisonText.print(stdout, section.common(), comparison);
        stdout.println();
        stdout.println("report: " + folder.resolve(RunDirectory.REPORT));
        stdout.println("files:  " + folder.resolve(NAME) + ".csv, .json, .png, .svg");
    }
}
