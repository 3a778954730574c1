package org.consensusprobe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.consensusprobe.common.Problem;
import org.consensusprobe.report.Figure.Scale;
import org.junit.jupiter.api.Test;

class FigureTest {
    private static final Pattern CURVE =
            Pattern.compile("<path d=\"([^\"]*)\" fill=\"none\" stroke=\"(#[0-9a-f]{6})\"( stroke-width=\"1.7\"[^>]*)");
    private static final Pattern POINT = Pattern.compile("[ML]([-0-9.]+),([-0-9.]+)");
    private static final String BLUE = "#0072b2";

    @Test
    void drawsEachPointWhereItBelongs() {
        List<Curve> curves =
                curves(figure(Figure.BOTH, curve("c", 1, 0.5, 0.25)).svg());
        assertThat(curves).hasSize(2);

        double[][] linear = curves.get(0).points();
        assertThat(linear).hasDimensions(3, 2);
        assertThat(linear[1][0] - linear[0][0]).isCloseTo(linear[2][0] - linear[1][0], within(0.02));
        assertThat(linear[1][1] - linear[0][1]).isCloseTo(2 * (linear[2][1] - linear[1][1]), within(0.04));

        double[][] log = curves.get(1).points();
        assertThat(log[1][1] - log[0][1]).isGreaterThan(20).isCloseTo(log[2][1] - log[1][1], within(0.02));
    }

    @Test
    void zeroAndBelowLieOnTheLowerEdgeOfTheLogPanelAndNaNBreaksTheCurve() {
        String svg = figure(List.of(Scale.LOG), curve("c", 1, 1e-3, 0, -1e-9, Double.NaN, 1e-3, 1e-2))
                .svg();
        Curve curve = curves(svg).get(0);
        double[][] points = curve.points();
        assertThat(points).hasDimensions(6, 2);
        assertThat(points[2][1]).isEqualTo(points[3][1]).isGreaterThanOrEqualTo(points[1][1]);
        assertThat(curve.path().chars().filter(c -> c == 'M')).hasSize(2);
        assertThat(points[4][1]).isCloseTo(points[1][1], within(0.01));
    }

    @Test
    void dashesWholeCurvesWithoutFeedForward() {
        CurveSeries full = curve("full", 1, 0.5, 0.2);
        CurveSeries stripped = new CurveSeries(
                "stripped",
                "c",
                false,
                TestPasses.of(1, 2),
                full.mean(),
                full.p10(),
                full.p90(),
                false,
                Double.NaN,
                "");
        List<Curve> curves = curves(figure(List.of(Scale.LOG), full, stripped).svg());
        assertThat(curves).hasSize(2);
        assertThat(curves.get(0).style()).doesNotContain("dasharray");
        assertThat(curves.get(1).style()).contains("stroke-dasharray=\"6 3.5\"");
        assertThat(curves.get(1).points()).hasDimensions(3, 2);
    }

    @Test
    void curvesOfOneColourGroupShareAColour() {
        String svg = figure(
                        List.of(Scale.LINEAR),
                        curve("a", 1, 0.5).labelled("a", "x"),
                        curve("b", 1, 0.4).labelled("b", "y"),
                        curve("c", 1, 0.3).labelled("c", "x"))
                .svg();
        assertThat(curves(svg).stream().map(Curve::colour)).containsExactly(BLUE, "#d55e00", BLUE);
    }

    @Test
    void theBandIsDrawnBetweenItsEdges() {
        CurveSeries banded = new CurveSeries(
                "c",
                "c",
                true,
                TestPasses.of(1, 1),
                new double[] {1, 0.5},
                new double[] {0.8, 0.4},
                new double[] {1.2, 0.6},
                true,
                Double.NaN,
                "");
        String svg = figure(List.of(Scale.LINEAR), banded).svg();
        MatchResult band = Pattern.compile("<path d=\"([^\"]*)\" fill=\"#0072b2\" fill-opacity")
                .matcher(svg)
                .results()
                .findFirst()
                .orElseThrow();
        double[][] edge = points(band.group(1));
        double[][] mean = curves(svg).get(0).points();
        assertThat(edge).hasDimensions(4, 2);
        assertThat(mean[0][1] - edge[0][1]).isCloseTo(edge[3][1] - mean[0][1], within(0.03));
        assertThat(edge[2][1]).isGreaterThan(mean[1][1]).isGreaterThan(edge[1][1]);
        assertThat(description(svg)).contains("10–90 % of prompts");
    }

    @Test
    void theFloorIsALineOnlyWhereTheCurvesComeNearIt() {
        double[] deep =
                IntStream.range(0, 13).mapToDouble(i -> Math.pow(10, -i)).toArray();
        double[] shallow = IntStream.range(0, 13).mapToDouble(i -> 1 - 0.05 * i).toArray();
        assertThat(description(figure(Figure.BOTH, floored(deep)).svg())).contains("floor: values below are rounding");
        assertThat(description(figure(Figure.BOTH, floored(shallow)).svg())).doesNotContain("floor");
        assertThat(description(figure(List.of(Scale.LINEAR), floored(deep)).svg()))
                .doesNotContain("floor");
    }

    @Test
    void svgIsWellFormedAndSaysWhatItShows() throws Exception {
        String svg = new Figure(
                        List.of("a <b> & c", "float32"),
                        List.of(
                                new FigureRow("first", List.of(curve("up & down", 1, 0.5))),
                                new FigureRow("second", List.of(curve("down", 1, 0.5)))),
                        Figure.BOTH)
                .svg();
        var document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertThat(document.getElementsByTagName("title").item(0).getTextContent())
                .isEqualTo("a <b> & c · float32");
        assertThat(document.getElementsByTagName("desc").item(0).getTextContent())
                .isEqualTo("first; second; up & down; down");
        assertThat(curves(svg)).hasSize(4);
    }

    @Test
    void pngHasPaperSizeAndTheLegendsColoursBelowThePanels() throws IOException {
        Figure figure = figure(
                Figure.BOTH,
                curve("a", 1, 0.5, 0.3).labelled("a", "a"),
                curve("b", 1, 0.6, 0.4).labelled("b", "b"));
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(figure.png()));
        assertThat(image.getWidth()).isBetween(2400, 2500);
        assertThat(image.getHeight()).isBetween(850, 1050);
        int legend = image.getHeight() - 80;
        assertThat(pixels(image, new Color(0x0072B2), legend)).isGreaterThan(100);
        assertThat(pixels(image, new Color(0xD55E00), legend)).isGreaterThan(100);
        assertThat(pixels(image, new Color(0x009E73), 0)).isZero();
        for (int x = 0; x < image.getWidth(); x++) {
            assertThat(image.getRGB(x, image.getHeight() - 1)).isEqualTo(Color.WHITE.getRGB());
        }
    }

    @Test
    void theSameCurvesGiveTheSameBytes() {
        CurveSeries curve = curve("c", 1, 0.5, 1e-4);
        assertThat(figure(Figure.BOTH, curve).png())
                .isEqualTo(figure(Figure.BOTH, curve).png());
        assertThat(figure(Figure.BOTH, curve).svg())
                .isEqualTo(figure(Figure.BOTH, curve).svg());
    }

    @Test
    void hundredsOfPassesAreDrawnAtTheirEnds() {
        double[] mean = IntStream.rangeClosed(0, 400 * 12)
                .mapToDouble(d -> 1.0 / (1 + d) + (d % 12 == 0 ? 0 : 1))
                .toArray();
        CurveSeries curve =
                new CurveSeries("c", "c", true, TestPasses.of(12, 400 * 12), mean, mean, mean, false, Double.NaN, "");
        String svg = figure(List.of(Scale.LINEAR), curve).svg();
        double[][] points = curves(svg).get(0).points();
        assertThat(points).hasDimensions(401, 2);
        assertThat(description(svg)).contains("every 20 passes (of 12 blocks)");
    }

    @Test
    void aLoopOverSomeBlocksHasItsPassesAndWhatRanOnce() {
        double[] mean =
                IntStream.rangeClosed(0, 10).mapToDouble(d -> 1.0 / (1 + d)).toArray();
        Passes passes = new Passes(new int[] {4, 6, 8}, List.of(new Passes.Span(0, 2), new Passes.Span(8, 10)));
        CurveSeries looped = new CurveSeries("c", "c", true, passes, mean, mean, mean, false, Double.NaN, "");
        String svg = figure(List.of(Scale.LINEAR), looped).svg();
        double[][] curve = curves(svg).get(0).points();

        assertThat(values(svg, "<path d=\"M([0-9.]+),[^>]* stroke=\"#d0d6dc\""))
                .startsWith(curve[4][0], curve[6][0], curve[8][0]);
        assertThat(values(svg, "<rect x=\"([0-9.]+)\"[^>]* fill=\"#f3eedd\"")).startsWith(curve[0][0], curve[8][0]);
        assertThat(values(svg, " width=\"([0-9.]+)\"[^>]* fill=\"#f3eedd\"").get(0))
                .isCloseTo(curve[2][0] - curve[0][0], within(0.02));
        assertThat(description(svg)).contains("end of a pass (2 blocks)").contains("blocks that run once");
        assertThat(description(figure(Figure.BOTH, curve("c", 1, 0.5)).svg())).doesNotContain("once");
    }

    @Test
    void curvesWhosePassesDifferHaveDotsAtTheirEnds() {
        double[] mean =
                IntStream.rangeClosed(0, 12).mapToDouble(d -> 1.0 / (1 + d)).toArray();
        CurveSeries threes =
                new CurveSeries("a", "a", true, TestPasses.of(3, 12), mean, mean, mean, false, Double.NaN, "");
        CurveSeries fours =
                new CurveSeries("b", "b", true, TestPasses.of(4, 12), mean, mean, mean, false, Double.NaN, "");
        CurveSeries shorter = new CurveSeries(
                "c",
                "c",
                true,
                TestPasses.of(3, 6),
                Arrays.copyOf(mean, 7),
                Arrays.copyOf(mean, 7),
                Arrays.copyOf(mean, 7),
                false,
                Double.NaN,
                "");
        String differ = figure(List.of(Scale.LINEAR), threes, fours).svg();
        assertThat(values(differ, "<ellipse cx=\"([0-9.]+)\"")).hasSize(4 + 3 + 1);
        assertThat(differ).doesNotContain("stroke=\"#d0d6dc\"");
        String agree = figure(List.of(Scale.LINEAR), threes, shorter).svg();
        assertThat(agree).doesNotContain("<ellipse").contains("stroke=\"#d0d6dc\"");
    }

    @Test
    void thinningKeepsEndsAndExtremes() {
        double[] mean = new double[20_001];
        Arrays.fill(mean, 0.5);
        mean[7_777] = 0.9;
        mean[12_345] = 0.1;
        CurveSeries curve =
                new CurveSeries("c", "c", true, TestPasses.of(20_000, 20_000), mean, mean, mean, false, Double.NaN, "");
        assertThat(curve.depthsToDraw(3000))
                .hasSizeLessThan(4000)
                .contains(0, 7_777, 12_345, 20_000)
                .isSorted();
    }

    @Test
    void seventeenColoursAreTooMany() {
        List<CurveSeries> curves = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            curves.add(curve("c" + i, 1, 0.5).labelled("c" + i, "c" + i));
        }
        figure(Figure.BOTH, curves.toArray(CurveSeries[]::new)).svg();
        curves.add(curve("c16", 1, 0.5).labelled("c16", "c16"));
        assertThatThrownBy(() -> figure(Figure.BOTH, curves.toArray(CurveSeries[]::new)))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("17 curves of different colours");
    }

    @Test
    void anyCurveCanBeDrawn() {
        for (double[] mean : new double[][] {
            {0, 0}, {Double.NaN, Double.NaN}, {1e-300, 1e-320}, {2, 2}, {-0.1, 0.1}, {1e-9, 2e-9}, {1, 0.999999}
        }) {
            assertThat(figure(Figure.BOTH, curve("c", mean)).svg()).contains("</svg>");
        }
    }

    private record Curve(String path, String colour, String style) {
        double[][] points() {
            return FigureTest.points(path);
        }
    }

    private static double[][] points(String path) {
        return POINT.matcher(path)
                .results()
                .map(p -> new double[] {Double.parseDouble(p.group(1)), Double.parseDouble(p.group(2))})
                .toArray(double[][]::new);
    }

    private static List<Curve> curves(String svg) {
        return CURVE.matcher(svg)
                .results()
                .map(m -> new Curve(m.group(1), m.group(2), m.group(3)))
                .filter(c -> !c.path().matches("M[0-9.]+,([0-9.]+)L[0-9.]+,\\1")) // a sample of the legend
                .toList();
    }

    private static List<Double> values(String svg, String pattern) {
        return Pattern.compile(pattern)
                .matcher(svg)
                .results()
                .map(m -> Double.valueOf(m.group(1)))
                .toList();
    }

    private static String description(String svg) {
        return svg.substring(svg.indexOf("<desc>"), svg.indexOf("</desc>"));
    }

    private static Figure figure(List<Scale> scales, CurveSeries... curves) {
        return new Figure(List.of("title"), List.of(new FigureRow("", List.of(curves))), scales);
    }

    private static CurveSeries curve(String label, double... mean) {
        return new CurveSeries(
                label,
                "c",
                true,
                TestPasses.of(mean.length - 1, mean.length - 1),
                mean,
                mean,
                mean,
                false,
                Double.NaN,
                "");
    }

    private static CurveSeries floored(double... mean) {
        return new CurveSeries(
                "c", "c", true, TestPasses.of(4, mean.length - 1), mean, mean, mean, false, 2e-13, "float32");
    }

    private static long pixels(BufferedImage image, Color colour, int fromRow) {
        return IntStream.range(fromRow, image.getHeight())
                .mapToLong(y -> IntStream.range(0, image.getWidth())
                        .filter(x -> image.getRGB(x, y) == colour.getRGB())
                        .count())
                .sum();
    }
}
