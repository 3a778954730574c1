package org.consensusprobe.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.consensusprobe.Reference;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.weights.Checkpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fields that are absent, null or empty mean what transformers' config class makes of them: {@code configs.json}, which
 * {@code scripts/reference-configs.py} wrote, has the class's values said outright, and the model must be the same.
 */
class ConfigsTest {
    /** Families whose classes come with their checkpoints. */
    static final Set<String> NOT_IN_TRANSFORMERS = Set.of("huginn_raven", "ouro");

    private static final JsonNode TABLE = StrictJson.readObject(Reference.table("configs.json"), 1 << 22, "configs");

    /** Of a kind that no file has, and that Python happens to take for false or not to look at: may be refused. */
    private static final Set<String> ODD = Set.of("{}", "[]", "\"\"");

    @TempDir
    Path folder;

    @Test
    void everyFieldMeansWhatTransformersMakesOfIt() throws IOException {
        List<String> wrong = new ArrayList<>();
        int refused = 0;
        for (JsonNode c : TABLE.get("cases")) {
            JsonNode base = TABLE.get("bases").get(c.get("base").asText());
            ObjectNode config = changed((ObjectNode) base.get("config"), c);
            Optional<Transformer> model = read(config);
            Optional<Transformer> meant =
                    c.get("means").isNull() ? Optional.empty() : read(meaning(base, c.get("means")));
            refused += model.isEmpty() ? 1 : 0;
            if (!agree(model, meant, c)) {
                wrong.add(c.get("base").asText() + ": " + c.get("field").asText() + " "
                        + c.get("is").asText() + ": expected " + c.get("means") + ", found "
                        + (model.isPresent() ? "another model" : "a refusal"));
            }
        }
        assertThat(wrong)
                .as(wrong.size() + " of " + TABLE.get("cases").size() + " fields")
                .isEmpty();
        assertThat(refused).isLessThan(TABLE.get("cases").size() * 3 / 4);
    }

    private static boolean agree(Optional<Transformer> model, Optional<Transformer> meant, JsonNode c) {
        if (model.isEmpty()) {
            return meant.isEmpty() || ODD.contains(c.get("is").asText()) && !isEmptyObjectOfItsKind(c);
        }
        try {
            assertThat(model.get()).usingRecursiveComparison().isEqualTo(meant.orElse(null));
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    /** An empty object where objects belong. */
    private static boolean isEmptyObjectOfItsKind(JsonNode c) {
        return c.get("is").asText().equals("{}") && c.get("field").asText().matches("rope_(parameters|scaling)");
    }

    @Test
    void theTableHasEveryFamilyAndEveryFieldThatIsRead() {
        Set<String> families = new LinkedHashSet<>();
        TABLE.get("bases")
                .forEach(base -> families.add(base.at("/config/model_type").asText()));
        assertThat(families)
                .as("scripts/reference-configs.py names the fields")
                .containsExactlyInAnyOrderElementsOf(Architectures.all().stream()
                        .map(Architectures.Architecture::modelType)
                        .filter(family -> !NOT_IN_TRANSFORMERS.contains(family))
                        .toList());

        for (Architectures.Architecture family : Architectures.all()) {
            if (NOT_IN_TRANSFORMERS.contains(family.modelType())) {
                continue;
            }
            Set<String> changed = new HashSet<>();
            TABLE.get("cases").forEach(c -> {
                if (c.get("base").asText().split(" ")[0].equals(family.modelType())) {
                    changed.add(c.get("field").asText().split("\\.")[0]);
                }
            });
            JsonNode outright = TABLE.get("bases").get(family.modelType()).get("outright");
            JsonFields fields = JsonFields.of(outright, "table");
            family.reader().apply(fields);
            assertThat(changed).as(family.modelType()).containsAll(read(fields));
        }
    }

    /** What a reader asked for. */
    private static Set<String> read(JsonFields fields) {
        try {
            var read = JsonFields.class.getDeclaredField("read");
            read.setAccessible(true);
            Set<String> names = new HashSet<>();
            ((Set<?>) read.get(fields)).forEach(name -> names.add((String) name));
            return names;
        } catch (ReflectiveOperationException e) {
            return fail(e);
        }
    }

    private Optional<Transformer> read(ObjectNode config) throws IOException {
        Files.writeString(folder.resolve("config.json"), config.toString());
        try {
            return Optional.of(Architectures.of(Checkpoint.readConfig(folder), folder.resolve("config.json")));
        } catch (Problem e) {
            assertThat(e.getMessage().lines()).hasSizeLessThanOrEqualTo(2);
            return Optional.empty();
        }
    }

    private static ObjectNode changed(ObjectNode base, JsonNode c) {
        ObjectNode config = base.deepCopy();
        if (c.get("field").asText().equals("everything")) {
            return config.retain("model_type");
        }
        String[] path = c.get("field").asText().split("\\.");
        ObjectNode inner = path.length == 1 ? config : (ObjectNode) config.get(path[0]);
        String name = path[path.length - 1];
        if (c.get("is").asText().equals("absent")) {
            inner.remove(name);
        } else {
            inner.set(name, StrictJson.parse(c.get("is").asText().getBytes(StandardCharsets.UTF_8), "table", "value"));
        }
        return config;
    }

    private static ObjectNode meaning(JsonNode base, JsonNode means) {
        ObjectNode config = ((ObjectNode) base.get("outright")).deepCopy();
        config.setAll((ObjectNode) means);
        return config;
    }
}
