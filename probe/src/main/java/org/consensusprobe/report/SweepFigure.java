package org.consensusprobe.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.results.RunReader;

/** Draws the runs of a sweep: a row of panels for each combination of some fields, the rest in the legend. */
public final class SweepFigure {
    /** In place of a measure: the error against depth. */
    public static final String ERROR = "error";
    /** In place of a measure: histograms of pairwise cosines, one for each depth at which states were kept. */
    public static final String HISTOGRAMS = "cosine-histograms";

    private SweepFigure() {}

    /**
     * Draws finished runs.
     *
     * @param rows fields of a run: one row of panels for each combination of their values
     * @param show {@value #ERROR}, {@value #HISTOGRAMS} or a measure that all runs recorded
     * @param name the figure's, without its ending
     * @return the PNG
     */
    public static Path draw(
            String title, List<Field<?>> rows, String show, List<RunReader> runs, Path folder, String name) {
        Path png = folder.resolve(name + ".png");
        Path svg = folder.resolve(name + ".svg");
        Titles titles = RunTitle.compare(runs, rows);
        List<String> parts = new ArrayList<>(List.of(title));
        parts.addAll(titles.common());
        if (show.equals(HISTOGRAMS)) {
            Titles all = RunTitle.compare(runs);
            HistogramFigure figure = new HistogramFigure(parts, runs, all.labels());
            figure.writePng(png);
            figure.writeSvg(svg);
            figure.writeCsv(folder.resolve(name + ".csv"));
            return png;
        }
        Map<String, List<CurveSeries>> curvesByRow = new LinkedHashMap<>();
        for (int i = 0; i < runs.size(); i++) {
            RunReader run = runs.get(i);
            CurveSeries curve = show.equals(ERROR) ? CurveSeries.of(run) : CurveSeries.of(run, show);
            String label = titles.labels().get(i);
            curvesByRow
                    .computeIfAbsent(RunTitle.heading(run, rows), heading -> new ArrayList<>())
                    .add(
                            label.isEmpty()
                                    ? curve
                                    : curve.labelled(label, titles.colours().get(i)));
        }
        List<FigureRow> figureRows = new ArrayList<>();
        curvesByRow.forEach((heading, curves) -> figureRows.add(new FigureRow(
                heading,
                curves.stream().map(c -> c.withBand(curves.size() <= 2)).toList(),
                show.equals(ERROR) ? "" : show)));
        Figure figure = new Figure(parts, figureRows, Figure.BOTH);
        figure.writePng(png);
        figure.writeSvg(svg);
        return png;
    }
}
