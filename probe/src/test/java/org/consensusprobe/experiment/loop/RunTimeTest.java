package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Times at planted rates, without a clock. */
class RunTimeTest {
    private static final KeptRates.Cost RATES = new KeptRates.Cost(2e-3, 1e-6, 5);
    private static final double BLOCKS = 1000 * 2e-3;

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0", // blocks alone
        "500000, 0, 0, 0.5", // what is made first is waited for
        "0, 1000000, 0, 0.5", // half of what is made beside the blocks is hidden behind them
        "0, 8000000, 0, 6", // but a run takes no less than making its weights
        "0, 0, 5000, 0.1", // 50 tokens' worth of products
        "500000, 1000000, 5000, 1.1"
    })
    void aTimeIsTheSumOfItsParts(double before, double beside, double head, double more) {
        assertThat(new RunTime(1000, before, beside, head, 100).seconds(RATES)).isCloseTo(BLOCKS + more, within(1e-12));
    }

    @Test
    void workGrowsWithPassesAndWithWhatIsMade() {
        Transformer model = Subject.fromDirectory("tiny", Reference.folder("tiny-gpt2"), WeightMode.RANDOM)
                .transformer();
        List<int[]> prompts = List.of(new int[5], new int[8]);
        RunPlan trained = Runs.plan(WeightMode.TRAINED, DType.FLOAT32, 4);
        RunTime mapped = Calibration.work(model, trained, false, false, prompts);
        RunTime read = Calibration.work(model, trained, true, false, prompts);
        RunTime kept = Calibration.work(model, trained, true, true, prompts);
        // four passes of three layers, and eight equal tokens through the first pass
        assertThat(mapped.tokenBlocks()).isEqualTo(4 * 3 * 13 + 3 * 8);
        assertThat(mapped.valuesBefore() + mapped.valuesBeside() + mapped.headFlop())
                .isZero();
        assertThat(read.valuesBefore()).isPositive();
        assertThat(read.valuesBeside()).isEqualTo(4 * kept.valuesBeside());
        RunTime scored = Calibration.work(
                model, trained.with(Fields.MEASURES, List.of("output-entropy")), false, false, prompts);
        Transformer.Sizes sizes = model.sizes();
        assertThat(scored.headFlop()).isEqualTo(2.0 * sizes.vocabulary() * sizes.width() * 13 * 4);
    }

    @ParameterizedTest
    @CsvSource({
        "0.2, 1 s",
        "8.6, 9 s",
        "11, 10 s",
        "13.4, 15 s",
        "88, 90 s",
        "200, 3 min",
        "1700, 30 min",
        "7200, 2.0 h"
    })
    void estimatesAreSaidNoFinerThanTheyAreKnown(double seconds, String said) {
        assertThat(Amounts.about(seconds)).isEqualTo(said);
    }
}
