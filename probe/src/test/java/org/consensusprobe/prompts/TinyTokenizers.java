package org.consensusprobe.prompts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Hand-sized tokenizers for tests. */
public final class TinyTokenizers {
    /** Words of a list, [CLS] and [SEP] around a text, and settings that would truncate at 2 and pad to 9 tokens. */
    private static final String WITH_SPECIAL_TOKENS =
            """
            {"version": "1.0",
             "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
             "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
                         "pad_type_id": 0, "pad_token": "[PAD]"},
             "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                          {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
               "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
               "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]},
                                  "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}}},
             "decoder": null,
             "model": {"type": "WordLevel", "unk_token": "[UNK]",
                       "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "in": 3, "the": 4, "beginning": 5, "far": 900}}}
            """;

    private TinyTokenizers() {}

    public static Path withSpecialTokens(Path folder) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), WITH_SPECIAL_TOKENS);
    }

    /** The same without an entry for unknown words. */
    static Path withoutUnknown(Path folder) throws IOException {
        return Files.writeString(
                folder.resolve("without-unknown.json"), WITH_SPECIAL_TOKENS.replace("\"[UNK]\": 0, ", ""));
    }
}
