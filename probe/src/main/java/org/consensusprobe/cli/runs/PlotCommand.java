package org.consensusprobe.cli.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.report.CurveSeries;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.Figure.Scale;
import org.consensusprobe.report.FigureRow;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.report.RunTitle;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus plot}: figures again from finished runs, without running anything. */
@Command(
        name = "plot",
        description = "Draws the figure of a finished run again, or several runs in one figure.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  consensus plot results/gpt2-xl-random-20261123-142500",
            "  consensus plot RUN1 RUN2 --out figures/",
            "  consensus plot RUN --log --out decay.svg"
        })
public final class PlotCommand extends ConsoleCommand {
    private static final String OVERLAY_NAME = "consensus-plot";
    private static final String PNG = ".png";
    private static final String SVG = ".svg";

    @Parameters(
            arity = "1..*",
            paramLabel = "RUN",
            description =
                    "Run directories. One alone is drawn in place: its figure.png, figure.svg and report.html are replaced.")
    private List<Path> runs;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = {
                "Where to draw: a .png or .svg file, or a folder for both.",
                "Default for several runs: " + OVERLAY_NAME + ".png and .svg in the working directory."
            })
    private String out;

    @Option(names = "--log", description = "Only the logarithmic panel.")
    private boolean log;

    @Option(names = "--linear", description = "Only the linear panel.")
    private boolean linear;

    @Option(names = "--force", description = "Replace files that exist at --out.")
    private boolean force;

    @Override
    public Integer call() {
        List<RunReader> opened = runs.stream().map(RunReader::open).toList();
        Figure figure = opened.size() == 1 ? Figure.of(opened.get(0), scales()) : overlay(opened);
        for (Path file : files()) {
            if (file.toString().toLowerCase(Locale.ROOT).endsWith(PNG)) {
                figure.writePng(file);
            } else {
                figure.writeSvg(file);
            }
            spec.commandLine().getOut().println(file);
        }
        if (inPlace()) {
            Path report = runs.get(0).resolve(RunDirectory.REPORT);
            HtmlReport.write(opened.get(0), report);
            spec.commandLine().getOut().println(report);
        }
        return 0;
    }

    private List<Scale> scales() {
        if (log == linear) {
            return Figure.BOTH;
        }
        return List.of(log ? Scale.LOG : Scale.LINEAR);
    }

    private Figure overlay(List<RunReader> opened) {
        Titles titles = RunTitle.compare(opened);
        List<CurveSeries> curves = new ArrayList<>();
        for (int i = 0; i < opened.size(); i++) {
            CurveSeries curve = CurveSeries.of(opened.get(i));
            curves.add(curve.labelled(titles.labels().get(i), titles.colours().get(i))
                    .withBand(curve.band() && opened.size() <= FigureRow.MOST_BANDS));
        }
        return new Figure(titles.common(), List.of(new FigureRow("", curves)), scales());
    }

    private boolean inPlace() {
        return out == null && runs.size() == 1;
    }

    private List<Path> files() {
        if (inPlace()) {
            Path run = runs.get(0);
            return List.of(run.resolve(RunDirectory.FIGURE_PNG), run.resolve(RunDirectory.FIGURE_SVG));
        }
        List<Path> files = out == null ? pair(Path.of("")) : filesAt(out);
        for (Path file : files) {
            if (Files.isDirectory(file)) {
                throw Problem.input("%s: expected a place for a figure, found a directory.", file);
            }
            if (Files.exists(file) && !force) {
                throw Problem.input("%s exists. Choose another place with --out, or replace it with --force.", file);
            }
        }
        return files;
    }

    private static List<Path> filesAt(String out) {
        Path place = Path.of(out);
        String name = folderName(place).toLowerCase(Locale.ROOT);
        boolean figure = name.endsWith(PNG) || name.endsWith(SVG);
        if (!figure && !Files.isDirectory(place) && name.matches(".+\\.[a-z]{2,4}")) {
            throw Problem.input("--out %s: expected a .png or .svg file, or a folder for both.", out);
        }
        boolean folder = !figure || Files.isDirectory(place);
        Path parent = folder ? place : place.toAbsolutePath().getParent();
        try {
            Files.createDirectories(parent);
        } catch (IOException e) {
            throw Problem.input(e, "--out %s: the folder %s cannot be created.", out, parent);
        }
        return folder ? pair(place) : List.of(place);
    }

    private static List<Path> pair(Path folder) {
        return List.of(folder.resolve(OVERLAY_NAME + PNG), folder.resolve(OVERLAY_NAME + SVG));
    }

    private static String folderName(Path path) {
        Path name = path.toAbsolutePath().normalize().getFileName();
        return name == null ? path.toString() : name.toString();
    }
}
