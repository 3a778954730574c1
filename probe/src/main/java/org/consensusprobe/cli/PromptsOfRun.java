package org.consensusprobe.cli;

import org.consensusprobe.model.Transformer;
import org.consensusprobe.prompts.PromptContext;
import org.consensusprobe.prompts.PromptReader;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.prompts.Tokenizer;

/** Reads the prompts that a run's options name, for the model they are for. */
final class PromptsOfRun {
    private PromptsOfRun() {}

    static PromptSet read(ModelLookup.Found found, RunOptions options) {
        return read(found, options.prompts(), options);
    }

    static PromptSet read(ModelLookup.Found found, String form, RunOptions options) {
        Transformer.Sizes sizes = found.subject().transformer().sizes();
        return PromptReader.read(
                form,
                new PromptContext(
                        sizes.vocabulary(),
                        sizes.context(),
                        found.subject().name(),
                        options.tokenizer().isPresent()
                                ? Tokenizer.locate(options.tokenizer(), java.util.Optional.empty(), sizes.vocabulary())
                                : found.tokenizer(),
                        options.specialTokens(),
                        options.limitPrompts()));
    }
}
