package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.StrictJson;

/** Parts of a {@code tokenizer.json} that several kinds of tokenizers are made of. */
final class TokenizerParts {
    private TokenizerParts() {}

    /** A part that its type alone says. */
    static ObjectNode part(String type) {
        return StrictJson.mapper().createObjectNode().put("type", type);
    }

    /** Normalizers one after the other. */
    static ObjectNode normalizers(List<? extends JsonNode> steps) {
        return sequence("normalizers", steps);
    }

    static ObjectNode preTokenizers(List<? extends JsonNode> steps) {
        return sequence("pretokenizers", steps);
    }

    static ObjectNode decoders(List<? extends JsonNode> steps) {
        return sequence("decoders", steps);
    }

    private static ObjectNode sequence(String name, List<? extends JsonNode> steps) {
        ObjectNode sequence = part("Sequence");
        sequence.putArray(name).addAll(steps);
        return sequence;
    }

    /** Puts one text for another, as normalizer or decoder. */
    static ObjectNode replace(String from, String to) {
        ObjectNode replace = part("Replace");
        replace.putObject("pattern").put("String", from);
        return replace.put("content", to);
    }

    static ObjectNode replaceAll(String regex, String to) {
        ObjectNode replace = part("Replace");
        replace.putObject("pattern").put("Regex", regex);
        return replace.put("content", to);
    }

    /** SentencePiece's table of characters to replace. */
    static ObjectNode precompiled(byte[] charsMap) {
        return part("Precompiled").put("precompiled_charsmap", charsMap);
    }

    /** Makes spaces U+2581 and puts one in front, always, first in a text only, or never; as pre-tokenizer or decoder. */
    static ObjectNode metaspace(String prefix, boolean split) {
        return part("Metaspace")
                .put("replacement", SentencePieces.SPACE)
                .put("prepend_scheme", prefix)
                .put("split", split);
    }

    /** From pieces back to text: spaces, bytes and, where one was put there, no space in front. */
    static ObjectNode pieceDecoder(boolean prefix) {
        ObjectNode spaces = replace(SentencePieces.SPACE, " ");
        ObjectNode strip = part("Strip").put("content", " ").put("start", 1).put("stop", 0);
        List<ObjectNode> steps = List.of(spaces, part("ByteFallback"), part("Fuse"), strip);
        return decoders(prefix ? steps : steps.subList(0, 3));
    }

    /** Adds a token that is looked for in a text before the text is changed or cut. */
    static void added(ArrayNode list, int id, String text, boolean special) {
        list.addObject()
                .put("id", id)
                .put("content", text)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", special);
    }

    /**
     * What goes around a text for its model.
     *
     * @param before tokens before a text, by text with their ids
     */
    static ObjectNode template(Map<String, Integer> before, Map<String, Integer> after) {
        ObjectNode template = part("TemplateProcessing");
        ObjectNode table = StrictJson.mapper().createObjectNode();
        for (String form : List.of("single", "pair")) {
            ArrayNode parts = template.putArray(form);
            before.forEach((token, id) -> special(parts, table, token, id));
            parts.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
            if (form.equals("pair")) {
                parts.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
            }
            after.forEach((token, id) -> special(parts, table, token, id));
        }
        template.set("special_tokens", table);
        return template;
    }

    private static void special(ArrayNode parts, ObjectNode table, String token, int id) {
        parts.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
        ObjectNode entry = table.putObject(token).put("id", token);
        entry.putArray("ids").add(id);
        entry.putArray("tokens").add(token);
    }
}
