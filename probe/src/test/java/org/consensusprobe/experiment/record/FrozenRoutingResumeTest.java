package org.consensusprobe.experiment.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.consensusprobe.Reference;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The experts that tokens chose in the first pass are still theirs when an interrupted run goes on. */
class FrozenRoutingResumeTest {
    private static final PromptSet PROMPTS =
            PromptSet.ofIds("two", List.of(new int[] {5, 9, 60, 31, 8, 44, 17}, new int[] {1, 2, 3}));

    @TempDir
    Path folder;

    /** Three layers a pass: in the first pass, at its end, and after it. */
    @ParameterizedTest
    @CsvSource({"true, 2", "true, 3", "true, 7", "false, 7"})
    void goesOnToTheSameBytes(boolean frozen, int blocks) {
        RunPlan plan = Runs.plan(WeightMode.TRAINED, DType.FLOAT32, 4)
                .with(IngredientFields.FREEZE_ROUTING, frozen)
                .with(Fields.MEASURES, List.of("expert-flips"));
        Path whole = folder.resolve("whole");
        Path run = folder.resolve("run");
        execute(plan, RunDirectory.create(whole, false), () -> false);

        AtomicInteger asked = new AtomicInteger();
        assertThatThrownBy(
                        () -> execute(plan, RunDirectory.create(run, false), () -> asked.getAndIncrement() >= blocks))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(blocks + " of 12 blocks are done");
        execute(plan, RunDirectory.resume(run), () -> false);

        for (String file : List.of("error.npy", "hidden.npy", "measures/expert-flips.npy")) {
            assertThat(run.resolve(file)).as(file).hasSameBinaryContentAs(whole.resolve(file));
        }
    }

    private static void execute(RunPlan plan, RunDirectory directory, BooleanSupplier cancelled) {
        Subject subject =
                Subject.fromDirectory("mixture", Reference.table("families/mixtral-plain"), WeightMode.TRAINED);
        try (directory;
                RecordedRun recorded =
                        RecordedRun.prepare(subject, plan, Machine.CPU, PROMPTS, Optional.empty(), Optional.empty())) {
            recorded.into(directory, new RunListener() {}, cancelled);
        }
    }
}
