package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufMetadata;
import org.consensusprobe.prompts.SentencePieces.Algorithm;
import org.consensusprobe.prompts.SentencePieces.Kind;
import org.consensusprobe.prompts.SentencePieces.Piece;
import org.consensusprobe.prompts.SentencePieces.Spacing;

/**
 * Tokenizers of GGUF files whose vocabulary is of pieces: SentencePiece's byte pairs ({@code llama}) and unigram model
 * ({@code t5}), WordPiece ({@code bert}).
 *
 * <p>Ids are those of the model that the file was made of. As llama.cpp does, and SentencePiece does not, every part of a text
 * between tokens that are written out in it begins with a space.
 */
final class GgufPieces {
    private static final String PREFIX = GgufVocabulary.PREFIX;

    /** How llama.cpp's conversion calls rows that have no token; T5's blanks are the first hundred of them, from the last. */
    private static final Pattern BLANK = Pattern.compile("\\[PAD\\d+]");

    private static final int T5_BLANKS = 100;

    private final Path file;
    private final GgufMetadata metadata;
    private final GgufVocabulary vocabulary;

    private GgufPieces(GgufFile gguf, GgufVocabulary vocabulary) {
        this.file = gguf.file();
        this.metadata = gguf.metadata();
        this.vocabulary = vocabulary;
    }

    /** SentencePiece's byte pairs: merged by the score of what they make; Gemma's by its id. */
    static ObjectNode bytePairs(GgufFile gguf, GgufVocabulary vocabulary) {
        GgufPieces pieces = new GgufPieces(gguf, vocabulary);
        boolean gemma = gguf.metadata().text("general.architecture").orElse("").startsWith("gemma");
        SentencePieces model = pieces.model(Algorithm.BPE, 0, gemma);
        ObjectNode json = SentencePieceTokenizer.json(model, true);
        ArrayNode merges = (ArrayNode) json.path("model").path("merges");
        if (!vocabulary.merges(merges)) {
            PieceMerges.byScore(
                    model.pieces(),
                    SentencePieceTokenizer.bytesOfCharacters(model).keySet(),
                    merges);
        }
        json.set("post_processor", vocabulary.around(true, false));
        return json;
    }

    /** SentencePiece's unigram model. */
    static ObjectNode unigram(GgufFile gguf, GgufVocabulary vocabulary) {
        GgufPieces pieces = new GgufPieces(gguf, vocabulary);
        ObjectNode json = SentencePieceTokenizer.json(pieces.model(Algorithm.UNIGRAM, 2, false), true);
        json.set("post_processor", vocabulary.around(false, true));
        return json;
    }

    private SentencePieces model(Algorithm algorithm, int unknown, boolean byId) {
        List<Float> scores = metadata.floats(PREFIX + "scores");
        vocabulary.requireOneEach("scores", scores.size());
        if (scores.isEmpty()) {
            throw Problem.input(
                    "%s: its SentencePiece tokenizer has no scores (%sscores).%n%s", file, PREFIX, GgufVocabulary.HELP);
        }
        List<Piece> pieces = new ArrayList<>();
        boolean bytes = false;
        int blanks = 0;
        for (int id = 0; id < scores.size(); id++) {
            String text = vocabulary.tokens().get(id);
            Kind kind = vocabulary.kind(id);
            if (!Float.isFinite(scores.get(id)) || text.isEmpty()) {
                throw Problem.input(
                        "%s: the token %d, \"%s\", has the score %s; expected some text and a finite score.",
                        file, id, Shown.text(text), scores.get(id));
            }
            if (kind == Kind.BYTE && !text.matches("<0x[0-9A-F]{2}>")) {
                throw Problem.input(
                        "%s: the token \"%s\" stands for a byte; expected <0x00> to <0xFF>.", file, Shown.text(text));
            }
            if (algorithm == Algorithm.UNIGRAM
                    && kind == Kind.UNUSED
                    && blanks < T5_BLANKS
                    && BLANK.matcher(text).matches()) {
                text = "<extra_id_" + (T5_BLANKS - 1 - blanks++) + ">";
                kind = Kind.CONTROL;
            }
            pieces.add(new Piece(text, byId ? -id : scores.get(id), kind));
            bytes |= kind == Kind.BYTE;
        }
        int unknownId = vocabulary.id("unknown_token_id", unknown);
        byte[] charsMap = charsMap();
        Spacing spacing = new Spacing(
                charsMap,
                metadata.bool(PREFIX + "add_space_prefix").orElse(true),
                metadata.bool(PREFIX + "remove_extra_whitespaces").orElse(algorithm == Algorithm.UNIGRAM));
        return new SentencePieces(algorithm, pieces, unknownId, bytes, spacing, null, null);
    }

    private byte[] charsMap() {
        List<Long> values = metadata.integers(PREFIX + "precompiled_charsmap");
        byte[] map = new byte[values.size()];
        for (int i = 0; i < map.length; i++) {
            map[i] = values.get(i).byteValue();
        }
        CharsMap.check(file, map);
        return map;
    }

    /**
     * WordPiece. llama.cpp writes words with U+2581 in front and the rest of words as they are, here turned back; capitals and
     * accents stay where the vocabulary has capitals, since the file does not say whether they do.
     */
    static ObjectNode wordPieces(GgufFile gguf, GgufVocabulary vocabulary) {
        int unknown = vocabulary.id("unknown_token_id", 100);
        ObjectNode json = StrictJson.mapper().createObjectNode().put("version", "1.0");
        ArrayNode added = json.putArray("added_tokens");
        ObjectNode vocab = StrictJson.mapper().createObjectNode();
        boolean capitals = false;
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            Kind kind = vocabulary.kind(id);
            String token = wordPiece(vocabulary.tokens().get(id), kind);
            vocab.put(token, id);
            if (kind == Kind.CONTROL || kind == Kind.USER_DEFINED) {
                TokenizerParts.added(added, id, token, kind == Kind.CONTROL);
            } else if (id != unknown && !token.startsWith("[")) {
                capitals |= token.codePoints().anyMatch(Character::isUpperCase);
            }
        }
        if (vocab.size() != vocabulary.tokens().size()) {
            throw Problem.input("%s: the tokenizer has a word or a part of one twice.", gguf.file());
        }
        json.set(
                "normalizer",
                TokenizerParts.part("BertNormalizer")
                        .put("clean_text", true)
                        .put("handle_chinese_chars", true)
                        .put("lowercase", !capitals)
                        .putNull("strip_accents"));
        json.set("pre_tokenizer", TokenizerParts.part("BertPreTokenizer"));
        json.set("decoder", TokenizerParts.part("WordPiece").put("prefix", "##").put("cleanup", true));
        ObjectNode model = TokenizerParts.part("WordPiece")
                .put("unk_token", wordPiece(vocabulary.tokens().get(unknown), vocabulary.kind(unknown)))
                .put("continuing_subword_prefix", "##")
                .put("max_input_chars_per_word", 100);
        json.set("model", model.set("vocab", vocab));
        boolean begins = gguf.metadata().bool(PREFIX + "add_bos_token").orElse(true);
        boolean ends = gguf.metadata().bool(PREFIX + "add_sep_token").orElse(true);
        String first = gguf.metadata().has(PREFIX + "cls_token_id") ? "cls_token_id" : "bos_token_id";
        json.set(
                "post_processor",
                TokenizerParts.template(
                        begins ? vocabulary.one(first) : Map.of(),
                        ends ? vocabulary.one("seperator_token_id") : Map.of())); // llama.cpp's spelling
        return json;
    }

    private static String wordPiece(String token, Kind kind) {
        if (kind == Kind.CONTROL) {
            return token;
        }
        return token.startsWith(SentencePieces.SPACE) ? token.substring(1) : "##" + token;
    }
}
