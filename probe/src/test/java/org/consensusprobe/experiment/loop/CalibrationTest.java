package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.consensusprobe.weights.TensorSpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibrationTest {
    /** Three layers of six experts of 3 x 16 x 16, of which a token takes two. */
    private static final Transformer MIXTURE = Subject.fromDirectory(
                    "mixture", Reference.table("families/mixtral-plain"), WeightMode.RANDOM)
            .transformer();

    private static final int EXPERT = 3 * 16 * 16;

    /** One token draws two experts a layer, two tokens four, three and more no more than there are; a layer is drawn once. */
    @ParameterizedTest
    @CsvSource({"1, 1, 2", "1, 5, 2", "2, 1, 4", "3, 1, 6", "40, 1, 6"})
    void expertsAreDrawnThatTokensCanChoose(int tokens, int passes, int experts) {
        RunPlan plan = Runs.plan(WeightMode.RANDOM, DType.FLOAT32, passes);
        double others = Stream.concat(MIXTURE.embeddings().stream(), layers().filter(spec -> !spec.onDemand()))
                .filter(TensorSpec::isDrawn)
                .mapToDouble(TensorSpec::elements)
                .sum();

        assertThat(layers().filter(TensorSpec::onDemand)
                        .mapToLong(TensorSpec::elements)
                        .sum())
                .isEqualTo(3L * 6 * EXPERT);
        assertThat(Calibration.drawnValues(MIXTURE, plan, List.of(new int[tokens])))
                .isEqualTo(others + 3.0 * experts * EXPERT);
    }

    private static Stream<TensorSpec> layers() {
        return Stream.of(0, 1, 2).flatMap(layer -> MIXTURE.layer(layer, true).stream());
    }
}
