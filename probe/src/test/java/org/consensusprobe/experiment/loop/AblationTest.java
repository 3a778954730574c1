package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.Reference;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.LayerRange;
import org.consensusprobe.plan.LeftOut;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that go side by side give what each gives alone, to the bit. */
@Tag("slow")
class AblationTest {
    private static final int PASSES = 2;

    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-gpt-neox", "tiny-albert", "tiny-huginn"})
    void everyPartIsARunWithoutIt(String name) {
        compare(
                subject(name),
                Runs.of(WeightMode.TRAINED, DType.FLOAT32, PASSES).with(RouteFields.PASSES, PASSES));
    }

    @Test
    void soItIsWithLoopsStepsAnchorsAndDraws() {
        Subject subject = subject("tiny-gpt2");
        Runs plain = Runs.of(WeightMode.TRAINED, DType.FLOAT32, PASSES);
        compare(
                subject,
                plain.with(RouteFields.LOOP, Optional.of(new LayerRange(1, 1)))
                        .with(RouteFields.STEP, 0.5)
                        .with(RouteFields.ANCHOR, 0.25));
        compare(subject, plain.with(Fields.WEIGHTS, WeightMode.RANDOM_EACH_PASS));
    }

    private static Subject subject(String name) {
        return Subject.fromDirectory(name, Reference.folder(name), WeightMode.TRAINED);
    }

    private static void compare(Subject subject, Runs runs) {
        List<int[]> prompts = Runs.prompts(subject.transformer().sizes().vocabulary(), 3, 7, 7, 5);
        List<LeftOut> parts = new ArrayList<>();
        for (LeftOut.Part part : LeftOut.Part.values()) {
            for (int layer = 0;
                    part.isOfALayer() && layer < subject.transformer().layers();
                    layer++) {
                parts.add(new LeftOut(part, layer));
            }
        }
        parts.add(new LeftOut(LeftOut.Part.OUTLIERS, 2));
        parts.add(LeftOut.SINK);
        Map<LeftOut, Ablation.Errors> together;
        List<Long> told = new ArrayList<>();
        long blocks;
        try (Experiment experiment = Experiment.prepare(subject, runs.plan(), runs.machine(), prompts)) {
            Ablation ablation = experiment.ablation();
            blocks = ablation.blocks(parts);
            together = ablation.run(parts, told::add, () -> false);
        }
        assertThat(told.get(told.size() - 1)).isLessThanOrEqualTo(blocks).isGreaterThan(blocks / 2);
        assertThat(together.keySet()).containsExactlyElementsOf(parts);
        for (LeftOut part : parts) {
            List<Integer> layer = part.layer().stream().boxed().toList();
            Runs alone = part.halves().attention() ? runs : runs.with(IngredientFields.SKIP_ATTENTION, layer);
            alone = part.halves().feedForward() ? alone : alone.with(IngredientFields.SKIP_FEED_FORWARD, layer);
            alone = part.part() == LeftOut.Part.SINK ? alone.with(IngredientFields.SINK, false) : alone;
            alone = part.part() == LeftOut.Part.OUTLIERS ? alone.with(IngredientFields.CLAMP_OUTLIERS, 2) : alone;
            double[][] error = alone.run(subject, prompts).error();
            int nativeDepth = subject.transformer()
                    .fit(runs.plan())
                    .route(subject.transformer().layers())
                    .nativeDepth();
            assertThat(together.get(part).atNative()).as(part.words()).isEqualTo(column(error, nativeDepth));
            assertThat(together.get(part).atEnd()).as(part.words()).isEqualTo(column(error, error[0].length - 1));
        }
    }

    private static double[] column(double[][] rows, int column) {
        return Arrays.stream(rows).mapToDouble(row -> row[column]).toArray();
    }
}
