package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.experiment.TinyGpt2;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Recycling;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.report.RunTitle;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecyclingTest {
    @TempDir
    Path folder;

    /** Two raw passes over blocks A, B are one pass over A, B, A, B: no norm in between, and one at the end. */
    @Test
    void rawPassesAreOneDeepModel() {
        TinyGpt2 shallow = new TinyGpt2(2);
        TinyGpt2 deep = new TinyGpt2(4).copyLayer(2, shallow, 0).copyLayer(3, shallow, 1);
        RunReader recycled = run(shallow, "shallow", 2, Recycling.RAW);
        RunReader once = run(deep, "deep", 1, Recycling.FINAL_NORM);
        assertThat(recycled.path().resolve("error.npy"))
                .hasSameBinaryContentAs(once.path().resolve("error.npy"));
        assertThat(recycled.path().resolve("hidden.npy"))
                .hasSameBinaryContentAs(once.path().resolve("hidden.npy"));
        RunReader normed = run(shallow, "normed", 2, Recycling.FINAL_NORM);
        assertThat(normed.error()[0][3]).isNotEqualTo(recycled.error()[0][3]);
    }

    @Test
    void manifestAndTitleSayWhatIsUnusual() {
        RunReader raw = run(new TinyGpt2(1), "raw", 1, Recycling.RAW);
        assertThat(raw.manifest().section("plan").path("recycle").asText()).isEqualTo("raw");
        assertThat(raw.manifest().section("plan").path("similarity").asText()).isEqualTo("cosine");
        assertThat(RunTitle.of(raw.manifest())).contains("no norm between passes · float32");
        RunReader usual = run(new TinyGpt2(1), "usual", 1, Recycling.FINAL_NORM);
        assertThat(RunTitle.parts(usual.manifest())).contains("float32");
    }

    private RunReader run(TinyGpt2 model, String name, int passes, Recycling recycling) {
        Path checkpoint = model.write(folder.resolve("model-" + name));
        RunPlan plan = Runs.plan(WeightMode.TRAINED, DType.FLOAT32, passes).with(RouteFields.RECYCLE, recycling);
        PromptSet prompts = PromptSet.ofIds("two", List.of(new int[] {1, 2, 3, 4}, new int[] {9, 8, 7}));
        try (RecordedRun run = RecordedRun.prepare(
                        Subject.fromDirectory(name, checkpoint, WeightMode.TRAINED),
                        plan,
                        Machine.CPU,
                        prompts,
                        Optional.empty(),
                        Optional.empty());
                RunDirectory directory = RunDirectory.create(folder.resolve(name), false)) {
            run.into(directory, new RunListener() {}, () -> false);
            return RunReader.open(directory.path());
        }
    }
}
