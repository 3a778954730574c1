package org.consensusprobe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.Home;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs that earlier versions recorded are read, drawn and compared as they were. */
class CommittedRunsTest {
    static List<Path> runs() throws Exception {
        try (Stream<Path> files = Files.walk(Home.directory().resolve("results"))) {
            return files.filter(f -> f.endsWith("error.npy"))
                    .map(Path::getParent)
                    .filter(run -> Files.exists(run.resolve("manifest.json")))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("runs")
    void isReadAndDrawn(Path path) throws Exception {
        RunReader run = RunReader.open(path);
        assertThat(run.route().isWhole()).isTrue();
        assertThat(run.error()[0])
                .hasSize(run.manifest().plan().passes().count()
                                * run.manifest().model().layers()
                        + 1);
        if (Files.exists(path.resolve("curve.csv"))) {
            assertThat(run.curve().toCsv()).isEqualTo(Files.readString(path.resolve("curve.csv")));
        }
        assertThat(Figure.of(run, Figure.BOTH).svg())
                .contains(run.manifest().model().name());
        assertThat(PlanColumns.cells(run.manifest())).doesNotContainValue(null);
    }

    @Test
    void areComparedTogether() throws Exception {
        List<RunReader> smollm2 = runs().stream()
                .filter(path -> path.toString().contains("smollm2"))
                .map(RunReader::open)
                .toList();
        assertThat(smollm2).hasSizeGreaterThan(3);
        Titles titles = RunTitle.compare(smollm2);
        assertThat(titles.labels()).doesNotHaveDuplicates();
        assertThat(Comparison.of(smollm2, titles.labels()).rows()).hasSizeGreaterThanOrEqualTo(smollm2.size());
    }
}
