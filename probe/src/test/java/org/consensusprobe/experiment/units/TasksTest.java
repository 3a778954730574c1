package org.consensusprobe.experiment.units;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.consensusprobe.experiment.record.PromptShare;
import org.junit.jupiter.api.Test;

/** How units become tasks, and how long a cluster is busy with them: simulated, so that 256 nodes fit in a second. */
class TasksTest {
    private static final double TASK = 600;

    @Test
    void aClusterIsBusyHardlyLongerThanItMust() {
        for (int seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            List<Unit> units = logNormal(10_000, 120, random);
            int nodes = 256;
            double bound = Math.max(total(units) / nodes, longest(units));
            assertThat(busy(Tasks.pack(units, TASK), nodes, 0.02, random))
                    .as("an array of tasks")
                    .isLessThan(1.15 * bound);
            assertThat(busy(Tasks.deal(units, nodes), nodes, 0, random))
                    .as("one task a node, none of which fails")
                    .isLessThan(1.15 * bound);
        }
    }

    /** What the simulation is worth: in the sweep's order, or without packing what starts cost, it is longer. */
    @Test
    void theSimulationTellsAWorsePlan() {
        Random random = new Random(1);
        List<Unit> units = logNormal(2000, 120, random);
        units.sort(Comparator.comparingDouble(u -> u.cost().seconds())); // the longest last
        List<List<Unit>> shortestFirst = units.stream().map(List::of).toList();
        double bound = Math.max(total(units) / 256, longest(units));
        assertThat(busy(shortestFirst, 256, 0, random)).isGreaterThan(1.15 * bound);
    }

    @Test
    void shortUnitsArePackedAndLongOnesAlone() {
        List<Unit> units = units(1000, 700, 10, 20, 590, 300, 300, 5);
        List<List<Unit>> tasks = Tasks.pack(units, TASK);
        assertThat(tasks).hasSize(4);
        assertThat(tasks.get(0))
                .singleElement()
                .satisfies(u -> assertThat(u.cost().seconds()).isEqualTo(1000));
        assertThat(tasks.get(1))
                .singleElement()
                .satisfies(u -> assertThat(u.cost().seconds()).isEqualTo(700));
        assertThat(total(tasks.get(2))).isGreaterThanOrEqualTo(TASK);
        assertThat(total(tasks.get(3))).isGreaterThanOrEqualTo(TASK - 1);
        assertThat(tasks.stream().mapToInt(List::size).sum()).isEqualTo(units.size());
        assertThat(Tasks.pack(List.of(), TASK)).isEmpty();
        assertThat(Tasks.pack(units(1), TASK)).hasSize(1);
    }

    @Test
    void unitsOfACheckpointStayTogether() {
        List<Unit> units = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            units.add(unit(i, 60, "checkpoint-" + i % 4));
        }
        for (List<Unit> task : Tasks.pack(units, TASK)) {
            assertThat(checkpoints(task)).hasSize(1);
        }
        int mapped = Tasks.deal(units, 8).stream()
                .mapToInt(t -> checkpoints(t).size())
                .sum();
        assertThat(mapped).as("checkpoints mapped by 8 nodes").isEqualTo(8);
    }

    @Test
    void everyUnitIsDealtOnceHoweverManyTasksThereAre() {
        List<Unit> units = logNormal(50, 10, new Random(3));
        for (int count : new int[] {1, 2, 7, 50, 200}) {
            List<List<Unit>> tasks = Tasks.deal(units, count);
            assertThat(tasks).hasSize(count);
            assertThat(tasks.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(units);
            assertThat(Tasks.deal(new ArrayList<>(units), count)).isEqualTo(tasks);
        }
        double fair = total(units) / 2;
        assertThat(total(Tasks.deal(units, 2).get(0))).isCloseTo(fair, within(0.1 * fair));
    }

    /** When the last of the nodes is done: each takes the next task, three seconds to start it, and a unit that fails begins anew. */
    private static double busy(List<List<Unit>> tasks, int nodes, double failures, Random random) {
        PriorityQueue<Double> free = new PriorityQueue<>();
        for (int i = 0; i < nodes; i++) {
            free.add(0.0);
        }
        double end = 0;
        for (List<Unit> task : tasks) {
            double time = free.remove() + 3;
            for (Unit unit : task) {
                double seconds = unit.cost().seconds() * Math.exp(0.05 * random.nextGaussian());
                while (random.nextDouble() < failures) {
                    time += random.nextDouble() * seconds;
                }
                time += seconds;
            }
            free.add(time);
            end = Math.max(end, time);
        }
        return end;
    }

    private static List<Unit> logNormal(int count, double median, Random random) {
        List<Unit> units = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            units.add(unit(i, median * Math.exp(random.nextGaussian()), "checkpoint-" + i % 10));
        }
        return units;
    }

    private static List<Unit> units(double... seconds) {
        return Arrays.stream(seconds).mapToObj(s -> unit((int) s, s, "")).toList();
    }

    static Unit unit(int index, double seconds, String checkpoint) {
        return new Unit(
                "unit-" + index,
                index,
                "run-" + index,
                () -> null,
                PromptShare.WHOLE,
                new Cost(0, seconds, 0, checkpoint, 0),
                Optional.empty(),
                true);
    }

    private static Set<String> checkpoints(List<Unit> task) {
        Set<String> checkpoints = new HashSet<>();
        task.forEach(unit -> checkpoints.add(unit.cost().checkpoint()));
        return checkpoints;
    }

    private static double total(List<Unit> units) {
        return units.stream().mapToDouble(u -> u.cost().seconds()).sum();
    }

    private static double longest(List<Unit> units) {
        return units.stream().mapToDouble(u -> u.cost().seconds()).max().orElseThrow();
    }
}
