package org.consensusprobe.lookup;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What prompts need to know of a model.
 *
 * @param name the model's name for messages
 * @param vocabulary number of token ids
 * @param contextLength the most tokens it takes
 * @param tokenizer its {@code tokenizer.json}, if there is one
 */
public record ModelFacts(String name, int vocabulary, int contextLength, Optional<Path> tokenizer) {
    /** Finds a model by what {@code --model} names. */
    @FunctionalInterface
    public interface Lookup {
        /**
         * The facts of a model.
         *
         * @throws org.consensusprobe.common.Problem if there is no such model, or its config lacks them
         */
        ModelFacts find(String model);
    }
}
