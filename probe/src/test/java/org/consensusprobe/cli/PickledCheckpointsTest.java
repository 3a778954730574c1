package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.weights.CheckpointEditor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code pytorch_model.bin} in place of safetensors: the same bytes in error.npy, of every family and in every form. */
@Tag("slow")
class PickledCheckpointsTest {
    @TempDir
    Path folder;

    private static final List<String> HALF = List.of("gemma2-lowcap-f16", "opt-no-final-norm-bfloat16");

    /** One checkpoint of every family, and half precision. */
    static Stream<String> checkpoints() throws IOException {
        try (Stream<Path> all = Files.list(Reference.folder("tiny-gpt2").getParent())) {
            return all
                    .filter(directory -> Files.exists(directory.resolve("prompts.json")))
                    .map(directory -> directory.getFileName().toString())
                    .filter(name -> name.startsWith("tiny-") || HALF.contains(name))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void theSameBytes(String name) throws IOException {
        Path model = Reference.folder(name);
        Path prompts = model.resolve("prompts.json");
        byte[] expected = error(model, prompts);
        CheckpointEditor editor = CheckpointEditor.read(model);

        assertThat(error(editor.writeTorchStrided(folder.resolve("strided")), prompts))
                .isEqualTo(expected);
        Path plain = HALF.contains(name)
                ? editor.writeTorchShards(folder.resolve("shards"), 3)
                : editor.writeTorch(folder.resolve("single"));
        assertThat(error(plain, prompts)).isEqualTo(expected);
    }

    private byte[] error(Path model, Path prompts) throws IOException {
        Path out = folder.resolve("out-" + model.getFileName());
        CommandResult.of(
                        "run",
                        "--model",
                        model.toString(),
                        "--prompts",
                        prompts.toString(),
                        "--limit-prompts",
                        "2",
                        "--passes",
                        "1",
                        "--dtype",
                        "float32",
                        "--out",
                        out.toString())
                .succeeded();
        return Files.readAllBytes(out.resolve("error.npy"));
    }
}
