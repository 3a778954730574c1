package org.consensusprobe.experiment.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
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
            return Optional.of(texts(prompts, id -> ""));
        }
        try (Tokenizer tokenizer = Tokenizer.load(prompts.tokenizer().get())) {
            return Optional.of(texts(prompts, id -> tokenizer.decode(new int[] {id})));
        }
    }

    private static TokenTexts texts(PromptSet prompts, IntFunction<String> decode) {
        List<TokenTexts.Prompt> named = new ArrayList<>();
        for (int i = 0; i < prompts.count(); i++) {
            List<String> texts = new ArrayList<>();
            if (prompts.tokenizer().isPresent()) {
                for (int id : prompts.ids(i)) {
                    texts.add(decode.apply(id));
                }
            }
            named.add(new TokenTexts.Prompt(prompts.ids(i), texts));
        }
        return new TokenTexts(named);
    }
}
