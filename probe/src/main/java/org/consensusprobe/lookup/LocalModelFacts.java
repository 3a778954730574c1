package org.consensusprobe.lookup;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.model.KnownModel;
import org.consensusprobe.model.KnownModels;
import org.consensusprobe.prompts.PromptContext;
import org.consensusprobe.prompts.Tokenizer;
import org.consensusprobe.weights.Checkpoint;

/** Finds the facts of models: those known by alias, directories with a config.json, GGUF files, and those of the hub. */
public final class LocalModelFacts implements ModelFacts.Lookup {
    private final Supplier<ModelLookup> models;

    /** Models of the hub are looked up with this. */
    public LocalModelFacts(Supplier<ModelLookup> models) {
        this.models = models;
    }

    private static final List<String> CONTEXT_FIELDS = List.of("n_positions", "max_position_embeddings");

    @Override
    public ModelFacts find(String model) {
        ModelTarget target = ModelTarget.parse(model, KnownModels.installed());
        if (target.known().isPresent()) {
            KnownModel known = target.known().get();
            return facts(known.alias(), known.alias(), known.config(), known.directory(), known.tokenizer());
        }
        if (target.path().isEmpty()) {
            return ofHub(model, target.id().orElseThrow());
        }
        Path path = target.path().get();
        String where = Checkpoint.configFile(path).toString();
        return facts(model, where, Checkpoint.readConfig(path), Optional.of(path), Optional.empty());
    }

    private ModelFacts ofHub(String model, ModelId id) {
        ModelLookup lookup = models.get();
        Path folder = lookup.configFolder(id);
        String where = Checkpoint.configFile(folder).toString();
        ModelFacts facts = facts(model, where, Checkpoint.readConfig(folder), Optional.empty(), Optional.empty());
        return new ModelFacts(
                model, facts.vocabulary(), facts.contextLength(), lookup.tokenizer(id, false, facts.vocabulary()));
    }

    private static ModelFacts facts(
            String name, String where, JsonNode config, Optional<Path> path, Optional<Path> tokenizer) {
        int vocabulary = positive(where, config, List.of("vocab_size"))
                .orElseThrow(() -> Problem.input("%s: \"vocab_size\" is missing.", where));
        int contextLength = positive(where, config, CONTEXT_FIELDS).orElse(PromptContext.UNLIMITED);
        return new ModelFacts(
                name,
                vocabulary,
                contextLength,
                tokenizer.or(() -> Tokenizer.locate(Optional.empty(), path, vocabulary)));
    }

    private static Optional<Integer> positive(String where, JsonNode config, List<String> fields) {
        for (String field : fields) {
            JsonNode value = config.path(field);
            if (value.isMissingNode() || value.isNull()) {
                continue;
            }
            if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
                throw Problem.input("%s: \"%s\" must be a positive integer, found %s.", where, field, value);
            }
            return Optional.of(value.intValue());
        }
        return Optional.empty();
    }
}
