package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.StrictJson;

/**
 * transformers' tokenizer classes that are built from plain vocabulary files: how they cut text, and which special tokens
 * they have where their settings say nothing.
 */
enum TokenizerClass {
    GPT2("GPT2Tokenizer", List.of("gpt2", "gpt_neo", "opt"), endOfText(null)),
    GPT_NEOX("GPTNeoXTokenizer", List.of("gpt_neox"), endOfText("<|padding|>")),
    ROBERTA("RobertaTokenizer", List.of("roberta"), specials("<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>")),
    QWEN2(
            "Qwen2Tokenizer",
            List.of("qwen2", "qwen3"),
            specials(null, "<|endoftext|>", "<|endoftext|>", null, "<|endoftext|>", null, null)),
    BERT("BertTokenizer", List.of("bert"), specials(null, null, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"));

    /** The named special tokens, in the order in which those that the vocabulary lacks are added to it. */
    static final List<String> NAMES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final String className;
    private final List<String> modelTypes;
    private final List<String> specials;

    TokenizerClass(String className, List<String> modelTypes, List<String> specials) {
        this.className = className;
        this.modelTypes = modelTypes;
        this.specials = specials;
    }

    /** The class of that name, with or without "Fast" at its end; that of a model's type where none is named. */
    static Optional<TokenizerClass> find(String className, String modelType) {
        String plain = className.endsWith("Fast") ? className.substring(0, className.length() - 4) : className;
        return Arrays.stream(values())
                .filter(c -> plain.isEmpty() ? c.modelTypes.contains(modelType) : c.className.equals(plain))
                .findFirst();
    }

    String className() {
        return className;
    }

    boolean isWordPiece() {
        return this == BERT;
    }

    /** The special token of that name, unless settings name another; null where the class has none. */
    String special(String name) {
        return specials.get(NAMES.indexOf(name));
    }

    /** Everything of the {@code tokenizer.json} but its vocabulary and its special tokens. */
    void describe(ObjectNode json, JsonNode settings) {
        json.set("normalizer", normalizer(settings));
        json.set("pre_tokenizer", preTokenizer(settings));
        json.putNull("post_processor");
        ObjectNode decoder = json.putObject("decoder");
        ObjectNode model = json.putObject("model");
        if (isWordPiece()) {
            decoder.put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
            model.put("type", "WordPiece")
                    .put(
                            "unk_token",
                            AddedTokens.named(settings, "unk_token", this::special)
                                    .orElse("[UNK]"))
                    .put("continuing_subword_prefix", "##")
                    .put("max_input_chars_per_word", 100);
        } else {
            byteLevel(decoder, true, true);
            model.put("type", "BPE")
                    .put("fuse_unk", false)
                    .put("byte_fallback", false)
                    .put("ignore_merges", false);
        }
    }

    private JsonNode normalizer(JsonNode settings) {
        ObjectNode json = StrictJson.mapper().createObjectNode();
        return switch (this) {
            case GPT2, ROBERTA -> StrictJson.mapper().nullNode();
            case GPT_NEOX, QWEN2 -> json.put("type", "NFC");
            case BERT -> {
                json.put("type", "BertNormalizer")
                        .put("clean_text", true)
                        .put(
                                "handle_chinese_chars",
                                settings.path("tokenize_chinese_chars").asBoolean(true))
                        .put("lowercase", settings.path("do_lower_case").asBoolean(true));
                JsonNode accents = settings.path("strip_accents");
                yield accents.isBoolean() ? json.set("strip_accents", accents) : json.putNull("strip_accents");
            }
        };
    }

    private ObjectNode preTokenizer(JsonNode settings) {
        boolean prefixSpace = settings.path("add_prefix_space").asBoolean(false);
        ObjectNode json = StrictJson.mapper().createObjectNode();
        switch (this) {
            case GPT2, GPT_NEOX, ROBERTA -> byteLevel(json, prefixSpace, true);
            case QWEN2 -> {
                ArrayNode steps = GgufPreTokenizer.words(json, "\\p{N}");
                byteLevel(steps.addObject(), prefixSpace, false);
            }
            case BERT -> json.put("type", "BertPreTokenizer");
        }
        return json;
    }

    private static void byteLevel(ObjectNode json, boolean prefixSpace, boolean regex) {
        json.put("type", "ByteLevel")
                .put("add_prefix_space", prefixSpace)
                .put("trim_offsets", true)
                .put("use_regex", regex);
    }

    /** What goes around a text for its model. */
    void postProcessor(ObjectNode json, JsonNode settings, AddedTokens tokens) {
        Optional<String> before;
        Optional<String> after;
        if (this == ROBERTA || this == BERT) {
            before = tokens.named("cls_token");
            after = tokens.named("sep_token");
        } else {
            before = tokens.named("bos_token")
                    .filter(t -> settings.path("add_bos_token").asBoolean());
            after = tokens.named("eos_token")
                    .filter(t -> settings.path("add_eos_token").asBoolean());
        }
        json.set("post_processor", TokenizerParts.template(tokens.ids(before), tokens.ids(after)));
    }

    private static List<String> endOfText(String padding) {
        return specials("<|endoftext|>", "<|endoftext|>", "<|endoftext|>", null, padding, null, null);
    }

    /** In the order of {@link #NAMES}, null where there is none. */
    private static List<String> specials(String... tokens) {
        return Arrays.asList(tokens);
    }
}
