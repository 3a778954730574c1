package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.consensusprobe.experiment.LinearGpt2;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.experiment.TinyGpt2;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.Npy;

/** A settled point of a pass's map stays one for every step, and for every anchor where the run starts from it. */
class SettledPointTest {
    /** x -> factor x + 1 along the axes, factor f along the first and 1/2 along the others, settles at 1 / (1 - factor). */
    @Property(tries = 30)
    void aSettledPointStaysOneForEveryStepAndAnchor(
            @ForAll @DoubleRange(min = -1.5, max = 0.9) double factor,
            @ForAll @DoubleRange(min = 0, max = 1, minIncluded = false) double step,
            @ForAll @DoubleRange(min = 0, max = 0.99) double anchor)
            throws Exception {
        Path folder = Files.createTempDirectory("settled");
        double exact = (float) factor; // weights are kept in float32
        Path checkpoint = LinearGpt2.write(folder, LinearGpt2.diagonal(Map.of(0, exact), 0.5), 1);
        double[] x = new double[2 * TinyGpt2.WIDTH];
        Arrays.fill(x, 2);
        x[0] = 1 / (1 - exact);
        x[TinyGpt2.WIDTH] = x[0];
        Path start = folder.resolve("x.npy");
        Npy.write(start, x, 1, 2, TinyGpt2.WIDTH);
        double[] end = new Runs(LinearGpt2.plan(4), Machine.CPU)
                .with(RouteFields.STEP, step)
                .with(RouteFields.ANCHOR, anchor)
                .with(Fields.INITIAL, Fields.INITIAL.parse(start.toString()))
                .run(Subject.fromDirectory("linear", checkpoint, WeightMode.TRAINED), List.of(new int[] {7, 7}))
                .hidden()[0];
        for (int i = 0; i < x.length; i++) {
            assertThat(end[i]).isCloseTo(x[i], within(1e-12 * Math.abs(x[i])));
        }
    }
}
