package org.consensusprobe.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.consensusprobe.common.Shown;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections.ModelFile;

/**
 * What two runs must have in common to give the same bytes on one machine: program, plan, prompts, model, files, kernels.
 *
 * <p>Threads, memory and the processor are left out: the first two change no bit, and the last is the user's to keep.
 */
final class RunIdentity {
    /** Manifest fields by what users call them, with the value that a field has where it is missing. */
    private static final Map<String, Field> FIELDS = new LinkedHashMap<>();

    private record Field(String section, String name, JsonNode missing) {}

    static {
        field("program version", "program", "version");
        field("model", "plan", "model");
        field("weights", "plan", "weights");
        field("feed-forward", "plan", "feed_forward");
        neutral("mask", "mask", TextNode.valueOf("own"));
        neutral("beta", "beta", DoubleNode.valueOf(1));
        neutral("attention-scale", "attention_scale", DoubleNode.valueOf(1));
        neutral("skip", "skip", BooleanNode.TRUE);
        neutral("norm", "norm", BooleanNode.TRUE);
        neutral("heads", "heads", TextNode.valueOf("all"));
        neutral("initial", "initial", TextNode.valueOf("embedding"));
        field("initial states (SHA-256 of their file)", "plan", "initial_sha256");
        field("passes", "plan", "passes");
        field("prompts (SHA-256 of their ids)", "plan", "prompts_sha256");
        field("number of prompts", "plan", "prompt_count");
        field("dtype", "plan", "dtype");
        neutral("recycle", "recycle", TextNode.valueOf("final-norm"));
        neutral("similarity", "similarity", TextNode.valueOf("cosine"));
        field("chunk", "plan", "chunk");
        field("save-hidden", "plan", "save_hidden");
        neutral("save-hidden-at", "save_hidden_at", TextNode.valueOf(""));
        neutral("save-attention-at", "save_attention_at", TextNode.valueOf(""));
        field("device", "environment", "device");
        field("PyTorch version", "environment", "pytorch");
        field("kernels", "kernels", "sources");
        field("matrix products", "kernels", "products");
        field("MKL_CBWR", "kernels", "mkl_cbwr");
        field("rule for chunks", "kernels", "chunk_rule");
        field("dtype of states", "dtypes", "state");
        field("dtype of products", "dtypes", "products");
    }

    private RunIdentity() {}

    private static void field(String words, String section, String name) {
        FIELDS.put(words, new Field(section, name, MissingNode.getInstance()));
    }

    /** A field of the plan that manifests before it did not have: missing, it stands for what was the only way. */
    private static void neutral(String words, String name, JsonNode missing) {
        FIELDS.put(words, new Field("plan", name, missing));
    }

    /** The first difference in one line, such as {@code passes: 5 there, 7 here}; empty if there is none. */
    static Optional<String> difference(Manifest there, Manifest here) {
        for (Map.Entry<String, Field> entry : FIELDS.entrySet()) {
            JsonNode a = value(there, entry.getValue());
            JsonNode b = value(here, entry.getValue());
            if (!a.equals(b) && !(a.isNumber() && b.isNumber() && a.asDouble() == b.asDouble())) {
                return Optional.of(entry.getKey() + ": " + show(a) + " there, " + show(b) + " here");
            }
        }
        if ((!Objects.equals(there.plan().weights(), "trained") || drawsStates(there))
                && there.plan().seed() != here.plan().seed()) {
            return Optional.of(
                    "seed: " + there.plan().seed() + " there, " + here.plan().seed() + " here");
        }
        if (!measures(there).equals(measures(here))) {
            return Optional.of("measures: " + measures(there) + " there, " + measures(here) + " here");
        }
        if (!there.section("config").equals(here.section("config"))) {
            return Optional.of("the model's config.json");
        }
        return filesDifference(there.model().files(), here.model().files());
    }

    private static boolean drawsStates(Manifest manifest) {
        String initial = manifest.section("plan").path("initial").asText("embedding");
        return initial.equals("uniform") || initial.startsWith("consensus+");
    }

    private static List<String> measures(Manifest manifest) {
        List<String> names = new ArrayList<>();
        manifest.section("plan").path("measures").forEach(name -> names.add(name.asText()));
        return names;
    }

    /** A run that was killed before its files were read through knows nothing of them yet. */
    private static Optional<String> filesDifference(List<ModelFile> there, List<ModelFile> here) {
        if (there.isEmpty() || there.equals(here)) {
            return Optional.empty();
        }
        for (ModelFile file : there) {
            Optional<ModelFile> same =
                    here.stream().filter(f -> f.name().equals(file.name())).findFirst();
            if (same.isEmpty()) {
                return Optional.of("the file " + Shown.text(file.name()) + " is not here any more");
            }
            if (!same.get().equals(file)) {
                return Optional.of("the content of " + Shown.text(file.name()) + " (SHA-256 "
                        + Shown.text(file.sha256()) + " there, "
                        + same.get().sha256() + " here)");
            }
        }
        return Optional.of("the model has " + there.size() + " files there, " + here.size() + " here");
    }

    private static JsonNode value(Manifest manifest, Field field) {
        JsonNode value = manifest.section(field.section()).path(field.name());
        return value.isMissingNode() ? field.missing() : value;
    }

    private static String show(JsonNode value) {
        return value.isMissingNode() || value.isNull() ? "none" : Shown.text(value.asText());
    }
}
