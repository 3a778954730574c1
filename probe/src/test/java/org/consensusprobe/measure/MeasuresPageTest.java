package org.consensusprobe.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    @Test
    void inTheGroupsAndTheOrderOfTheListing() throws IOException {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        String heading = "";
        for (String line : Files.readAllLines(PAGE)) {
            if (line.startsWith("## ")) {
                heading = line.substring(3);
            } else if (line.matches("\\| \\*{0,2}`.*")) {
                groups.computeIfAbsent(heading, h -> new ArrayList<>()).add(line.split("`")[1]);
            }
        }
        assertThat(groups.entrySet())
                .containsExactlyElementsOf(MeasureGroups.ALL.stream()
                        .map(group -> Map.entry(group.heading(), group.names()))
                        .toList());
    }

    @Test
    void symbolsAndPapersAreThoseOfTheListing() throws IOException {
        String page = Files.readString(PAGE).replaceAll("\\s+", " ");
        assertThat(page).contains(MeasureGroups.SYMBOLS);
        assertThat(Files.readAllLines(PAGE).stream()
                        .dropWhile(line -> !line.equals("## References"))
                        .filter(line -> line.startsWith("- "))
                        .map(line -> line.substring(2)))
                .containsExactlyElementsOf(References.ALL);
    }

    @Test
    void everySourceNamesAPaperOrSaysThatThereIsNone() {
        List<Measure> measures = MeasureGroups.ALL.stream()
                .flatMap(group -> MeasureGroups.measures(group).stream())
                .toList();
        assertThat(measures)
                .filteredOn(measure -> MeasureGroups.references(measure.about()).isEmpty())
                .allSatisfy(
                        measure -> assertThat(measure.about().source())
                                .matches(
                                        "defined here.*|the sphere that LayerNorm sees|step of x' = .*|beside the bound of .*"));
        assertThat(measures.stream()
                        .flatMap(measure -> MeasureGroups.references(measure.about()).stream())
                        .distinct())
                .as("papers that a measure comes from")
                .containsExactlyInAnyOrderElementsOf(References.ALL);
        assertThat(References.ALL)
                .allSatisfy(reference -> assertThat(reference).matches("[^:]+: .+((19|20)\\d\\d|thalens).*"));
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
