package org.consensusprobe.prompts;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.consensusprobe.common.Problem;

/**
 * What prompts must fit to: the model's vocabulary and context, and how text becomes ids.
 *
 * @param vocabulary number of token ids; ids are 0 to {@code vocabulary - 1}
 * @param contextLength the most tokens the model takes, or {@link #UNLIMITED}
 * @param modelName the model's name for messages
 * @param tokenizer the {@code tokenizer.json} for texts, if there is one; see {@link Tokenizer#locate}
 * @param specialTokens whether texts get the tokenizer's special tokens
 * @param front whether the special tokens that the tokenizer puts in front of a text stand in front of every prompt, or of
 *     none; empty: of texts under {@code specialTokens}
 * @param limit take only the first so many prompts; the others are not looked at
 */
public record PromptContext(
        int vocabulary,
        int contextLength,
        String modelName,
        Optional<Path> tokenizer,
        boolean specialTokens,
        Optional<Boolean> front,
        OptionalInt limit) {
    /** The context length of a model without a bound. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** Without a word on special tokens in front. */
    public PromptContext(
            int vocabulary,
            int contextLength,
            String modelName,
            Optional<Path> tokenizer,
            boolean specialTokens,
            OptionalInt limit) {
        this(vocabulary, contextLength, modelName, tokenizer, specialTokens, Optional.empty(), limit);
    }

    public PromptContext {
        if (vocabulary < 1) {
            throw Problem.input("%s: the vocabulary must have at least 1 token, found %d.", modelName, vocabulary);
        }
        if (contextLength < 1) {
            throw Problem.input("%s: the context must be at least 1 token, found %d.", modelName, contextLength);
        }
        if (limit.isPresent() && limit.getAsInt() < 1) {
            throw Problem.input("--limit-prompts must be at least 1, found %d.", limit.getAsInt());
        }
    }

    /** How many of {@code count} prompts are taken. */
    int taken(int count) {
        return Math.min(count, limit.orElse(Integer.MAX_VALUE));
    }
}
