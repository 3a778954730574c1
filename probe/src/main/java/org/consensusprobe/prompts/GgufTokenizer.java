package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufMetadata;

/**
 * The {@code tokenizer.json} that a GGUF file's tokenizer would have, from its metadata: byte-level BPE, with the cuts that
 * {@code tokenizer.ggml.pre} names; SentencePiece's models and WordPiece are {@link GgufPieces}.
 *
 * <p>A file keeps vocabulary, merges and the kind of every token; how text is cut before is a name only, so that a name whose
 * rule is not known for sure is refused.
 */
final class GgufTokenizer {
    private static final String PREFIX = GgufVocabulary.PREFIX;
    private static final String HELP = GgufVocabulary.HELP;

    private final Path file;
    private final GgufMetadata metadata;
    private final GgufVocabulary vocabulary;

    private GgufTokenizer(GgufFile file, GgufVocabulary vocabulary) {
        this.file = file.file();
        this.metadata = file.metadata();
        this.vocabulary = vocabulary;
    }

    /**
     * The tokenizer of a file.
     *
     * @throws Problem if the file is damaged, or its tokenizer is none that can be built
     */
    static ObjectNode json(Path file) {
        GgufFile gguf = GgufFile.read(file);
        String model = gguf.metadata()
                .text(PREFIX + "model")
                .orElseThrow(() -> Problem.input("%s: the file has no tokenizer.%n%s", file, HELP));
        GgufVocabulary vocabulary = new GgufVocabulary(gguf);
        return switch (model) {
            case "gpt2" -> new GgufTokenizer(gguf, vocabulary).json();
            case "llama" -> GgufPieces.bytePairs(gguf, vocabulary);
            case "t5" -> GgufPieces.unigram(gguf, vocabulary);
            case "bert" -> GgufPieces.wordPieces(gguf, vocabulary);
            default -> throw Problem.input(
                    "%s: its tokenizer is of the kind \"%s\"; byte-level BPE (gpt2), SentencePiece (llama, t5)"
                            + " and WordPiece (bert) are built from GGUF files.%n%s",
                    file, Shown.text(model), HELP);
        };
    }

    private ObjectNode json() {
        ObjectNode json = StrictJson.mapper().createObjectNode().put("version", "1.0");
        GgufPreTokenizer pre = preTokenizer();
        vocabulary.added(json.putArray("added_tokens"));
        json.set("normalizer", pre.normalizer());
        json.set("pre_tokenizer", pre.json());
        json.set("post_processor", vocabulary.around(pre.beginsTexts(), false));
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
        ObjectNode vocab = model.putObject("vocab");
        for (int id = 0; id < vocabulary.tokens().size(); id++) {
            vocab.put(vocabulary.tokens().get(id), id);
        }
        vocabulary.merges(model.putArray("merges"));
        return json;
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
}
