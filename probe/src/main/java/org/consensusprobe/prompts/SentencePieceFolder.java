package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.prompts.SentencePieces.Algorithm;
import org.consensusprobe.prompts.SentencePieces.Kind;
import org.consensusprobe.prompts.SentencePieces.Piece;

/** The {@code tokenizer.json} that a class of transformers makes of a SentencePiece model and the settings beside it. */
final class SentencePieceFolder {
    /** Names of model files, in the order they are looked for. */
    static final List<String> FILES =
            List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model");

    private SentencePieceFolder() {}

    static Optional<Path> file(Path folder) {
        return FILES.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst();
    }

    /**
     * The tokenizer of a folder.
     *
     * @param file of the model, one of {@link #file}
     * @param given what {@code tokenizer_config.json} says
     * @throws Problem if the model is damaged or none that the class reads
     */
    static ObjectNode json(Path file, SentencePieceClass kind, JsonNode given) {
        SentencePieces model = SentencePieceFile.read(file);
        if (!kind.reads(model.algorithm())) {
            throw Problem.input(
                    "%s: its pieces are %s, which the class %s does not read.%n%s",
                    file,
                    model.algorithm() == Algorithm.BPE ? "merged by score (BPE)" : "chosen by likelihood (unigram)",
                    kind.className(),
                    SentencePieceFile.HELP);
        }
        ObjectNode settings = settings(kind, model, given);
        List<Piece> pieces = kind.pieces(model.pieces(), settings);
        if (kind == SentencePieceClass.BACKEND) {
            pieces = renamed(pieces, settings);
        }
        requireIds(file, kind, pieces);
        ObjectNode json = StrictJson.mapper().createObjectNode().put("version", "1.0");
        ArrayNode added = json.putArray("added_tokens");
        kind.describe(json, model, pieces, settings);
        ObjectNode vocab = StrictJson.mapper().createObjectNode();
        for (int id = 0; id < pieces.size(); id++) {
            vocab.put(pieces.get(id).text(), id); // of a text that is there twice the last counts
        }
        AddedTokens tokens = new AddedTokens(file.getParent(), settings, kind::special, vocab, pieces.size());
        tokens.into(added);
        List<List<String>> around = kind.around(settings);
        json.set("post_processor", TokenizerParts.template(ids(tokens, around.get(0)), ids(tokens, around.get(1))));
        return json;
    }

    /** The settings with what the class and the model say where they are silent. */
    private static ObjectNode settings(SentencePieceClass kind, SentencePieces model, JsonNode given) {
        ObjectNode settings = given.deepCopy();
        ArrayNode further = settings.putArray("additional_special_tokens");
        for (Piece piece : model.pieces()) {
            if (piece.kind() == Kind.CONTROL || piece.kind() == Kind.USER_DEFINED) {
                further.addObject().put("content", piece.text()).put("normalized", false);
            }
        }
        if (kind == SentencePieceClass.T5) {
            for (int i = 0; i < settings.path("extra_ids").asInt(100); i++) {
                further.add("<extra_id_" + i + ">");
            }
        }
        if (kind == SentencePieceClass.BACKEND) {
            if (!settings.has("bos_token")) {
                settings.put("bos_token", model.begin());
            }
            if (!settings.has("eos_token")) {
                settings.put("eos_token", model.end());
            }
        }
        boolean takesSpaces = kind == SentencePieceClass.CAMEMBERT || kind == SentencePieceClass.XLNET;
        if (takesSpaces && !settings.path("mask_token").isObject()) {
            settings.putObject("mask_token")
                    .put("content", given.path("mask_token").asText(kind.special("mask_token")))
                    .put("lstrip", true)
                    .put("normalized", false);
        }
        return settings;
    }

    /** Listed tokens take the places of the pieces whose ids they have, unless they are pieces themselves. */
    private static List<Piece> renamed(List<Piece> pieces, JsonNode settings) {
        List<Piece> renamed = new ArrayList<>(pieces);
        settings.path("added_tokens_decoder").properties().forEach(entry -> {
            String text = entry.getValue().path("content").asText();
            int id = entry.getKey().matches("[0-9]{1,9}") ? Integer.parseInt(entry.getKey()) : Integer.MAX_VALUE;
            boolean known = renamed.stream().anyMatch(p -> p.text().equals(text));
            if (id < renamed.size() && !text.isEmpty() && !known) {
                renamed.set(
                        id,
                        new Piece(text, renamed.get(id).score(), renamed.get(id).kind()));
            }
        });
        return renamed;
    }

    private static void requireIds(Path file, SentencePieceClass kind, List<Piece> pieces) {
        if (pieces.size() < 4) {
            throw Problem.input(
                    "%s: %d pieces, first \"%s\"; too few for the class %s.",
                    file, pieces.size(), Shown.text(pieces.get(0).text()), kind.className());
        }
    }

    private static Map<String, Integer> ids(AddedTokens tokens, List<String> names) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        names.forEach(name -> tokens.named(name).ifPresent(text -> ids.put(text, tokens.id(text))));
        return ids;
    }
}
