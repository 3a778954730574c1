package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;

/**
 * What PEFT's {@code adapter_config.json} says of a LoRA adapter, as far as a merge needs it.
 *
 * @param file the file
 * @param base the name or directory of the model that it was trained on
 * @param rank r, where no pattern says another
 * @param alpha lora_alpha, where no pattern says another
 * @param ranks r by patterns of module names
 * @param alphas lora_alpha by patterns of module names
 * @param byRoot whether the scaling is alpha / sqrt(r) (rsLoRA), not alpha / r
 * @param magnitudes whether matrices have magnitudes of their own (DoRA)
 */
record AdapterConfig(
        Path file,
        Optional<String> base,
        int rank,
        double alpha,
        Map<Pattern, Double> ranks,
        Map<Pattern, Double> alphas,
        boolean byRoot,
        boolean magnitudes) {
    static final String NAME = "adapter_config.json";
    private static final String WHAT = "adapter's config";
    private static final long MAX_BYTES = 4_000_000;
    private static final int MAX_RANK = 1 << 20;

    /** A pattern is a name or a simple expression over names; nothing that could take for ever to match. */
    private static final Pattern SAFE_PATTERN =
            Pattern.compile("\\^?(?:[\\w.-]|\\\\[.d]|\\.\\*|\\[[\\w-]+\\]|\\|){1,300}\\$?");

    /** Starts that change the base model's own matrices, so that the adapter does not go with the model that is stored. */
    private static final Pattern CHANGING_STARTS =
            Pattern.compile("(pissa.*|corda|olora|loftq|lora_ga|mica)", Pattern.CASE_INSENSITIVE);

    /** Fields that say how it was trained, how it is found, or what its tensors say too. */
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "task_type",
            "init_lora_weights",
            "auto_mapping",
            "peft_version",
            "revision",
            "inference_mode",
            "target_modules",
            "exclude_modules",
            "lora_dropout",
            "fan_in_fan_out",
            "bias",
            "modules_to_save",
            "layers_to_transform",
            "layers_pattern",
            "loftq_config",
            "eva_config",
            "corda_config",
            "lora_ga_config",
            "velora_config",
            "runtime_config",
            "lora_bias",
            "megatron_core",
            "qalora_group_size",
            "ensure_weight_tying");

    /**
     * Reads the file of an adapter's directory.
     *
     * @throws Problem if it is missing, damaged, or of a kind of adapter that is not merged here
     */
    static AdapterConfig read(Path directory) {
        Path file = directory.resolve(NAME);
        if (!CheckpointFiles.isThere(file)) {
            throw Problem.input(
                    "%s: no %s in this directory; expected one of PEFT's adapters, with it and adapter_model.safetensors.",
                    directory, NAME);
        }
        JsonNode json = StrictJson.requireObject(
                StrictJson.parsePython(CheckpointFiles.readText(file, MAX_BYTES, WHAT), file.toString(), WHAT),
                file.toString(),
                WHAT);
        JsonFields fields = JsonFields.of(json, file);
        requireLora(fields, json.path("init_lora_weights"), file);
        AdapterConfig config = new AdapterConfig(
                file,
                fields.optionalText("base_model_name_or_path"),
                fields.positiveInt("r", MAX_RANK),
                fields.positiveNumber("lora_alpha"),
                patterns(fields, json, "rank_pattern", file),
                patterns(fields, json, "alpha_pattern", file),
                fields.boolOr("use_rslora", false),
                fields.boolOr("use_dora", false));
        refuseUnread(fields, json, file);
        return config;
    }

    private static void requireLora(JsonFields fields, JsonNode start, Path file) {
        String type = fields.text("peft_type");
        if (!type.equals("LORA")) {
            throw Problem.input(
                    "%s: an adapter of the kind %s, which is not merged here; LoRA, rsLoRA and DoRA are.%n"
                            + "If PEFT can merge it: merge_and_unload() and save_pretrained(dir), and give that directory as --model.",
                    file, Shown.text(type));
        }
        if (start.isTextual() && CHANGING_STARTS.matcher(start.asText()).matches()) {
            throw Problem.input(
                    "%s: init_lora_weights is %s: training began by changing the model's own matrices, which the adapter"
                            + " expects.%nSave it in Python with path_initial_model_for_weight_conversion, which makes a plain LoRA of it.",
                    file, Shown.text(start.asText()));
        }
    }

    private static void refuseUnread(JsonFields fields, JsonNode json, Path file) {
        for (String key : List.copyOf(fields.unread())) {
            JsonNode value = json.get(key);
            boolean neutral = value.isNull()
                    || value.isBoolean() && !value.asBoolean()
                    || value.isContainerNode() && value.isEmpty();
            if (!neutral && !WITHOUT_EFFECT.contains(key)) {
                throw Problem.input(
                        "%s: %s is %s, which is not implemented.%n"
                                + "If PEFT can merge it: merge_and_unload() and save_pretrained(dir), and give that directory as --model.",
                        file, Shown.text(key), Shown.text(value.toString()));
            }
        }
    }

    private static Map<Pattern, Double> patterns(JsonFields fields, JsonNode json, String key, Path file) {
        List<String> names = new ArrayList<>();
        json.path(key).fieldNames().forEachRemaining(names::add);
        Map<Pattern, Double> patterns = new LinkedHashMap<>();
        fields.filledObject(key).ifPresent(object -> {
            for (String text : names) {
                patterns.put(pattern(text, key, file), object.positiveNumber(text));
            }
        });
        return patterns;
    }

    /** As PEFT's get_pattern_key: the end of a module's name, from a dot on. */
    private static Pattern pattern(String text, String key, Path file) {
        try {
            if (SAFE_PATTERN.matcher(text).matches()) {
                return Pattern.compile("(?:.*\\.)?(?:" + text + ")");
            }
        } catch (PatternSyntaxException e) {
            // refused below
        }
        throw Problem.input(
                "%s: %s has the pattern %s; expected a module's name, in which .*, \\d, \\., [abc], | and ^ may stand.",
                file, key, Shown.text(text));
    }

    /** r of a module. */
    long rank(String module) {
        return Math.round(first(ranks, module, rank));
    }

    /** What B A is multiplied by for a module. */
    double scaling(String module) {
        double r = rank(module);
        return first(alphas, module, alpha) / (byRoot ? Math.sqrt(r) : r);
    }

    private static double first(Map<Pattern, Double> patterns, String module, double otherwise) {
        return patterns.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(module).matches())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(otherwise);
    }
}
