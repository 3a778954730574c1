package org.consensusprobe.experiment.record;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.Shown;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Field.Role;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections.ModelFile;

/**
 * What two runs must have in common to give the same bytes on one machine: program, plan, prompts, model, files, kernels.
 *
 * <p>Threads, memory and the processor are left out: the first two change no bit, and the last is the user's to keep.
 */
final class RunIdentity {
    /** What is not in the plan, as a JSON pointer into a manifest, by what users call it. */
    private static final Map<String, String> FACTS = new LinkedHashMap<>();

    static {
        FACTS.put("program version", "/program/version");
        FACTS.put("model", "/plan/model");
        FACTS.put("initial states (SHA-256 of their file)", "/plan/initial_sha256");
        FACTS.put("prompts (SHA-256 of their ids)", "/plan/prompts_sha256");
        FACTS.put("number of prompts", "/plan/prompt_count");
        FACTS.put("device", "/environment/device");
        FACTS.put("PyTorch version", "/environment/pytorch");
        FACTS.put("kernels", "/kernels/sources");
        FACTS.put("matrix products", "/kernels/products");
        FACTS.put("MKL_CBWR", "/kernels/mkl_cbwr");
        FACTS.put("rule for chunks", "/kernels/chunk_rule");
        FACTS.put("dtype of states", "/dtypes/state");
        FACTS.put("dtype of products", "/dtypes/products");
    }

    private RunIdentity() {}

    /** The first difference in one line, such as {@code passes: 5 there, 7 here}; empty if there is none. */
    static Optional<String> difference(Manifest there, Manifest here) {
        RunPlan planThere = there.plan();
        RunPlan planHere = here.plan();
        for (Field<?> field : Fields.OF_A_RUN) {
            boolean decides = field.role() != Role.SOURCE && field.role() != Role.MACHINE;
            if (decides && !field.of(planThere).equals(field.of(planHere))) {
                return Optional.of(differ(field.name().replace('_', '-'), field.text(planThere), field.text(planHere)));
            }
        }
        for (Map.Entry<String, String> fact : FACTS.entrySet()) {
            JsonNode a = there.at(fact.getValue());
            JsonNode b = here.at(fact.getValue());
            if (!a.equals(b)) {
                return Optional.of(differ(fact.getKey(), a.asText(), b.asText()));
            }
        }
        if (!there.section("config").equals(here.section("config"))) {
            return Optional.of("the model's config.json");
        }
        return filesDifference(there.model().files(), here.model().files());
    }

    private static String differ(String what, String there, String here) {
        return what + ": " + show(there) + " there, " + show(here) + " here";
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

    private static String show(String value) {
        return value.isEmpty() ? "none" : Shown.text(value);
    }
}
