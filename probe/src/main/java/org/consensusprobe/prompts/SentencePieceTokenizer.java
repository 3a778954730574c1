package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.prompts.SentencePieces.Algorithm;
import org.consensusprobe.prompts.SentencePieces.Kind;
import org.consensusprobe.prompts.SentencePieces.Piece;
import org.consensusprobe.prompts.SentencePieces.Spacing;

/**
 * The {@code tokenizer.json} that gives the ids of SentencePiece itself, for models of which no class of transformers says
 * otherwise: a file alone, and GGUF files.
 *
 * <p>Control symbols written out in a text are recognised, as everywhere here; SentencePiece would cut them up.
 */
final class SentencePieceTokenizer {
    private SentencePieceTokenizer() {}

    /**
     * The tokenizer of a model file that nothing stands beside.
     *
     * @throws Problem if the file is damaged, or ids cannot be made equal
     */
    static ObjectNode json(Path file) {
        SentencePieces model = SentencePieceFile.read(file);
        requireSymbolsAreTold(file, model);
        ObjectNode json = json(model, model.algorithm() == Algorithm.BPE);
        if (model.algorithm() == Algorithm.BPE) {
            for (JsonNode token :
                    json.path("added_tokens")) { // a symbol of spaces is one of U+2581: see how text is changed
                boolean symbol = !token.path("special").asBoolean();
                boolean changed = CharsMap.changes(
                        file, model.spacing().charsMap(), token.path("content").asText());
                ((ObjectNode) token).put("normalized", symbol && !changed);
            }
            PieceMerges.byScore(model.pieces(), bytesOfCharacters(model).keySet(), (ArrayNode)
                    json.path("model").path("merges"));
        }
        json.set("post_processor", TokenizerParts.template(Map.of(), Map.of()));
        return json;
    }

    /**
     * All but the merges and what goes around a text.
     *
     * @param splitOff whether user-defined symbols are looked for apart from what is cut
     */
    static ObjectNode json(SentencePieces model, boolean splitOff) {
        ObjectNode json = StrictJson.mapper().createObjectNode().put("version", "1.0");
        ArrayNode added = json.putArray("added_tokens");
        for (int id = 0; id < model.pieces().size(); id++) {
            Piece piece = model.pieces().get(id);
            if (piece.kind() == Kind.CONTROL || splitOff && piece.kind() == Kind.USER_DEFINED) {
                TokenizerParts.added(added, id, piece.text(), piece.kind() == Kind.CONTROL);
            }
        }
        json.set("normalizer", normalizer(model.spacing()));
        json.putNull("pre_tokenizer");
        json.set("decoder", TokenizerParts.pieceDecoder(model.spacing().prefix()));
        json.set("model", model.algorithm() == Algorithm.UNIGRAM ? unigram(model) : bytePairs(model));
        return json;
    }

    /** ASCII characters that have no piece but that of their byte, with its id: pieces may be made of them. */
    static Map<String, Integer> bytesOfCharacters(SentencePieces model) {
        Set<String> texts = model.pieces().stream().map(Piece::text).collect(Collectors.toCollection(HashSet::new));
        Map<String, Integer> found = new LinkedHashMap<>();
        for (int id = 0; id < model.pieces().size(); id++) {
            Piece piece = model.pieces().get(id);
            if (piece.kind() == Kind.BYTE) {
                int value = Integer.parseInt(piece.text(), 3, 5, 16);
                if (value < 128 && !texts.contains(Character.toString(value))) {
                    found.put(Character.toString(value), id);
                }
            }
        }
        return found;
    }

    private static ObjectNode normalizer(Spacing spacing) {
        List<ObjectNode> steps = new ArrayList<>();
        if (spacing.charsMap().length > 0) {
            steps.add(TokenizerParts.precompiled(spacing.charsMap()));
        }
        if (spacing.collapse()) {
            steps.add(TokenizerParts.replaceAll("\\A +| +\\z", ""));
            steps.add(TokenizerParts.replaceAll(" {2,}", " "));
        }
        if (spacing.prefix()) {
            steps.add(TokenizerParts.part("Prepend").put("prepend", SentencePieces.SPACE));
        }
        steps.add(TokenizerParts.replace(" ", SentencePieces.SPACE));
        return TokenizerParts.normalizers(steps);
    }

    private static ObjectNode bytePairs(SentencePieces model) {
        ObjectNode json = TokenizerParts.part("BPE")
                .put("unk_token", model.pieces().get(model.unknown()).text())
                .put("fuse_unk", true)
                .put("byte_fallback", model.byteFallback())
                .put("ignore_merges", false);
        ObjectNode vocab = json.putObject("vocab");
        bytesOfCharacters(model).forEach(vocab::put);
        for (int id = 0; id < model.pieces().size(); id++) {
            vocab.put(model.pieces().get(id).text(), id);
        }
        json.putArray("merges");
        return json;
    }

    private static ObjectNode unigram(SentencePieces model) {
        ObjectNode json = TokenizerParts.part("Unigram")
                .put("unk_id", model.unknown())
                .put("byte_fallback", model.byteFallback());
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (Piece piece : model.pieces()) {
            if (piece.kind() == Kind.NORMAL) {
                least = Math.min(least, piece.score());
                most = Math.max(most, piece.score());
            }
        }
        ArrayNode vocab = json.putArray("vocab");
        for (Piece piece : model.pieces()) {
            double score =
                    switch (piece.kind()) {
                        case NORMAL -> piece.score();
                            // what SentencePiece gives such a symbol, so that it wins over all that it could be cut
                            // into
                        case USER_DEFINED -> Math.max(0, most) * piece.text().length() - 0.1;
                        default -> Math.max(
                                piece.score(), least); // the unknown piece's score comes from the least of all
                    };
            vocab.addArray().add(piece.text()).add(score);
        }
        return json;
    }

    /**
     * SentencePiece takes user-defined symbols out of a text that it then goes on with as one; the tokenizers library either
     * cuts the text there, and puts a space before each part, or changes them with the text.
     */
    private static void requireSymbolsAreTold(Path file, SentencePieces model) {
        for (Piece piece : model.pieces()) {
            boolean apart = model.algorithm() == Algorithm.BPE
                    ? model.spacing().prefix()
                    : piece.text().contains(" ")
                            || CharsMap.changes(file, model.spacing().charsMap(), piece.text());
            if (piece.kind() == Kind.USER_DEFINED && apart) {
                throw Problem.input(
                        "%s: the SentencePiece model has the user-defined symbol \"%s\", whose ids %s cannot be made here.%n%s",
                        file,
                        Shown.text(piece.text()),
                        model.algorithm() == Algorithm.BPE
                                ? "together with a space before the text (add_dummy_prefix)"
                                : "where the text's characters are replaced",
                        SentencePieceFile.HELP);
            }
        }
    }
}
