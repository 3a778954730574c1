package org.consensusprobe.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A checkpoint the program knows by name: one file of {@code models/}.
 *
 * @param alias its short name, for example {@code gpt2-xl}
 * @param hubId where it is on the hub, for example {@code openai-community/gpt2-xl}; none for a bundled checkpoint
 * @param revision the hub commit, or {@code main}
 * @param config the facts of its {@code config.json} under Hugging Face's field names; enough for random weights
 * @param directory the bundled checkpoint, if it is one
 * @param tokenizer its {@code tokenizer.json}, if one is bundled
 * @param parameters number of parameters, a tied head counted once
 */
public record KnownModel(
        String alias,
        Optional<String> hubId,
        String revision,
        JsonNode config,
        Optional<Path> directory,
        Optional<Path> tokenizer,
        long parameters) {}
