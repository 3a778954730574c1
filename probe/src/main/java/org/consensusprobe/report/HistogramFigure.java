package org.consensusprobe.report;

import java.awt.Color;
import java.awt.geom.Path2D;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Csv;
import org.consensusprobe.common.Problem;
import org.consensusprobe.report.chart.Axis;
import org.consensusprobe.report.chart.Canvas;
import org.consensusprobe.report.chart.Frame;
import org.consensusprobe.report.chart.Legend;
import org.consensusprobe.report.chart.Palette;
import org.consensusprobe.report.chart.Panel;
import org.consensusprobe.report.chart.Sheet;
import org.consensusprobe.results.RunReader;

/**
 * A figure of pairwise cosines: a row of histograms for each run, one for each depth at which its states were kept.
 *
 * <p>All panels share the cosines' axis, and those of a row the shares' as well.
 */
public final class HistogramFigure extends Sheet {
    private static final int PANEL_WIDTH = 218;
    private static final int PANEL_HEIGHT = 178;
    private static final Color EXAMPLE = new Color(0x777777);

    private final List<Run> runs;

    /** The histograms of a run, by depth. */
    record Run(String heading, List<CosinesOfStates> histograms) {
        Row row(int colour) {
            double highest = histograms.stream()
                    .flatMapToDouble(h -> Arrays.stream(h.shares()))
                    .max()
                    .orElse(1);
            return new Row(
                    heading,
                    histograms.stream()
                            .map(h -> h.depth() == 0 ? "embedding" : "depth " + h.depth())
                            .toList(),
                    histograms.stream()
                            .map(h -> new Histogram(h, Palette.colour(colour), 100 * highest))
                            .toList());
        }
    }

    private record Histogram(CosinesOfStates cosines, Color colour, double highest) implements Panel {
        @Override
        public void paint(Canvas canvas, double width, double height) {
            Axis x = Axis.linear(DoubleStream.of(-1, 1), 4, true);
            Axis y = Axis.linear(DoubleStream.of(0, highest), 4, false);
            Frame frame = Frame.paint(canvas, width, height, x, "", y, "", false);
            if (Double.isNaN(cosines.mean())) {
                frame.outline(canvas);
                return; // prompts of one token have no pairs
            }
            Path2D stairs = new Path2D.Double(); // bars of their own would show seams
            stairs.moveTo(frame.left(), frame.bottom());
            for (int bin = 0; bin < CosinesOfStates.BINS; bin++) {
                double top = frame.y(100 * cosines.shares()[bin]);
                stairs.lineTo(frame.x(CosinesOfStates.edge(bin)), top);
                stairs.lineTo(frame.x(CosinesOfStates.edge(bin + 1)), top);
            }
            stairs.lineTo(frame.right(), frame.bottom());
            canvas.fill(stairs, colour);
            frame.outline(canvas);
            double mean = frame.x(cosines.mean());
            canvas.line(mean, frame.top(), mean, frame.bottom(), Palette.FLOOR, Palette.FLOOR_LINE);
        }
    }

    /**
     * Reads the states of runs and counts.
     *
     * @param title joined by dots
     * @param headings one for each run
     * @throws Problem if a run kept no states at depths
     */
    public HistogramFigure(List<String> title, List<RunReader> runs, List<String> headings) {
        this(
                title,
                IntStream.range(0, runs.size())
                        .mapToObj(i -> new Run(headings.get(i), histograms(runs.get(i))))
                        .toList());
    }

    HistogramFigure(List<String> title, List<Run> runs) {
        super(
                title,
                IntStream.range(0, runs.size())
                        .mapToObj(i -> runs.get(i).row(i))
                        .toList(),
                PANEL_WIDTH,
                PANEL_HEIGHT,
                List.of(
                        new Legend.Entry(
                                "% of all pairs of tokens of the same prompt, by their cosine",
                                (canvas, half) -> canvas.box(-half, -5, 2 * half, 10, EXAMPLE)),
                        new Legend.Entry(
                                "mean cosine",
                                (canvas, half) -> canvas.line(0, -8, 0, 8, Palette.FLOOR, Palette.FLOOR_LINE))));
        this.runs = runs;
    }

    private static List<CosinesOfStates> histograms(RunReader run) {
        if (run.hiddenDepths().isEmpty()) {
            throw Problem.input("%s: no states were kept at depths; runs with save_hidden_at have them.", run.path());
        }
        return run.hiddenDepths().stream()
                .map(depth -> CosinesOfStates.of(depth, run.hiddenAt(depth)))
                .toList();
    }

    /** Writes the numbers as a table: run,depth,low,high,share. */
    public void writeCsv(Path file) {
        StringBuilder csv = new StringBuilder("run,depth,low,high,share\n");
        for (Run run : runs) {
            for (CosinesOfStates histogram : run.histograms) {
                for (int bin = 0; bin < CosinesOfStates.BINS; bin++) {
                    csv.append(Csv.line(
                            run.heading,
                            histogram.depth(),
                            edge(bin),
                            edge(bin + 1),
                            histogram.shares()[bin]));
                }
            }
        }
        AtomicFiles.writeText(file, csv.toString());
    }

    private static String edge(int bin) {
        return String.format(Locale.ROOT, "%.2f", CosinesOfStates.edge(bin));
    }
}
