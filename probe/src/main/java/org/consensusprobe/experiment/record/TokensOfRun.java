package org.consensusprobe.experiment.record;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.prompts.Tokenizer;
import org.consensusprobe.results.TokenTexts;

/** Names the tokens whose states a run keeps. */
final class TokensOfRun {
    private TokensOfRun() {}

    /** Ids, and their texts where the prompts came as text; none of images. */
    static Optional<TokenTexts> of(PromptSet prompts) {
        if (prompts.images().isPresent()) {
            return Optional.empty();
        }
        if (prompts.tokenizer().isEmpty()) {
            return Optional.of(texts(prompts, ids -> List.of()));
        }
        try (Tokenizer tokenizer = Tokenizer.load(prompts.tokenizer().get())) {
            return Optional.of(texts(prompts, ids -> Arrays.stream(ids)
                    .mapToObj(id -> tokenizer.decode(new int[] {id}))
                    .toList()));
        }
    }

    private static TokenTexts texts(PromptSet prompts, Function<int[], List<String>> decode) {
        return new TokenTexts(prompts.ids().stream()
                .map(ids -> new TokenTexts.Prompt(ids, decode.apply(ids)))
                .toList());
    }
}
