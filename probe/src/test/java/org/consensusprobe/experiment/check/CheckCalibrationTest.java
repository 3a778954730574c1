package org.consensusprobe.experiment.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.Home;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Shuffle;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * How often readings are right where the answer is known. A shuffle of a shuffled checkpoint is drawn as a shuffle of the
 * checkpoint is: against shuffles it must seldom be told apart. With attention scaled up it differs by as much as that scales
 * the rate, which is measured over all pairs: it must mostly be told apart.
 *
 * <pre>mvn -pl probe test -Dtest=CheckCalibrationTest -Dconsensus.calibration.pairs=200</pre>
 */
@EnabledIfSystemProperty(named = "consensus.calibration.pairs", matches = "\\d+")
class CheckCalibrationTest {
    private static final int PAIRS = Integer.getInteger("consensus.calibration.pairs", 200);
    private static final double SCALED = Double.parseDouble(System.getProperty("consensus.calibration.scale", "4"));
    private static final int DRAWS = 3;

    @TempDir
    Path folder;

    private int seed;

    @Test
    void equalsAreSeldomToldApartAndWhatDiffersMostlyIs() {
        Map<String, Integer> falsely = new TreeMap<>();
        int found = 0;
        double[] rates = new double[2];
        for (int pair = 0; pair < PAIRS; pair++) {
            List<Track> control =
                    IntStream.range(0, DRAWS).mapToObj(k -> shuffled(1)).toList();
            for (Row row : Row.of(evidence(shuffled(1), control))) {
                boolean told = row.cells().get(Control.SHUFFLED).reading() != Reading.CANNOT_BE_TOLD;
                falsely.merge(row.quantity() + " @ pass " + row.pass(), told ? 1 : 0, Integer::sum);
            }
            Row scaled = rate(evidence(shuffled(SCALED), control));
            found += scaled.cells().get(Control.SHUFFLED).reading() == Reading.MORE ? 1 : 0;
            rates[0] += scaled.cells().get(Control.SHUFFLED).value() / PAIRS;
            rates[1] += scaled.checkpoint().value() / PAIRS;
        }
        falsely.forEach(
                (what, times) -> System.out.printf("told apart, of %d equal pairs: %3d %s%n", PAIRS, times, what));
        System.out.printf(
                Locale.ROOT,
                "attention x %s: rate %.3g to %.3g, %.2f times; found in %d of %d%n",
                SCALED,
                rates[0],
                rates[1],
                rates[1] / rates[0],
                found,
                PAIRS);
        assertThat(falsely)
                .allSatisfy((what, times) -> assertThat(times).as(what).isLessThanOrEqualTo(allowed()));
        assertThat(found).isGreaterThanOrEqualTo((int) Math.ceil(0.8 * PAIRS));
    }

    /** 7 %, and what chance adds to 5 % in few pairs. */
    private static int allowed() {
        return (int) Math.max(0.07 * PAIRS, 0.05 * PAIRS + 2.5 * Math.sqrt(0.05 * 0.95 * PAIRS));
    }

    private static Row rate(Evidence evidence) {
        return Row.of(evidence).stream()
                .filter(row -> row.quantity().equals(Row.RATE))
                .findFirst()
                .orElseThrow();
    }

    private static Evidence evidence(Track checkpoint, List<Track> control) {
        Evidence.Prompts prompts = new Evidence.Prompts("random", "random:4x64@42", "random ids");
        return new Evidence(prompts, 0.05, checkpoint, Map.of(Control.SHUFFLED, control));
    }

    /** A draw that no other one repeats. */
    private Track shuffled(double attention) {
        RunPlan plan = RunPlan.of(Values.NONE
                .with(Fields.MODEL, Home.models().resolve("demo-gpt2").toString())
                .with(Fields.WEIGHTS, WeightMode.SHUFFLED)
                .with(Fields.SHUFFLE, Shuffle.MATRICES)
                .with(Fields.SEED, (long) seed++)
                .with(IngredientFields.ATTENTION_SCALE, attention)
                .with(Fields.PROMPTS, "random:4x64@42")
                .with(RouteFields.PASSES, Stages.FIRST)
                .with(Fields.MEASURES, Evidence.MEASURES));
        Machine machine = new Machine("cpu", 1, OptionalLong.of(1L << 30), true);
        ModelLookup models = Terminal.models(true, new PrintWriter(new StringWriter()));
        RunReader run = new Sweep(folder.resolve("runs-" + seed), p -> RecordedRun.prepare(p, machine, models))
                .run(List.of(plan), new Silent(), () -> false)
                .get(0)
                .read();
        return Track.of(List.of(run), run.route());
    }

    private static final class Silent implements Sweep.Listener {
        @Override
        public RunListener onStart(int index, RunPlan plan) {
            return new RunListener() {};
        }

        @Override
        public void onEnd(int index, Sweep.Outcome outcome) {
            outcome.problem().ifPresent(problem -> {
                throw problem;
            });
        }
    }
}
