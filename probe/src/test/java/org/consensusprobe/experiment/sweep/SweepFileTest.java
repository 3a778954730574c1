package org.consensusprobe.experiment.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepFileTest {
    @TempDir
    Path folder;

    @Test
    void aGridIsEveryCombinationAndTheLastFieldVariesFastest() throws IOException {
        SweepFile sweep =
                read("{'passes': 3, 'grid': {'model': ['a', 'b'], 'feed_forward': [true, false], 'dtype': 'float64'}}");
        assertThat(sweep.title()).isEqualTo("sweep");
        assertThat(sweep.runs())
                .extracting(r -> r.model().name() + r.feedForward() + r.passes().count() + r.dtype())
                .containsExactly("atrue3FLOAT64", "afalse3FLOAT64", "btrue3FLOAT64", "bfalse3FLOAT64");
    }

    @Test
    void runsFollowTheGridAndOverrideWhatHoldsForAll() throws IOException {
        SweepFile sweep = read(
                "{'title': 'T', 'passes': 3, 'grid': {'model': 'a'}, 'runs': [{'model': 'a', 'passes': 4}, {'model': 'a'}]}");
        assertThat(sweep.runs()).extracting(r -> r.passes().count()).containsExactly(3, 4);
        assertThat(sweep.title()).isEqualTo("T");
    }

    @Test
    void trainedWeightsHaveNoSeedSoTheyRunOnce() throws IOException {
        SweepFile sweep = read("{'grid': {'model': 'a', 'weights': ['trained', 'random'], 'seed': [1, 2, 3]}}");
        assertThat(sweep.runs())
                .extracting(r -> r.weights().mode())
                .containsExactly(WeightMode.TRAINED, WeightMode.RANDOM, WeightMode.RANDOM, WeightMode.RANDOM);
        assertThat(sweep.runs()).extracting(Titles::folderName).doesNotHaveDuplicates();
    }

    @Test
    void everyFieldIsRead() throws IOException {
        RunPlan run = read("{'runs': [{'model': 'org/m', 'revision': 'v1', 'weights': 'random-each-pass', 'seed': 7,"
                        + " 'feed_forward': false, 'prompts': 'random:4x8', 'limit_prompts': 2, 'special_tokens': true,"
                        + " 'passes': 2, 'dtype': 'float64', 'recycle': 'raw', 'similarity': 'absolute', 'chunk': 3,"
                        + " 'measures': ['error-without-token-1']}]}")
                .runs()
                .get(0);
        assertThat(run.model().withRevision()).isEqualTo("org/m@v1");
        assertThat(Titles.describe(run))
                .isEqualTo(
                        "org/m, revision v1, random weights, redrawn each pass (seed 7), no feed-forward, no norm between passes,"
                                + " |cos|, float64, 2 passes, 2 random prompts of 8 tokens, with special tokens, chunks of 3");
        assertThat(run.arithmetic().chunk()).hasValue(3);
        assertThat(run.measures()).containsExactly("error-without-token-1");
        assertThat(run.prompts().specialTokens()).isTrue();
        assertThat(Titles.folderName(run))
                .matches("m-random-each-pass-no-feed-forward-no-norm-between-passes-cos--[0-9a-f]{8}");
    }

    @Test
    void aStepMayBeAFraction() throws IOException {
        SweepFile sweep = read("{'grid': {'model': 'a', 'step': ['1/6', 0.5, 1]}}");
        assertThat(sweep.runs()).extracting(r -> r.passes().step()).containsExactly(1 / 6.0, 0.5, 1.0);
        assertThatThrownBy(() -> read("{'runs': [{'model': 'a', 'step': '7/6'}]}"))
                .hasMessageContaining("step must be a number above 0 and up to 1");
    }

    @Test
    void knobsAreFields() throws IOException {
        SweepFile sweep = read("{'grid': {'model': 'm', 'mask': ['own', 'full', 'window:8'], 'beta': [1, 2.5],"
                + " 'heads': '0,2-3', 'attention_scale': 0.5, 'skip': false, 'norm': false, 'initial': 'uniform'}}");
        assertThat(sweep.runs()).hasSize(6);
        assertThat(sweep.runs()).extracting(Titles::folderName).doesNotHaveDuplicates();
        RunPlan last = sweep.runs().get(5);
        assertThat(Titles.changes(last))
                .containsExactly(
                        "window of 8",
                        "beta 2.5",
                        "attention x 0.5",
                        "no skips",
                        "no norms",
                        "heads 0,2,3 only",
                        "from uniform directions (seed 42)");
        assertThat(Titles.folderName(last))
                .matches("m-trained-window-of-8-beta-2.5-attention-x-0.5-no-skips-no-norms-heads-[0-9a-f]{8}");
        assertThat(Titles.describe(last)).contains("trained weights, with feed-forward, window of 8, beta 2.5, ");
    }

    @Test
    void drawnStatesHaveASeedWhateverTheWeights() throws IOException {
        assertThat(read("{'grid': {'model': 'a', 'initial': ['uniform', 'embedding'], 'seed': [1, 2]}}")
                        .runs())
                .extracting(r -> r.initial().text() + r.seed())
                .containsExactly("uniform1", "uniform2", "embedding42");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'grid': {'model': 'a', 'mask': 'diagonal'}} | mask must be own, causal, full or window:K",
                "{'grid': {'model': 'a', 'heads': '3-1'}} | heads must be heads counted from 0",
                "{'grid': {'model': 'a', 'heads': [1]}} | heads",
                "{'grid': {'model': 'a', 'beta': 'hot'}} | beta",
                "{'grid': {'model': 'a', 'initial': 'nowhere'}} | initial must be embedding, uniform, uniform@SEED, consensus+SIZE",
                "{} | no runs; expected a \"grid\" of lists, a list of \"runs\", or both",
                "{'grid': {'models': ['a']}} | run 1: unknown field models; a run has model, revision",
                "{'grid': {'passes': [1]}} | model is missing",
                "{'grid': {'model': 'a', 'seeds': [1]}} | run 1: unknown field seeds; a run has model, revision",
                "{'models': ['a'], 'grid': {}} | unknown field \"models\"; a sweep has title",
                "{'grid': {'model': []}} | grid: \"model\" is an empty list",
                "{'grid': {'model': 'a', 'weights': 'frozen'}} | weights must be one of trained, shuffled",
                "{'grid': {'model': 'a', 'dtype': 'int8'}} | dtype must be one of float64",
                "{'grid': {'model': 'a', 'passes': 0}} | passes must be an integer from 1",
                "{'grid': {'model': 'a', 'feed_forward': 'no'}} | feed_forward must be true or false",
                "{'grid': [1]} | the grid must be a JSON object",
                "{'runs': {'model': 'a'}} | runs must be a list",
                "{'runs': ['a']} | entry of \"runs\" must be a JSON object",
                "{'runs': [{'model': 'a'}], 'figure': {'row': ['model']}} | figure: unknown field row",
                "{'runs': [{'model': 'a'}], 'figure': {'rows': ['colour']}} | rows must be a list of fields of a run"
            })
    void refusesByName(String text, String reason) {
        assertThatThrownBy(() -> read(text.replace("''", "'")))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.WRONG_INPUT))
                .hasMessageContaining("sweep.json")
                .hasMessageContaining(reason);
    }

    @Test
    void hugeGridsAreRefusedBeforeTheyAreBuilt() {
        String hundred = "[" + "1,".repeat(99) + "1]";
        assertThatThrownBy(() -> read("{'grid': {'model': 'a', 'seed': " + hundred + ", 'passes': " + hundred
                        + ", 'chunk': " + hundred + "}}"))
                .hasMessageContaining("more than 10000 runs");
    }

    @Test
    void thePapersFiguresAreSweepFiles() {
        assertThat(figure(7)).extracting(RunPlan::feedForward).containsExactly(false, false);
        assertThat(figure(7)).extracting(r -> r.model().name()).containsExactly("gpt2-xl", "gpt-neo-2.7b");
        assertThat(figure(8)).extracting(RunPlan::feedForward).containsExactly(true, true);
        assertThat(figure(9)).hasSize(4).allMatch(r -> r.model().name().equals("gpt2-xl"));
        assertThat(figure(10)).hasSize(4).allMatch(r -> r.model().name().equals("gpt-neo-2.7b"));
        for (int number = 7; number <= 10; number++) {
            assertThat(figure(number))
                    .allMatch(
                            r -> r.passes().count() == 20 && r.prompts().form().equals("paper"));
        }
    }

    @Test
    void replacedFieldsAndModelsWin() throws IOException {
        Path file = write("{'title': 'T', 'grid': {'model': ['a', 'b'], 'passes': [1, 2]}}");
        SweepFile sweep =
                SweepFile.read(file, Values.NONE.with(RouteFields.PASSES, 9)).withModels(Map.of("b", "c"));
        assertThat(sweep.runs())
                .extracting(r -> r.model().name() + r.passes().count())
                .containsExactly("a9", "c9");
        assertThat(sweep.title()).isEqualTo("T: c in place of b");
    }

    private static List<RunPlan> figure(int number) {
        return SweepFile.read(Home.experiments().resolve("figure-" + number + ".json"))
                .runs();
    }

    private SweepFile read(String text) throws IOException {
        return SweepFile.read(write(text));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("sweep.json"), text.replace('\'', '"'));
    }
}
