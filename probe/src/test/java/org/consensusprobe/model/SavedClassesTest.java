package org.consensusprobe.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.weights.Checkpoint;
import org.consensusprobe.weights.TensorTable;
import org.consensusprobe.weights.TinyCheckpoint;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A tiny checkpoint of every class that transformers can save for a family is read: heads that are not needed are let be. */
class SavedClassesTest {
    private static final JsonNode TABLE = StrictJson.readObject(Reference.table("heads.json"), 1 << 22, "heads");

    @TempDir
    Path folder;

    @Test
    void theTableHasEveryFamily() {
        Set<String> families = new LinkedHashSet<>();
        TABLE.get("checkpoints")
                .forEach(c -> families.add(c.at("/config/model_type").asText()));

        assertThat(families)
                .as("scripts/reference-heads.py names the classes")
                .containsExactlyInAnyOrderElementsOf(Architectures.all().stream()
                        .map(Architectures.Architecture::modelType)
                        .filter(family -> !ConfigsTest.NOT_IN_TRANSFORMERS.contains(family))
                        .toList());
    }

    @TestFactory
    Stream<DynamicTest> everyClassIsRead() {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode saved : TABLE.get("checkpoints")) {
            for (String wrapper : List.of("", "_orig_mod.", "module.", "base_model.model.", "module._orig_mod.")) {
                String name = wrapper
                        + saved.get("class").asText()
                        + (saved.get("tied").asBoolean() ? ", tied" : "");
                tests.add(DynamicTest.dynamicTest(name, () -> requireRead(saved, wrapper)));
            }
        }
        return tests.stream();
    }

    private void requireRead(JsonNode saved, String wrapper) throws IOException {
        Map<String, long[]> tensors = new LinkedHashMap<>();
        saved.get("tensors").properties().forEach(tensor -> {
            long[] shape = new long[tensor.getValue().size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = tensor.getValue().get(i).asLong();
            }
            tensors.put(wrapper + tensor.getKey(), shape);
        });
        Path directory = Files.createTempDirectory(folder, "saved");
        TinyCheckpoint.write(directory, (ObjectNode) saved.get("config"), tensors);

        Checkpoint checkpoint = Checkpoint.open(directory);
        Transformer model = Architectures.of(checkpoint.config(), checkpoint.configFile());
        TensorTable table = TensorTable.resolve(model.fileLayout(), checkpoint);

        assertThat(table.tensors().keySet())
                .containsAll(model.allTensors().stream()
                        .map(org.consensusprobe.weights.TensorSpec::name)
                        .collect(Collectors.toSet()));
        boolean scores = saved.get("class")
                .asText()
                .matches(".*(ForCausalLM|ForConditionalGeneration|GPT2LMHeadModel|DoubleHeadsModel)");
        if (scores && model.causal()) {
            model.head()
                    .forEach(spec ->
                            assertThat(table.has(spec.name())).as(spec.name()).isTrue());
        }
        assertThat(table.headsDespiteTie()).isEmpty();
    }
}
