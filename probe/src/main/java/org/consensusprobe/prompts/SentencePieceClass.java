package org.consensusprobe.prompts;

import static org.consensusprobe.prompts.TokenizerParts.metaspace;
import static org.consensusprobe.prompts.TokenizerParts.normalizers;
import static org.consensusprobe.prompts.TokenizerParts.part;
import static org.consensusprobe.prompts.TokenizerParts.preTokenizers;
import static org.consensusprobe.prompts.TokenizerParts.replace;
import static org.consensusprobe.prompts.TokenizerParts.replaceAll;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.prompts.SentencePieces.Algorithm;
import org.consensusprobe.prompts.SentencePieces.Kind;
import org.consensusprobe.prompts.SentencePieces.Piece;

/**
 * transformers' tokenizer classes over a SentencePiece model ({@code models/NAME/tokenization_NAME.py}): which ids the pieces
 * get, what is done to a text, and which special tokens there are where the settings say nothing.
 */
enum SentencePieceClass {
    LLAMA("LlamaTokenizer", Algorithm.BPE, List.of(), specials("<s>", "</s>", "<unk>", null, null, null, null)),
    GEMMA(
            "GemmaTokenizer",
            Algorithm.BPE,
            List.of("gemma", "gemma2", "gemma3_text"),
            specials("<bos>", "<eos>", "<unk>", null, "<pad>", null, "<mask>")),
    T5("T5Tokenizer", Algorithm.UNIGRAM, List.of("t5"), specials(null, "</s>", "<unk>", null, "<pad>", null, null)),
    XLM_ROBERTA(
            "XLMRobertaTokenizer",
            Algorithm.UNIGRAM,
            List.of("xlm-roberta"),
            specials("<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>")),
    CAMEMBERT(
            "CamembertTokenizer",
            Algorithm.UNIGRAM,
            List.of("camembert"),
            specials("<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>")),
    ALBERT(
            "AlbertTokenizer",
            Algorithm.UNIGRAM,
            List.of("albert"),
            specials("[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]")),
    XLNET(
            "XLNetTokenizer",
            Algorithm.UNIGRAM,
            List.of("xlnet"),
            specials("<s>", "</s>", "<unk>", "<sep>", "<pad>", "<cls>", "<mask>")),
    DEBERTA_V2(
            "DebertaV2Tokenizer",
            Algorithm.UNIGRAM,
            List.of("deberta-v2"),
            specials("[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]")),
    /** What transformers makes of a model file where no class of its own reads it: no space is put before a text. */
    BACKEND("TokenizersBackend", null, List.of(), specials("<s>", "</s>", "<unk>", null, null, null, null));

    /** Model types whose files transformers reads without a class, whichever their settings name. */
    private static final List<String> WITHOUT_CLASS = List.of(
            "ernie4_5",
            "glm",
            "glm4",
            "gpt_bigcode",
            "granite",
            "ministral",
            "ministral3",
            "mistral",
            "modernbert",
            "nemotron",
            "olmo2",
            "phi3",
            "stablelm");

    private final String className;
    private final Algorithm algorithm;
    private final List<String> modelTypes;
    private final List<String> specials;

    SentencePieceClass(String className, Algorithm algorithm, List<String> modelTypes, List<String> specials) {
        this.className = className;
        this.algorithm = algorithm;
        this.modelTypes = modelTypes;
        this.specials = specials;
    }

    /** The class of that name, with or without "Fast" at its end; that of a model's type where none is named. */
    static Optional<SentencePieceClass> find(String className, String modelType) {
        String plain = className.endsWith("Fast") ? className.substring(0, className.length() - 4) : className;
        if (WITHOUT_CLASS.contains(modelType) || plain.equals("PreTrainedTokenizer")) {
            return Optional.of(BACKEND);
        }
        Optional<SentencePieceClass> found = Arrays.stream(values())
                .filter(c -> plain.isEmpty() ? c.modelTypes.contains(modelType) : c.className.equals(plain))
                .findFirst();
        return plain.isEmpty() ? Optional.of(found.orElse(BACKEND)) : found;
    }

    String className() {
        return className;
    }

    /** Whether the class can read such a model. */
    boolean reads(Algorithm found) {
        return algorithm == null || algorithm == found;
    }

    /** The special token of that name, unless settings name another; null where the class has none. */
    String special(String name) {
        return specials.get(TokenizerClass.NAMES.indexOf(name));
    }

    /** The pieces by the ids that the class gives them. */
    List<Piece> pieces(List<Piece> stored, JsonNode settings) {
        List<Piece> pieces = new ArrayList<>();
        switch (this) {
            case XLM_ROBERTA -> {
                List.of("bos_token", "pad_token", "eos_token", "unk_token")
                        .forEach(n -> pieces.add(own(named(settings, n), 0)));
                pieces.addAll(stored.subList(Math.min(3, stored.size()), stored.size()));
                pieces.add(own(named(settings, "mask_token"), 0));
            }
            case CAMEMBERT -> {
                pieces.add(own("<s>NOTUSED", 0));
                pieces.add(own(named(settings, "pad_token"), 0));
                pieces.add(own("</s>NOTUSED", 0));
                pieces.add(own(named(settings, "unk_token"), 0));
                pieces.add(own("<unk>NOTUSED", -100));
                pieces.addAll(stored.subList(1, stored.size()));
                pieces.add(own(named(settings, "mask_token"), 0));
            }
            case T5 -> {
                pieces.addAll(stored);
                for (int i = settings.path("extra_ids").asInt(100) - 1; i >= 0; i--) {
                    pieces.add(own("<extra_id_" + i + ">", 0));
                }
            }
            default -> pieces.addAll(stored);
        }
        return pieces;
    }

    private static Piece own(String text, float score) {
        return new Piece(text, score, Kind.CONTROL);
    }

    private String named(JsonNode settings, String name) {
        return AddedTokens.named(settings, name, this::special).orElse("");
    }

    /** Which of {@link #pieces} stands for what is unknown. */
    private int unknown(SentencePieces model, List<Piece> pieces, JsonNode settings) {
        String text = named(settings, "unk_token");
        return switch (this) {
            case ALBERT -> 1;
            case T5 -> 2;
            case XLM_ROBERTA -> 3;
            case CAMEMBERT -> Math.max(
                    0, pieces.stream().map(Piece::text).toList().indexOf(text));
            case DEBERTA_V2 -> {
                int id = pieces.stream().map(Piece::text).toList().indexOf(text);
                yield id >= 0 && pieces.get(id).score() == 0 ? id : model.unknown();
            }
            default -> model.unknown();
        };
    }

    /** Everything of the {@code tokenizer.json} but its special tokens. */
    void describe(ObjectNode json, SentencePieces model, List<Piece> pieces, JsonNode settings) {
        boolean prefix = settings.path("add_prefix_space").asBoolean(true);
        json.set("normalizer", normalizer(model.spacing().charsMap(), settings));
        json.set("pre_tokenizer", preTokenizer(prefix, settings));
        json.putNull("post_processor");
        json.set(
                "decoder",
                model.algorithm() == Algorithm.BPE || this == BACKEND
                        ? TokenizerParts.pieceDecoder(this == LLAMA && prefix)
                        : metaspace("always", true));
        if (model.algorithm() == Algorithm.BPE) {
            bytePairs(json.putObject("model"), model, pieces, settings);
            return;
        }
        ObjectNode unigram = part("Unigram")
                .put("unk_id", unknown(model, pieces, settings))
                .put("byte_fallback", this == BACKEND && model.byteFallback());
        ArrayNode vocab = unigram.putArray("vocab");
        pieces.forEach(p -> vocab.addArray().add(p.text()).add((double) p.score()));
        json.set("model", unigram);
    }

    private void bytePairs(ObjectNode json, SentencePieces model, List<Piece> pieces, JsonNode settings) {
        json.put("type", "BPE")
                .put("fuse_unk", true)
                .put("byte_fallback", this != BACKEND || model.byteFallback())
                .put("ignore_merges", false);
        switch (this) {
            case GEMMA -> json.put("unk_token", named(settings, "unk_token"));
            case BACKEND -> json.put("unk_token", pieces.get(model.unknown()).text());
            default -> json.putNull("unk_token");
        }
        ObjectNode vocab = json.putObject("vocab");
        for (int id = 0; id < pieces.size(); id++) {
            vocab.put(pieces.get(id).text(), id);
        }
        PieceMerges.byId(pieces, json.putArray("merges"));
    }

    private JsonNode normalizer(byte[] charsMap, JsonNode settings) {
        List<ObjectNode> table = charsMap.length == 0 ? List.of() : List.of(TokenizerParts.precompiled(charsMap));
        List<ObjectNode> steps = new ArrayList<>();
        switch (this) {
            case LLAMA -> {
                return StrictJson.mapper().nullNode();
            }
            case T5, XLM_ROBERTA, CAMEMBERT -> steps.addAll(table);
            case GEMMA -> steps.add(replace(" ", SentencePieces.SPACE));
            case BACKEND -> {
                steps.addAll(table);
                steps.add(replace(" ", SentencePieces.SPACE));
            }
            case ALBERT, XLNET -> {
                steps.addAll(List.of(replace("``", "\""), replace("''", "\"")));
                if (this == XLNET || !settings.path("keep_accents").asBoolean()) {
                    steps.addAll(List.of(part("NFKD"), part("StripAccents")));
                }
                if (settings.path("do_lower_case").asBoolean(this == ALBERT)) {
                    steps.add(part("Lowercase"));
                }
                steps.addAll(table);
            }
            case DEBERTA_V2 -> {
                if (settings.path("do_lower_case").asBoolean()) {
                    steps.add(part("Lowercase"));
                }
                steps.add(replaceAll("\\s{2,}|[\\n\\r\\t]", " "));
                steps.add(part("NFC"));
                steps.add(part("Strip").put("strip_left", false).put("strip_right", true));
            }
        }
        return normalizers(steps);
    }

    private JsonNode preTokenizer(boolean prefix, JsonNode settings) {
        String always = prefix ? "always" : "never";
        return switch (this) {
            case LLAMA -> metaspace(prefix && !settings.path("legacy").asBoolean() ? "first" : always, false);
            case GEMMA, BACKEND -> StrictJson.mapper().nullNode();
            case T5, XLNET -> preTokenizers(List.of(part("WhitespaceSplit"), metaspace("always", true)));
            case XLM_ROBERTA, CAMEMBERT, ALBERT -> preTokenizers(
                    List.of(part("WhitespaceSplit"), metaspace(always, true)));
            case DEBERTA_V2 -> {
                ObjectNode spaces = metaspace(prefix ? "always" : "first", true);
                ObjectNode punctuation = part("Punctuation").put("behavior", "Isolated");
                yield preTokenizers(
                        settings.path("split_by_punct").asBoolean() ? List.of(punctuation, spaces) : List.of(spaces));
            }
        };
    }

    /** The names of the special tokens before and after a text; those that {@code add_..._token} asks for elsewhere. */
    List<List<String>> around(JsonNode settings) {
        return switch (this) {
            case T5 -> List.of(List.of(), List.of("eos_token"));
            case XLM_ROBERTA, CAMEMBERT -> List.of(List.of("bos_token"), List.of("eos_token"));
            case ALBERT, DEBERTA_V2 -> List.of(List.of("cls_token"), List.of("sep_token"));
            case XLNET -> List.of(List.of(), List.of("sep_token", "cls_token"));
            default -> List.of(asked(settings, "bos"), asked(settings, "eos"));
        };
    }

    private static List<String> asked(JsonNode settings, String name) {
        return settings.path("add_" + name + "_token").asBoolean() ? List.of(name + "_token") : List.of();
    }

    private static List<String> specials(String... tokens) {
        return Arrays.asList(tokens);
    }
}
