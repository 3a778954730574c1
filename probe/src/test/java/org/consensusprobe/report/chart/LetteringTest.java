package org.consensusprobe.report.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.junit.jupiter.api.Test;

/** Nothing that a figure says is cut. */
class LetteringTest {
    private static final Lettering FONT = Lettering.bold(14f);
    private static final String PATH =
            "/scratch/somebody/checkpoints/a-run-of-many-steps/step-143000/model-𝔘nicode.gguf";

    @Test
    void titlesAreBrokenBetweenPartsThenWordsThenWithinOne() {
        List<String> parts = List.of("float32", "a part of words that is far too wide for one line of it", PATH);
        for (double width : new double[] {5, 60, 200, 350}) {
            List<String> lines = FONT.wrap(parts, " · ", width);
            assertThat(lines).allMatch(line -> FONT.width(line) <= width || line.codePointCount(0, line.length()) == 1);
            assertThat(letters(String.join("", lines))).isEqualTo(letters(String.join("", parts)));
        }
        assertThat(FONT.wrap(parts, " · ", 350).get(0)).isEqualTo("float32");
        assertThat(FONT.wrap(parts, " · ", 5000)).hasSize(1);
    }

    @Test
    void aSheetHasAllOfItsWords() {
        String title = "what one run after another says of " + PATH;
        LineChart chart = LineChart.linear(
                "spread of the tokens of every prompt, by depth and pass, relative to where it began",
                "x",
                "y",
                List.of(Line.solid("y", 0, new double[] {0, 1}, new double[] {0, 1})));
        String svg = new ChartSheet(title, List.of(chart, chart), 2).svg();
        String text = svg.substring(svg.indexOf("</desc>")).replaceAll("<[^>]*>", "");
        assertThat(letters(text))
                .contains(letters(title), letters(chart.title()))
                .doesNotContain("…");
    }

    private static String letters(String text) {
        return text.codePoints()
                .filter(c -> !Character.isWhitespace(c) && c != '·')
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }
}
