package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalLong;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.model.KnownModels;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.consensusprobe.weights.Precision;
import org.junit.jupiter.api.Test;

/** What a run of a large shape needs, without one of its values being made. */
class MemoryPlanTest {
    private static final long GIB = 1L << 30;

    @Test
    void layersTakeTurnsWhereTwoDoNotFit() {
        MemoryPlan roomy = plan(64 * GIB);
        MemoryPlan tight = plan(17 * GIB);

        assertThat(roomy.readsAhead()).isTrue();
        assertThat(tight.readsAhead()).isFalse();
        // measured with these two layers: 13.7 GiB at most
        // making
        assertThat(roomy.streamedBytes()).isBetween(19 * GIB, 20 * GIB);
        assertThat(tight.streamedBytes()).isBetween(13 * GIB, 14 * GIB);
        assertThat(tight.residentLayers()).isZero();
        assertThat(tight.hasRoomForTest(shape())).isFalse();
        assertThat(roomy.hasRoomForTest(shape())).isTrue();
    }

    @Test
    void whatNotEvenOneLayerFitsInIsRefused() {
        assertThatThrownBy(() -> plan(8 * GIB))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("--memory allows 8.00 GiB");
    }

    private static MemoryPlan plan(long ceiling) {
        return MemoryPlan.of(
                shape(),
                Runs.plan(WeightMode.RANDOM, DType.BFLOAT16, 1),
                new Machine("cpu", 1, OptionalLong.of(ceiling), false),
                Precision.mixed("cpu", DType.BFLOAT16),
                List.of(new int[8]));
    }

    private static Transformer shape() {
        return Architectures.of(
                KnownModels.installed().require("llama-3.1-405b").config(), "llama-3.1-405b");
    }
}
