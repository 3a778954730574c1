package org.consensusprobe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.Home;
import org.consensusprobe.experiment.sweep.SweepFile;
import org.consensusprobe.experiment.sweep.WeightSeeds;
import org.consensusprobe.plan.RunPlan;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlanColumnsTest {
    static Stream<Path> sweeps() throws Exception {
        try (Stream<Path> files = Files.list(Home.experiments())) {
            return files.filter(f -> f.toString().endsWith(".json")).sorted().toList().stream();
        }
    }

    /** Whatever a run's folder is called, its row is no other's. */
    @ParameterizedTest
    @MethodSource("sweeps")
    void everyRunOfASweepHasCellsOfItsOwn(Path file) {
        List<RunPlan> plans = WeightSeeds.spread(SweepFile.read(file).runs(), 3);
        assertThat(plans.stream().map(PlanColumns::cells)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("sweeps")
    void everyColumnStandsOnce(Path file) {
        List<String> columns = new ArrayList<>(ComparisonFiles.columns());
        columns.addAll(PlanColumns.others(columns));
        assertThat(columns).doesNotHaveDuplicates().contains("mask", "beta", "heads", "loop", "initial");
        assertThat(PlanColumns.cells(SweepFile.read(file).runs().get(0)).keySet())
                .isSubsetOf(columns);
    }
}
