package org.consensusprobe.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Similarity;
import org.junit.jupiter.api.Test;

/** docs/measures.md says of every measure what the program says of it, and of no other. */
class MeasuresPageTest {
    private static final Path PAGE = Path.of(System.getProperty("consensus.home"), "docs", "measures.md");

    @Test
    void aRowForEveryMeasureTheDefaultsBold() throws IOException {
        List<Measure> measures = new ArrayList<>(List.of(Measures.error(Similarity.COSINE)));
        measures.addAll(Measures.all(Similarity.COSINE));

        assertThat(rows())
                .containsExactlyInAnyOrderElementsOf(
                        measures.stream().map(MeasuresPageTest::row).toList());
    }

    /** The lines of the tables that begin with a name; the last table's rows begin with plain text. */
    private static List<String> rows() throws IOException {
        return Files.readAllLines(PAGE).stream()
                .filter(line -> line.matches("\\| \\*{0,2}`.*"))
                .toList();
    }

    private static String row(Measure measure) {
        About about = measure.about();
        boolean recorded = measure.name().equals(MeasureNames.ERROR)
                || MeasureNames.defaults(Integer.MAX_VALUE).contains(measure.name());
        String name = "`" + measure.name() + "`";
        String axes =
                measure.axes(new Measure.Sizes(1, 1)).stream().map(Axis::name).collect(Collectors.joining(", "));
        return List.of(
                        recorded ? "**" + name + "**" : name,
                        about.formula(),
                        about.source(),
                        axes.isEmpty() ? about.unit() : about.unit() + "; " + axes,
                        about.cost().text(),
                        about.floor())
                .stream()
                .map(cell -> cell.replace("|", "\\|"))
                .collect(Collectors.joining(" | ", "| ", " |"));
    }
}
