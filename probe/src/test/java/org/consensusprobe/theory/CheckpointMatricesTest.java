package org.consensusprobe.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Optional;
import org.consensusprobe.Reference;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Checkpoint;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorTable;
import org.consensusprobe.weights.TrainedWeights;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointMatricesTest {
    /** Families whose scores are scaled by something else than the root of a head's size. */
    @ParameterizedTest
    @CsvSource({
        "tiny-gpt2, 0.28867513459481287",
        "tiny-gpt-neo, 1.0",
        "tiny-gemma2, 0.22360679774997896",
        "t5-gated, 1.0",
        "gemma3_text-windows, 0.22360679774997896",
        "gemma3-windows, 0.22360679774997896",
        "granite-multipliers, 0.2",
        "vit-plain, 0.3535533905932738"
    })
    void scoresAreScaledAsInTheFamilysOwnBlock(String name, double factor) {
        Path folder = name.startsWith("tiny-") ? Reference.folder(name) : Reference.table("families/" + name);
        Checkpoint files = Checkpoint.open(folder);
        Transformer transformer = Architectures.of(files.config(), folder);
        Torch.start(0);
        try (Scope scope = Scope.open();
                TrainedWeights source = new TrainedWeights(
                        transformer,
                        false,
                        TensorTable.resolve(transformer.fileLayout(), files),
                        Precision.uniform("cpu", DType.FLOAT64),
                        Optional.empty())) {
            Kernels kernels = Kernels.plain(scope);
            double scale = CheckpointMatrices.scoreScale(transformer, kernels, source.layer(kernels, 0, 1), 1);

            assertThat(scale).isCloseTo(factor, within(1e-15));
        }
    }
}
