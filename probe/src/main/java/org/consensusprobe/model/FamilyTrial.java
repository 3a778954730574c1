package org.consensusprobe.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.StrictJson;

/**
 * What was tried of a family, and what does not apply to it: {@code families.json}, which tests hold to the registry.
 *
 * @param modelType the {@code model_type} of its configs
 * @param kind "decoder", "encoder" or "images": what its tokens are, and whether they see those behind them
 * @param float64 how far error and last hidden states were at most from transformers' modules, both in float64; the states by
 *     their largest entry
 * @param float32 the same of a run in float32 from those modules in float64
 * @param largest the largest size that was run
 * @param gguf whether a GGUF file of it was read
 * @param without what of the program does not apply, besides what follows from its kind
 */
public record FamilyTrial(
        String modelType,
        String kind,
        String float64,
        String float32,
        String largest,
        boolean gguf,
        List<String> without) {
    private static final String RESOURCE = "/families.json";

    /** Those of all families, by name. */
    public static List<FamilyTrial> all() {
        try (InputStream in = FamilyTrial.class.getResourceAsStream(RESOURCE)) {
            List<FamilyTrial> trials = new ArrayList<>();
            for (JsonNode family : StrictJson.parse(in.readAllBytes(), RESOURCE, "table")) {
                JsonFields f = JsonFields.of(family, RESOURCE);
                trials.add(new FamilyTrial(
                        f.text("type"),
                        f.text("kind"),
                        f.text("float64"),
                        f.text("float32"),
                        f.text("largest"),
                        f.bool("gguf"),
                        f.texts("without")));
            }
            return trials;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that does not apply to it, in words. */
    public List<String> notApplicable() {
        List<String> all = new ArrayList<>();
        switch (kind) {
            case "encoder" -> all.add("next tokens");
            case "images" -> all.addAll(List.of("text", "next tokens"));
            default -> {
                if (Architectures.isTextPart(modelType)) {
                    all.add("images");
                }
            }
        }
        all.addAll(without);
        return all;
    }
}
