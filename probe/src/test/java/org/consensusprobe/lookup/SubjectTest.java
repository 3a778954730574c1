package org.consensusprobe.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.Reference;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.plan.WeightMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SubjectTest {
    private static final Path MXFP4 = Reference.table("families/gpt_oss-mxfp4");

    @TempDir
    Path folder;

    /** What its files keep in a few bits has whole matrices, whether they are read or drawn; for drawn ones no file is needed. */
    @ParameterizedTest
    @EnumSource(names = {"RANDOM", "RANDOM_EACH_PASS"})
    void aQuantisedModelIsTheSameWhereItsWeightsAreDrawn(WeightMode drawn) throws IOException {
        Subject read = Subject.fromDirectory("model", MXFP4, WeightMode.TRAINED);
        Files.copy(MXFP4.resolve("config.json"), folder.resolve("config.json"));

        for (Path place : new Path[] {MXFP4, folder}) {
            Subject subject = Subject.fromDirectory("model", place, drawn);

            assertThat(subject.config()).isEqualTo(read.config());
            assertThat(subject.transformer().allTensors())
                    .isEqualTo(read.transformer().allTensors());
        }
    }

    /** The families that a config may be of and that are not run: why, and what can be done. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            gemma3n          | is not run here: its layers are given the tokens again
            gemma3n_text     | is not run here: its layers are given the tokens again
            gemma4           | is not run here: its layers are given the tokens again
            gemma4_text      | is not run here: its layers are given the tokens again
            mllama           | is not run here: some of its layers attend to an image
            paligemma        | is not run here: the tokens of its prompt see each other both ways
            qwen3_next       | has layers of linear attention or recurrent states
            qwen3_5_moe_text | has layers of linear attention or recurrent states
            mamba2           | has layers of linear attention or recurrent states
            rwkv7            | has layers of linear attention or recurrent states
            falcon_h1        | has layers of linear attention or recurrent states
            granitemoehybrid | has layers of linear attention or recurrent states
            """)
    void aFamilyThatIsNotRunIsRefusedWithItsReason(String type, String reason) {
        String config = "{\"model_type\": \"" + type + "\", \"text_config\": {\"model_type\": \"llama\"}}";

        assertThatThrownBy(() -> Architectures.of(
                        StrictJson.parse(config.getBytes(StandardCharsets.UTF_8), "test", "config"), "here"))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith("here: model_type \"" + type + "\" " + reason)
                .hasMessageEndingWith("save them from Python, then consensus states FILE.")
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(2));
    }
}
