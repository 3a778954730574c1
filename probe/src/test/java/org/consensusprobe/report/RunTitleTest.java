package org.consensusprobe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.Manifest;
import org.junit.jupiter.api.Test;

class RunTitleTest {
    @Test
    void saysAllThatDeterminesTheCurve() {
        assertThat(RunTitle.of(FakeRuns.manifest("gpt2-xl", 48, "random", false, 3, 10, 0)))
                .isEqualTo(
                        "gpt2-xl · random weights (seed 42) · no feed-forward · float32 · 10 prompts as in the paper");
        assertThat(RunTitle.of(FakeRuns.manifest("gpt2", 12, "trained", true, 3, 100, 0)))
                .isEqualTo("gpt2 · trained weights · with feed-forward · float32 · 100 prompts as in the paper");
        assertThat(RunTitle.of(FakeRuns.manifest("gpt2", 12, "random-each-pass", true, 3, 100, 0)))
                .contains("random weights, redrawn each pass (seed 42)");
        assertThat(RunTitle.of(FakeRuns.manifest("gpt2", 12, "shuffled", true, 3, 100, 0)))
                .contains("shuffled weights (seed 42)");
    }

    @Test
    void namesPromptSets() {
        assertThat(title("random:4x12@7", 4)).endsWith(" · 4 random prompts of 12 tokens (seed 7)");
        assertThat(title("random:1x12", 1)).endsWith(" · 1 random prompt of 12 tokens");
        assertThat(title("/home/me/texts/wiki.txt", 3)).endsWith(" · 3 prompts of wiki.txt");
    }

    @Test
    void splitsWhatIsCommonFromWhatDiffers() {
        Titles comparison = RunTitle.compare(
                List.of(
                        FakeRuns.manifest("gpt2", 12, "trained", true, 3, 10, 0),
                        FakeRuns.manifest("gpt2", 12, "trained", false, 3, 10, 0),
                        FakeRuns.manifest("gpt2", 12, "random", false, 3, 10, 0)),
                List.of("a", "b", "c"),
                List.of());
        assertThat(comparison.common()).containsExactly("gpt2", "float32", "3 passes", "10 prompts as in the paper");
        assertThat(comparison.labels())
                .containsExactly(
                        "trained weights · with feed-forward",
                        "trained weights · no feed-forward",
                        "random weights (seed 42) · no feed-forward");
        assertThat(comparison.colours().get(0)).isEqualTo(comparison.colours().get(1));
        assertThat(comparison.colours().get(2))
                .isNotEqualTo(comparison.colours().get(0));
    }

    @Test
    void runsThatNothingTellsApartAreCalledByTheirFolders() {
        Manifest manifest = FakeRuns.manifest("gpt2", 12, "trained", true, 3, 10, 0);
        Titles comparison = RunTitle.compare(List.of(manifest, manifest), List.of("monday", "tuesday"), List.of());
        assertThat(comparison.labels()).containsExactly("monday", "tuesday");
        assertThat(comparison.colours()).doesNotHaveDuplicates();
    }

    private static String title(String prompts, int count) {
        Manifest manifest = FakeRuns.manifest("gpt2", 12, "trained", true, 3, count, 0);
        manifest.plan(FakeRuns.plan("gpt2", "trained", true, 3, 42).with(Fields.PROMPTS, prompts), count, 12);
        return RunTitle.of(manifest);
    }
}
