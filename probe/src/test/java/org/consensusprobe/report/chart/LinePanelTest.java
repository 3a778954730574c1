package org.consensusprobe.report.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.geom.Rectangle2D;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.junit.jupiter.api.Test;

class LinePanelTest {
    private static final Pattern BOX = Pattern.compile(
            "<rect x=\"([0-9.]+)\" y=\"([0-9.]+)\" width=\"([0-9.]+)\" height=\"([0-9.]+)\" fill=\"#ffffff\" fill-opacity");
    private static final Pattern DOT = Pattern.compile("<ellipse cx=\"([0-9.]+)\" cy=\"([0-9.]+)\"");

    @Property(tries = 60)
    void theLegendHidesNoPoint(@ForAll Random random, @ForAll @IntRange(min = 1, max = 120) int points) {
        String svg = svg(Line.dots("some points", 0, draw(random, points), draw(random, points)));
        List<MatchResult> dots = DOT.matcher(svg).results().toList();
        assertThat(dots).hasSize(points + 1); // and the legend's
        BOX.matcher(svg).results().forEach(b -> {
            Rectangle2D box = new Rectangle2D.Double(number(b, 1), number(b, 2), number(b, 3), number(b, 4));
            dots.subList(0, points)
                    .forEach(dot -> assertThat(box.intersects(number(dot, 1) - 2.6, number(dot, 2) - 2.6, 5.2, 5.2))
                            .isFalse());
        });
    }

    @Test
    void whereThereIsNoRoomTheLegendStandsBelow() {
        String few = svg(Line.dots("some", 0, new double[] {0, 1}, new double[] {0, 1}));
        assertThat(few).containsPattern(BOX);
        Random random = new Random(1);
        String many = svg(Line.dots("some", 0, draw(random, 3000), draw(random, 3000)));
        assertThat(many).doesNotContainPattern(BOX);
        assertThat(y(many, "some")).isGreaterThan(y(many, "time"));
        assertThat(y(few, "some")).isLessThan(y(few, "time"));
    }

    @Test
    void aLineBetweenTwoPointsIsNotHiddenEither() {
        // the diagonals of the plot: no corner is free, though all points lie at the ends
        String svg = svg(
                Line.solid("up", 0, new double[] {0, 1}, new double[] {0, 1}),
                Line.solid("down", 1, new double[] {0, 1}, new double[] {1, 0}));
        MatchResult box = BOX.matcher(svg).results().findFirst().orElseThrow();
        double middle = number(box, 1) + number(box, 3) / 2;
        assertThat(middle).isBetween(150.0, 300.0);
    }

    private static String svg(Line... lines) {
        return new ChartSheet("title", List.of(LineChart.linear("chart", "time", "value", List.of(lines))), 1).svg();
    }

    private static double[] draw(Random random, int count) {
        return random.doubles(count).toArray();
    }

    private static double y(String svg, String text) {
        return number(
                Pattern.compile("<text x=\"[0-9.]+\" y=\"([0-9.]+)\"[^>]*>" + text + "</text>")
                        .matcher(svg)
                        .results()
                        .findFirst()
                        .orElseThrow(),
                1);
    }

    private static double number(MatchResult match, int group) {
        return Double.parseDouble(match.group(group));
    }
}
