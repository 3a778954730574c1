package org.consensusprobe.experiment.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.Npy;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs on GGUF files against runs on the same weights as Hugging Face keeps them, and against transformers. */
class GgufRunTest {
    @TempDir
    Path folder;

    @BeforeEach
    void start() {
        Runs.defaultThreads();
    }

    /** Errors and hidden states, to the last bit. */
    @ParameterizedTest
    @CsvSource({
        "quantised, TRAINED, FLOAT32",
        "quantised, TRAINED, FLOAT64",
        "quantised, TRAINED, BFLOAT16",
        "quantised, SHUFFLED, FLOAT32",
        "quantised, RANDOM, FLOAT32",
        "tiny-gpt2, TRAINED, FLOAT64",
        "tiny-gpt2, SHUFFLED, FLOAT32",
        "tiny-llama, TRAINED, FLOAT32",
        "tiny-llama, SHUFFLED, FLOAT64",
        "tiny-qwen2, TRAINED, FLOAT32",
        "tiny-qwen3, TRAINED, FLOAT32",
        "tiny-phi3, TRAINED, FLOAT32"
    })
    void givesTheBitsOfSafetensors(String model, WeightMode weights, DType dtype) throws IOException {
        Path directory = model.equals("quantised") ? Reference.gguf(model) : Reference.folder(model);
        Runs runs = Runs.of(weights, dtype, Reference.PASSES);
        Runs.Result there = runs.run(subject(directory, weights), prompts(directory));
        Runs.Result here = runs.run(subject(Reference.gguf(model + ".gguf"), weights), prompts(directory));
        assertThat(here.sameBits(there)).isTrue();
        assertThat(here.error()[0]).hasSizeGreaterThan(Reference.PASSES);
    }

    /** A norm's 1 + w was rounded when the file was made, so that bits differ. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-gemma", "tiny-gemma2"})
    void gemmaDiffersByARounding(String model) throws IOException {
        Path directory = Files.createDirectory(folder.resolve("copy"));
        Files.copy(Reference.folder(model).resolve("model.safetensors"), directory.resolve("model.safetensors"));
        ObjectNode config =
                (ObjectNode) StrictJson.readObject(Reference.folder(model).resolve("config.json"), 1 << 20, "config");
        if (config.has("query_pre_attn_scalar")) {
            config.put("query_pre_attn_scalar", 16); // which GGUF files do not have
        }
        Files.writeString(directory.resolve("config.json"), config.toString());
        List<int[]> prompts = prompts(Reference.folder(model));
        Runs runs = Runs.of(WeightMode.TRAINED, DType.FLOAT64, Reference.PASSES);
        Runs.Result there = runs.run(subject(directory, WeightMode.TRAINED), prompts);
        Runs.Result here = runs.run(subject(Reference.gguf(model + ".gguf"), WeightMode.TRAINED), prompts);
        assertThat(here.largestErrorDifference(there)).isLessThan(1e-6);
    }

    /** {@code expected-*.npy} is what transformers' own modules give on the dequantised weights in float64. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isWhatTransformersGivesOnTheDequantisedWeights(boolean feedForward) throws IOException {
        Path reference = Reference.gguf("quantised");
        Runs runs = Runs.of(WeightMode.TRAINED, DType.FLOAT64, Reference.PASSES).feedForward(feedForward);
        double[][] found = runs.run(subject(Reference.gguf("quantised.gguf"), WeightMode.TRAINED), prompts(reference))
                .error();
        String file = "expected-trained" + (feedForward ? "" : "-no-feed-forward") + ".npy";
        double[][] expected = Npy.read(reference.resolve(file)).rows();
        for (int prompt = 0; prompt < expected.length; prompt++) {
            assertThat(found[prompt]).containsExactly(expected[prompt], within(1e-12));
        }
    }

    private static Subject subject(Path model, WeightMode weights) {
        return Subject.fromDirectory("model", model, weights);
    }

    private static List<int[]> prompts(Path directory) throws IOException {
        return List.of(
                StrictJson.mapper().readValue(directory.resolve("prompts.json").toFile(), int[][].class));
    }
}
