package org.consensusprobe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.report.chart.Sheet;
import org.consensusprobe.results.charts.BarChart;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.results.charts.SphereChart;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of figure as SVG in a browser: the same picture as its PNG, and its text is text. */
@Tag("slow")
class SvgInChromiumTest {
    private static final double SIMILAR = 0.98;
    /** Of a tile: what covers one of several panels leaves the mean of a whole figure high. */
    private static final double TILE_SIMILAR = 0.85;

    private static final int WINDOW = 8;
    private static final int TILE = 64;
    private static final double[] DEPTHS =
            IntStream.rangeClosed(0, 48).asDoubleStream().toArray();

    @TempDir
    static Path folder;

    private static Chromium chromium;

    @BeforeAll
    static void openBrowser() throws Exception {
        Optional<Path> installed = Chromium.installed();
        if (installed.isEmpty()) {
            System.out.println("SvgInChromiumTest is skipped: no Chromium or Chrome on the PATH (or in CHROME).");
        }
        assumeTrue(installed.isPresent(), "no Chromium or Chrome on the PATH (or in CHROME)");
        chromium = Chromium.start(installed.get());
    }

    @AfterAll
    static void closeBrowser() {
        if (chromium != null) {
            chromium.close();
        }
    }

    /** One figure of each kind, with every chart and style there is. */
    private static Map<String, Sheet> figures() {
        Map<String, Sheet> figures = new LinkedHashMap<>();
        figures.put(
                "curves",
                new Figure(
                        List.of("a <b> & c", "float32"),
                        List.of(
                                new FigureRow("banded", List.of(curve(0, TestPasses.of(12, 48), true))),
                                new FigureRow("looped", List.of(curve(1, looped(), false), curve(9, looped(), false)))),
                        Figure.BOTH));
        figures.put(
                "unlike passes",
                new Figure(
                        List.of("two models"),
                        List.of(new FigureRow(
                                "",
                                List.of(
                                        curve(0, TestPasses.of(12, 48), false),
                                        curve(1, TestPasses.of(16, 48), false)))),
                        List.of(Figure.Scale.LINEAR)));
        figures.put(
                "histograms",
                new HistogramFigure(
                        List.of("cosines"),
                        List.of(
                                new HistogramFigure.Run(
                                        "first", List.of(cosines(0, -0.2), cosines(12, 0.4), cosines(24, 0.9))),
                                new HistogramFigure.Run("second", List.of(cosines(0, 0.1), cosines(12, Double.NaN))))));
        List<String> tokens = List.of("In", "the", "<b>", "beginning", "God");
        double[][][] points = IntStream.range(0, 6)
                .mapToObj(d -> IntStream.range(0, tokens.size())
                        .mapToObj(i -> new double[] {
                            d == 2 && i == 1 ? Double.NaN : Math.cos(i + d / 3.0) / (1 + d), Math.sin(i) / (1 + d)
                        })
                        .toArray(double[][]::new))
                .toArray(double[][][]::new);
        figures.put(
                "plane",
                new PlaneFigure(
                        new TokenPlane(new int[] {0, 4, 8, 12, 16, 20}, points, new double[] {0.6, 0.2}),
                        List.of("embedding", "layer 3 of pass 1", "c", "d", "e", "f"),
                        tokens));
        List<TokenMerges.Event> met =
                List.of(new TokenMerges.Event(0, 2, 4, 9.5), new TokenMerges.Event(1, 2, 8, 14.0));
        figures.put(
                "trees",
                new MergeFigure(
                        List.of(
                                new TokenMerges(15, met, List.of(0, 2, 1, 3, 4), List.of()),
                                new TokenMerges(60, met.subList(0, 1), List.of(0, 2, 1, 3, 4), List.of())),
                        tokens,
                        0,
                        20));
        figures.put("charts", new ChartSheet("x → y", charts(), 3));
        String wide =
                "a/checkpoint/whose/path/is/long/step-143000.gguf and what was done to it, in words that take a line each";
        figures.put(
                "long texts",
                new Figure(
                        List.of("float32", wide, wide + " a second time"),
                        List.of(new FigureRow(wide, List.of(curve(0, TestPasses.of(12, 48), true)))),
                        List.of(Figure.Scale.LINEAR)));
        return figures;
    }

    @Test
    void noKindOfFigureIsMissing() {
        assertThat(new ClassFileImporter()
                        .importPackages("org.consensusprobe").get(Sheet.class).getAllSubclasses().stream()
                                .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrderElementsOf(figures().values().stream()
                        .map(sheet -> sheet.getClass().getSimpleName())
                        .distinct()
                        .toList());
        assertThat(charts().stream().map(Object::getClass).distinct())
                .containsExactlyInAnyOrder(Chart.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @ValueSource(strings = {"curves", "unlike passes", "histograms", "plane", "trees", "charts", "long texts"})
    void looksLikeItsPng(String kind) throws Exception {
        Sheet figure = figures().get(kind);
        BufferedImage png = ImageIO.read(new ByteArrayInputStream(figure.png()));
        Path svg = folder.resolve("figure.svg");
        figure.writeSvg(svg);
        BufferedImage shown = chromium.picture(svg, png.getWidth(), png.getHeight());

        double[] similar = similarity(png, shown);
        System.out.printf("%s: similarity %.4f, of the least similar tile %.4f%n", kind, similar[0], similar[1]);
        if (System.getProperty("svg.keep") != null) {
            ImageIO.write(
                    png,
                    "png",
                    Path.of(System.getProperty("svg.keep"), kind + "-png.png").toFile());
            ImageIO.write(
                    shown,
                    "png",
                    Path.of(System.getProperty("svg.keep"), kind + "-svg.png").toFile());
        }
        assertThat(similar[0]).isGreaterThan(SIMILAR);
        assertThat(similar[1]).isGreaterThan(TILE_SIMILAR);
    }

    @Test
    void aTextThatIsNotDrawnIsNoticed() throws Exception {
        Sheet figure = figures().get("charts");
        Path svg = folder.resolve("figure.svg");
        Files.writeString(svg, figure.svg().replaceFirst("<text[^>]*>sum</text>", ""));
        BufferedImage png = ImageIO.read(new ByteArrayInputStream(figure.png()));
        assertThat(similarity(png, chromium.picture(svg, png.getWidth(), png.getHeight()))[1])
                .isLessThan(TILE_SIMILAR);
    }

    @Test
    void itsTextCanBeSelected() throws Exception {
        figures().get("curves").writeSvg(folder.resolve("figure.svg"));
        chromium.open(folder.resolve("figure.svg"));
        assertThat(selected())
                .contains("a <b> & c · float32", "banded", "depth (blocks)", "10⁻²", "36", "blocks that run once");

        new PlainReport().figure(figures().get("charts"), "all of them").write("", "t", "", "", report());
        chromium.console.clear();
        chromium.open(report());
        assertThat(selected()).contains("x → y", "Lines", "sum", "10⁻⁴", "north", "of one token");
        assertThat(chromium.console).isEmpty();
    }

    private static String selected() throws Exception {
        return chromium.value("(() => { getSelection().selectAllChildren(document.documentElement);"
                + " return getSelection().toString(); })()");
    }

    private static Path report() {
        return folder.resolve("report.html");
    }

    private static Passes looped() {
        return new Passes(
                IntStream.rangeClosed(1, 9).map(i -> 6 + 4 * i).toArray(),
                List.of(new Passes.Span(0, 6), new Passes.Span(42, 48)));
    }

    private static CurveSeries curve(int number, Passes passes, boolean band) {
        double[] mean = Arrays.stream(DEPTHS)
                .map(d -> Math.exp(-d / (3 + number)) + 3e-7)
                .toArray();
        return new CurveSeries(
                "curve " + number,
                "c" + number,
                number % 2 == 0,
                passes,
                mean,
                Arrays.stream(mean).map(v -> 0.6 * v).toArray(),
                Arrays.stream(mean).map(v -> 1.5 * v).toArray(),
                band,
                2e-7,
                "float32");
    }

    private static CosinesOfStates cosines(int depth, double mean) {
        double[] shares = IntStream.range(0, CosinesOfStates.BINS)
                .mapToDouble(bin -> Math.exp(-20 * Math.pow(CosinesOfStates.edge(bin) - mean, 2)))
                .toArray();
        double sum = DoubleStream.of(shares).sum();
        return new CosinesOfStates(
                depth, Arrays.stream(shares).map(s -> s / sum).toArray(), mean);
    }

    private static List<Chart> charts() {
        double[] sine = Arrays.stream(DEPTHS).map(d -> Math.sin(d / 6)).toArray();
        double[] steep = Arrays.stream(DEPTHS).map(d -> Math.exp(-d / 5)).toArray();
        double[][] sphere = Arrays.stream(DEPTHS)
                .mapToObj(d -> new double[] {
                    Math.cos(d / 20), Math.sin(d / 20) * Math.cos(d / 9), Math.sin(d / 20) * Math.sin(d / 9)
                })
                .toArray(double[][]::new);
        double[][] field = IntStream.range(0, 4)
                .mapToObj(r -> IntStream.range(0, 5)
                        .mapToDouble(c -> r == 1 && c == 2 ? Double.NaN : Math.cos(r + 2 * c))
                        .toArray())
                .toArray(double[][]::new);
        return List.of(
                LineChart.linear(
                        "Lines",
                        "time",
                        "value",
                        List.of(
                                Line.solid("solid", 0, DEPTHS, sine),
                                Line.faint(1, DEPTHS, steep),
                                Line.dashed("dashed", 2, DEPTHS, steep))),
                LineChart.log(
                        "Logarithms",
                        "time",
                        "1 − R²",
                        List.of(Line.solid("falls", 0, DEPTHS, steep), Line.dots("of one token", 1, DEPTHS, sine))),
                new SphereChart(
                        "Paths",
                        new double[] {1, 1.4, 0.8},
                        new double[] {1, 1, 0.5},
                        List.of(new SphereChart.Path(3, sphere)),
                        List.of(new SphereChart.Arrow("north", new double[] {0, 0, 0.8}))),
                new HeatChart(
                        "Over numbers",
                        "time",
                        "β",
                        "1 − R²",
                        new double[] {0, 1, 2, 3, 4},
                        new double[] {0, 2, 4, 6},
                        Arrays.stream(field)
                                .map(row -> Arrays.stream(row).map(Math::exp).toArray())
                                .toArray(double[][]::new),
                        1e-2,
                        10,
                        true),
                new BarChart(
                        "Bars",
                        "block",
                        "change",
                        1,
                        List.of(),
                        List.of(
                                BarChart.Part.of("attention", 0, new double[] {-0.2, 0.1, Double.NaN, -0.4}),
                                new BarChart.Part(
                                        "feed-forward",
                                        1,
                                        new double[] {0.1, 0.2, 0.1, -0.1},
                                        new double[] {0.05, 0.1, 0, -0.15},
                                        new double[] {0.15, 0.3, 0.2, -0.05}))),
                HeatChart.named(
                        "Over heads",
                        "layer",
                        List.of("1", "2", "5", "6", "12"),
                        "head",
                        List.of("1", "2", "3", "sum"),
                        field,
                        -1,
                        1),
                HeatChart.named(
                        "One sign",
                        "layer",
                        List.of("1", "2", "5", "6", "12"),
                        "head",
                        List.of("1", "2", "3", "4"),
                        field,
                        0,
                        1),
                new HeatChart(
                        "Over kinds",
                        "first",
                        "length",
                        "",
                        new double[] {0, 1, 2},
                        new double[] {0, 1},
                        new double[][] {{0, 1, 2}, {2, Double.NaN, 0}},
                        0,
                        2,
                        false,
                        List.of("0", "1", "2"),
                        List.of("2", "4"),
                        List.of("settles", "drifts", "wanders")));
    }

    /** The structural similarity (Wang et al. 2004) of two pictures, mean over windows and channels, and its least tile. */
    private static double[] similarity(BufferedImage a, BufferedImage b) {
        assertThat(List.of(b.getWidth(), b.getHeight())).containsExactly(a.getWidth(), a.getHeight());
        double all = 0;
        long windows = 0;
        double least = 1;
        for (int top = 0; top + TILE <= a.getHeight(); top += TILE) {
            for (int left = 0; left + TILE <= a.getWidth(); left += TILE) {
                double tile = 0;
                for (int w = 0; w < TILE * TILE / WINDOW / WINDOW; w++) {
                    int x = left + w % (TILE / WINDOW) * WINDOW;
                    int y = top + w / (TILE / WINDOW) * WINDOW;
                    for (int shift = 0; shift <= 16; shift += 8) {
                        tile += window(a, b, x, y, shift) / 3;
                    }
                }
                all += tile;
                windows += TILE * TILE / WINDOW / WINDOW;
                least = Math.min(least, tile / (TILE * TILE / WINDOW / WINDOW));
            }
        }
        return new double[] {all / windows, least};
    }

    private static double window(BufferedImage a, BufferedImage b, int left, int top, int shift) {
        double sumA = 0;
        double sumB = 0;
        double squares = 0;
        double product = 0;
        for (int y = top; y < top + WINDOW; y++) {
            for (int x = left; x < left + WINDOW; x++) {
                double pa = a.getRGB(x, y) >> shift & 0xFF;
                double pb = b.getRGB(x, y) >> shift & 0xFF;
                sumA += pa;
                sumB += pb;
                squares += pa * pa + pb * pb;
                product += pa * pb;
            }
        }
        int n = WINDOW * WINDOW;
        double meanA = sumA / n;
        double meanB = sumB / n;
        double variances = squares / n - meanA * meanA - meanB * meanB;
        double covariance = product / n - meanA * meanB;
        double c1 = Math.pow(0.01 * 255, 2);
        double c2 = Math.pow(0.03 * 255, 2);
        return (2 * meanA * meanB + c1)
                * (2 * covariance + c2)
                / ((meanA * meanA + meanB * meanB + c1) * (variances + c2));
    }
}
