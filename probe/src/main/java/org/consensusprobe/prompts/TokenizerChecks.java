package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * What is checked of a {@code tokenizer.json} before the native library sees it.
 *
 * <p>The library reports most mistakes, but panics on a few, and a panic ends the whole process without a word on the
 * file. Those are found here (tokenizers 0.21, the version behind DJL 0.35).
 */
final class TokenizerChecks {
    private TokenizerChecks() {}

    /**
     * Checks a parsed file.
     *
     * @return its number of token ids: one more than the largest it names
     * @throws Problem naming the file
     */
    static int vocabulary(Path file, JsonNode json) {
        JsonNode model = json.path("model");
        if (!model.isObject()) {
            throw Problem.input(
                    "%s: no Hugging Face tokenizer: the object \"model\" is missing. Expected a tokenizer.json.", file);
        }
        checkSubwordPrefix(file, model);
        checkParts(file, json.path("normalizer"));
        checkParts(file, json.path("pre_tokenizer"));
        checkParts(file, json.path("decoder"));
        return largestId(file, json) + 1;
    }

    private static int largestId(Path file, JsonNode json) {
        JsonNode vocab = json.path("model").path("vocab");
        long largest = vocab.isArray() ? vocab.size() - 1 : -1; // Unigram: ids are positions in a list
        if (vocab.isObject()) {
            for (JsonNode id : vocab) {
                largest = Math.max(largest, id.asLong());
            }
        }
        for (JsonNode token : json.path("added_tokens")) {
            largest = Math.max(largest, token.path("id").asLong());
        }
        if (largest < 0 || largest >= Integer.MAX_VALUE) {
            throw Problem.input(
                    "%s: the tokenizer %s.", file, largest < 0 ? "has no vocabulary" : "names the token id " + largest);
        }
        return (int) largest;
    }

    /** BPE cuts the prefix off the second half of each merge, whether it is there or not. */
    private static void checkSubwordPrefix(Path file, JsonNode model) {
        String prefix = model.path("continuing_subword_prefix").asText("");
        if (!model.path("type").asText("BPE").equals("BPE") || prefix.isEmpty()) {
            return;
        }
        for (JsonNode merge : model.path("merges")) {
            String second = merge.isArray()
                    ? merge.path(1).asText()
                    : merge.asText().substring(merge.asText().indexOf(' ') + 1);
            if (!second.startsWith(prefix)) {
                throw Problem.input(
                        "%s: the tokenizer merges %s, whose second half lacks the subword prefix \"%s\".",
                        file, Shown.text(merge.toString()), Shown.text(prefix));
            }
        }
    }

    private static void checkParts(Path file, JsonNode part) {
        switch (part.path("type").asText()) {
            case "Precompiled" -> checkCharsMap(file, part.path("precompiled_charsmap"));
            case "FixedLength" -> require(file, part.path("length").asLong(1) > 0, "FixedLength of 0");
            case "Strip" -> require(file, part.path("stop").asLong() <= 1, "Strip of more than one trailing character");
            default -> part.forEach(inner -> checkParts(file, inner)); // sequences hold parts in lists
        }
    }

    private static void checkCharsMap(Path file, JsonNode base64) {
        try {
            byte[] bytes = base64.binaryValue();
            CharsMap.check(file, bytes == null ? new byte[0] : bytes);
        } catch (IOException e) {
            require(file, false, "precompiled_charsmap that is not base64");
        }
    }

    private static void require(Path file, boolean sound, String fault) {
        if (!sound) {
            throw Problem.input("%s: the tokenizer has a %s.", file, fault);
        }
    }
}
