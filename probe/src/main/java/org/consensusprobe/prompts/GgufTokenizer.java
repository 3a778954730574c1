package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufMetadata;

/**
 * The {@code tokenizer.json} that a GGUF file's tokenizer would have, from its metadata: byte-level BPE, with the cuts that
 * {@code tokenizer.ggml.pre} names.
 *
 * <p>A file keeps vocabulary, merges and the kind of every token; how text is cut before is a name only, so that a name whose
 * rule is not known for sure is refused.
 */
final class GgufTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final String HELP = "Give the model's tokenizer.json with --tokenizer.";

    /** Kinds of tokens, {@code llama_token_type}: these two are looked for in the text before it is cut. */
    private static final long CONTROL = 3;

    private static final long USER_DEFINED = 4;

    private final Path file;
    private final GgufMetadata metadata;
    private final List<String> tokens;

    private GgufTokenizer(GgufFile file) {
        this.file = file.file();
        this.metadata = file.metadata();
        requireBytePairs();
        this.tokens = metadata.texts(PREFIX + "tokens");
    }

    /**
     * The tokenizer of a file.
     *
     * @throws Problem if the file is damaged, or its tokenizer is none that can be built
     */
    static ObjectNode json(Path file) {
        return new GgufTokenizer(GgufFile.read(file)).json();
    }

    private ObjectNode json() {
        ObjectNode json = StrictJson.mapper().createObjectNode().put("version", "1.0");
        GgufPreTokenizer pre = preTokenizer();
        addedTokens(json.putArray("added_tokens"));
        json.set("normalizer", pre.normalizer());
        json.set("pre_tokenizer", pre.json());
        specialTokens(json, pre);
        json.putObject("decoder")
                .put("type", "ByteLevel")
                .put("add_prefix_space", true)
                .put("trim_offsets", true)
                .put("use_regex", true);
        ObjectNode model = json.putObject("model")
                .put("type", "BPE")
                .put("fuse_unk", false)
                .put("byte_fallback", false)
                .put("ignore_merges", pre.takesWholeWords());
        vocabulary(model.putObject("vocab"));
        merges(model.putArray("merges"));
        return json;
    }

    private void requireBytePairs() {
        String model = metadata.text(PREFIX + "model")
                .orElseThrow(() -> Problem.input("%s: the file has no tokenizer.%n%s", file, HELP));
        if (!model.equals("gpt2")) {
            throw Problem.input(
                    "%s: its tokenizer is of the kind \"%s\"%s; only byte-level BPE (\"gpt2\") is built from GGUF files.%n%s",
                    file, Shown.text(model), model.equals("llama") ? " (SentencePiece)" : "", HELP);
        }
    }

    private GgufPreTokenizer preTokenizer() {
        String architecture = metadata.text("general.architecture").orElse("");
        String name = metadata.text(PREFIX + "pre").orElse(architecture.equals("gpt2") ? "gpt-2" : "");
        return GgufPreTokenizer.named(name)
                .orElseThrow(() -> Problem.input(
                        "%s: how its tokenizer cuts text (%spre) %s; known: %s.%n%s",
                        file,
                        PREFIX,
                        name.isEmpty() ? "is missing" : "is \"" + Shown.text(name) + "\"",
                        GgufPreTokenizer.names(),
                        HELP));
    }

    private void addedTokens(ArrayNode added) {
        List<Long> kinds = metadata.integers(PREFIX + "token_type");
        if (!kinds.isEmpty() && kinds.size() != tokens.size()) {
            throw Problem.input(
                    "%s: %stoken_type has %d entries for %d tokens.", file, PREFIX, kinds.size(), tokens.size());
        }
        for (int id = 0; id < kinds.size(); id++) {
            if (kinds.get(id) == CONTROL || kinds.get(id) == USER_DEFINED) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", kinds.get(id) == CONTROL);
            }
        }
    }

    private void vocabulary(ObjectNode vocab) {
        if (tokens.isEmpty()) {
            throw Problem.input("%s: the tokenizer has no vocabulary (%stokens).%n%s", file, PREFIX, HELP);
        }
        for (int id = 0; id < tokens.size(); id++) {
            if (vocab.has(tokens.get(id))) {
                throw Problem.input(
                        "%s: the tokenizer has the token %s twice, as %s and %d.",
                        file, Shown.text(tokens.get(id)), vocab.get(tokens.get(id)), id);
            }
            vocab.put(tokens.get(id), id);
        }
    }

    private void merges(ArrayNode merges) {
        for (String merge : metadata.texts(PREFIX + "merges")) {
            int space = merge.indexOf(' ', 1);
            if (space < 0 || space == merge.length() - 1) {
                throw Problem.input("%s: the tokenizer merges \"%s\"; expected two tokens.", file, Shown.text(merge));
            }
            merges.addArray().add(merge.substring(0, space)).add(merge.substring(space + 1));
        }
    }

    /** What goes around a text for its model. */
    private void specialTokens(ObjectNode json, GgufPreTokenizer pre) {
        boolean begin = metadata.bool(PREFIX + "add_bos_token").orElse(pre.beginsTexts());
        boolean end = metadata.bool(PREFIX + "add_eos_token").orElse(false);
        ObjectNode template = json.putObject("post_processor").put("type", "TemplateProcessing");
        ObjectNode special = template.putObject("special_tokens");
        for (String form : List.of("single", "pair")) {
            ArrayNode parts = template.putArray(form);
            if (begin) {
                special(parts, special, "bos_token_id");
            }
            parts.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
            if (form.equals("pair")) {
                parts.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
            }
            if (end) {
                special(parts, special, "eos_token_id");
            }
        }
    }

    private void special(ArrayNode parts, ObjectNode table, String key) {
        long id = metadata.integer(PREFIX + key).orElse(-1);
        if (id < 0 || id >= tokens.size()) {
            throw Problem.input(
                    "%s: %s%s is %s; expected one of the %d tokens.",
                    file, PREFIX, key, id < 0 ? "missing" : id, tokens.size());
        }
        String token = tokens.get((int) id);
        parts.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
        ObjectNode entry = table.putObject(token).put("id", token);
        entry.putArray("ids").add(id);
        entry.putArray("tokens").add(token);
    }
}
