package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.weights.CheckpointEditor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints with a tower for images beside one for text: the images' tower runs as it does alone. */
class TwoTowersTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "clip, clip_vision_model-plain",
        "clip, clip_vision_model-gelu",
        "siglip, siglip_vision_model-plain",
        "siglip, siglip_vision_model-heads"
    })
    void theImageTowerIsRunAsItIsAlone(String type, String tower) throws IOException {
        Path alone = Reference.table("families/" + tower);
        Path both = withText(type, alone);

        CommandResult whole = run(both, alone, "both");
        run(alone, alone, "alone");

        assertThat(whole.out() + whole.err())
                .contains("of a " + type + " the image tower alone is run; it takes no text here");
        for (String file : new String[] {"error.npy", "hidden.npy"}) {
            assertThat(folder.resolve("both").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("alone").resolve(file));
        }
    }

    @ParameterizedTest
    @CsvSource({"clip", "siglip"})
    void aConfigWithoutTheTowersFieldsIsRefused(String type) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"" + type + "\", \"text_config\": {}}");

        CommandResult.of("run", "--model", folder.toString(), "--weights", "random", "--dry-run")
                .refused(2, "vision_config", "the image tower's fields");
    }

    /** As the whole model is saved: its config around the tower's, its tensors under their tower's name. */
    private Path withText(String type, Path alone) throws IOException {
        Path both = CheckpointEditor.read(alone)
                .renamed("vision_model."::concat)
                .withZeros("text_model.embeddings.token_embedding.weight", 5, 8)
                .withZeros("text_model.encoder.layers.0.layer_norm1.weight", 8)
                .withZeros("text_model.final_layer_norm.weight", 8)
                .withZeros("logit_scale")
                .write(folder.resolve("model"));
        ObjectNode config = StrictJson.mapper().createObjectNode().put("model_type", type);
        config.putObject("text_config").put("hidden_size", 8).put("num_hidden_layers", 1);
        config.set(
                "vision_config",
                StrictJson.parse(Files.readAllBytes(alone.resolve("config.json")), "the tower's", "config"));
        Files.write(both.resolve("config.json"), config.toString().getBytes(StandardCharsets.UTF_8));
        return both;
    }

    private CommandResult run(Path model, Path images, String name) {
        CommandResult result = CommandResult.of(
                "run",
                "--model",
                model.toString(),
                "--prompts",
                images.resolve("pixels.npy").toString(),
                "--passes",
                "2",
                "--save-hidden",
                "--out",
                folder.resolve(name).toString());
        return result.succeeded();
    }
}
