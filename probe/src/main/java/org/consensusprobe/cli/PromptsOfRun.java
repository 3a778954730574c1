package org.consensusprobe.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.Initial;
import org.consensusprobe.experiment.InitialStates;
import org.consensusprobe.experiment.ZeroRows;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.prompts.PromptContext;
import org.consensusprobe.prompts.PromptReader;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.prompts.Tokenizer;

/** Reads the prompts that a run's options name, for the model they are for. */
final class PromptsOfRun {
    private PromptsOfRun() {}

    /** The prompts; those of a file of states where it is given and they are not. */
    static PromptSet read(ModelLookup.Found found, RunOptions options, Initial initial) {
        return initial.kind() == Initial.Kind.FILE && !options.namesPrompts()
                ? InitialStates.promptsOf(initial)
                : read(found, options);
    }

    static PromptSet read(ModelLookup.Found found, RunOptions options) {
        String form = options.prompts();
        Transformer.Sizes sizes = found.subject().transformer().sizes();
        PromptContext context = new PromptContext(
                sizes.vocabulary(),
                sizes.context(),
                found.subject().name(),
                tokenizer(found, form, options),
                options.specialTokens(),
                options.limitPrompts());
        return options.skipZeroRows()
                ? PromptReader.readWithout(form, context, ZeroRows.of(found.subject(), options.plan()))
                : PromptReader.read(form, context);
    }

    // ids need no tokenizer, so none is fetched for them
    private static Optional<Path> tokenizer(ModelLookup.Found found, String form, RunOptions options) {
        int vocabulary = found.subject().transformer().sizes().vocabulary();
        if (options.tokenizer().isPresent()) {
            Path file = Tokenizer.locate(options.tokenizer(), Optional.empty(), vocabulary)
                    .orElseThrow();
            if (!Files.isRegularFile(file)) {
                throw Problem.input("--tokenizer %s: no such file; expected a tokenizer.json.", file);
            }
            return Optional.of(file);
        }
        return form.contains(".") ? found.tokenizer().get() : Optional.empty();
    }
}
