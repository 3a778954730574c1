package org.consensusprobe.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;

/**
 * Which files of a repository are a checkpoint: what transformers would load, and never the same weights in two formats.
 */
final class WantedFiles {
    static final String CONFIG = "config.json";
    static final String WEIGHTS = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    /** What holds the weights or names their shards, in the order in which transformers looks for it. */
    private static final List<String> WEIGHTS_IN_ORDER =
            List.of(WEIGHTS, INDEX, "pytorch_model.bin", "pytorch_model.bin.index.json");

    static final String TOKENIZER = "tokenizer.json";

    /** How images are made fit for a vision model. */
    static final String PROCESSOR = "preprocessor_config.json";

    private static final String ADAPTER_CONFIG = "adapter_config.json";

    /** The largest believable file that is no weights: a config, an index, a tokenizer. */
    static final long LARGEST_SIDE_FILE = 512L << 20;

    private static final long LARGEST_INDEX = 64L << 20;
    private static final List<String> TOKENIZER_SETTINGS =
            List.of("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json");
    private static final List<String> TOKENIZER_PARTS = List.of(
            "vocab.json",
            "merges.txt",
            "vocab.txt",
            "tokenizer.model",
            "spiece.model",
            "sentencepiece.bpe.model",
            "spm.model");

    /** What transformers may look for, and should not ask the hub for again once it is known to be missing. */
    private static final List<String> OFTEN_ASKED_FOR = List.of(
            WEIGHTS,
            INDEX,
            TOKENIZER,
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "generation_config.json",
            "adapter_config.json",
            "chat_template.jinja");

    private WantedFiles() {}

    /** The files to fetch first: config, tokenizer, and either the weights or the index that names their shards. */
    static List<String> wanted(ModelId id, Set<String> names) {
        if (!names.contains(CONFIG)) {
            throw withoutConfig(id, names);
        }
        List<String> wanted = new ArrayList<>();
        wanted.add(CONFIG);
        wanted.add(weights(names).orElseThrow(() -> withoutWeights(id.toString(), names)));
        wanted.addAll(tokenizer(names));
        if (names.contains(PROCESSOR)) {
            wanted.add(PROCESSOR);
        }
        return wanted;
    }

    /** The file of that list that holds the weights, or the index of their shards. */
    static Optional<String> weights(Collection<String> names) {
        return WEIGHTS_IN_ORDER.stream().filter(names::contains).findFirst();
    }

    /** The index of shards among files. */
    static Optional<String> index(Collection<String> names) {
        return weights(names).filter(name -> name.endsWith(".json"));
    }

    /** Whether a file holds tensors, and may be as large as they are. */
    static boolean isWeights(String path) {
        return path.endsWith(".safetensors") || path.endsWith(".bin");
    }

    /** Whether weights are of PyTorch's own form, which is taken where there is no other. */
    static boolean isPickled(String path) {
        return path.endsWith(".bin") || path.endsWith(".bin.index.json");
    }

    /** The files of an adapter: its config and its tensors. */
    static List<String> adapter(ModelId id, Collection<String> names) {
        Optional<String> tensors = Stream.of("adapter_model.safetensors", "adapter_model.bin")
                .filter(names::contains)
                .findFirst();
        if (!names.contains(ADAPTER_CONFIG) || tensors.isEmpty()) {
            throw Problem.input("%s: no adapter: expected %s and adapter_model.safetensors.", id, ADAPTER_CONFIG);
        }
        return List.of(ADAPTER_CONFIG, tensors.get());
    }

    /** Whether a folder has all that an adapter needs. */
    static boolean hasAdapter(Path folder) {
        return Stream.of(List.of(ADAPTER_CONFIG), List.of("adapter_model.safetensors", "adapter_model.bin"))
                .allMatch(names -> names.stream().anyMatch(name -> Files.isRegularFile(folder.resolve(name))));
    }

    /** The tokenizer's files: its settings, and its {@code tokenizer.json}, or what there is in its place. */
    static List<String> tokenizer(Set<String> names) {
        List<String> wanted = new ArrayList<>();
        TOKENIZER_SETTINGS.stream().filter(names::contains).forEach(wanted::add);
        if (names.contains(TOKENIZER)) {
            wanted.add(TOKENIZER);
        } else {
            TOKENIZER_PARTS.stream().filter(names::contains).forEach(wanted::add);
        }
        return wanted;
    }

    /** The file in a folder that a tokenizer is known by: its {@code tokenizer.json}, else one of the other kinds. */
    static Optional<Path> tokenizerIn(Path folder) {
        return Stream.concat(Stream.of(TOKENIZER), TOKENIZER_PARTS.stream())
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** Which of the files that transformers may ask for the commit lacks. */
    static List<String> absent(Set<String> names) {
        return OFTEN_ASKED_FOR.stream().filter(n -> !names.contains(n)).toList();
    }

    /**
     * The shards that an index names.
     *
     * @throws Problem if a name leaves the folder or has another format than the index
     */
    static Set<String> shards(Path index, String where) {
        return shards(StrictJson.readPythonObject(index, LARGEST_INDEX, "shard index"), where);
    }

    /** As {@link #shards(Path, String)}; {@code where} ends with the index's name. */
    static Set<String> shards(JsonNode index, String where) {
        String ending = isPickled(where) ? ".bin" : ".safetensors";
        JsonNode map = index.path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw Problem.input("%s: the shard index has no 'weight_map' from tensor names to files.", where);
        }
        Set<String> shards = new TreeSet<>();
        for (Iterator<JsonNode> values = map.elements(); values.hasNext(); ) {
            JsonNode value = values.next();
            String name = value.asText("");
            if (!value.isTextual() || !RemoteFile.isSafePath(name) || !name.endsWith(ending)) {
                throw Problem.input(
                        "%s: the shard index names '%s'; expected a %s file in the same folder.",
                        where, Shown.text(name), ending);
            }
            shards.add(name);
        }
        return shards;
    }

    /** What a folder lacks of a checkpoint that can be run: empty if it can. */
    static List<String> missing(Path folder) {
        List<String> missing = new ArrayList<>();
        if (!Files.isRegularFile(folder.resolve(CONFIG))) {
            missing.add(CONFIG);
        }
        Optional<String> weights = WEIGHTS_IN_ORDER.stream()
                .filter(name -> Files.isRegularFile(folder.resolve(name)))
                .findFirst();
        if (weights.isEmpty()) {
            missing.add(WEIGHTS);
        }
        weights.flatMap(name -> index(List.of(name))).map(folder::resolve).ifPresent(index -> {
            for (String shard : shards(index, index.toString())) {
                if (!Files.isRegularFile(folder.resolve(shard))) {
                    missing.add(shard);
                }
            }
        });
        return missing;
    }

    /** Why a folder or repository without weights under their usual names cannot be used, and what to do about it. */
    static Problem withoutWeights(String where, Collection<String> names) {
        Optional<String> pickle = names.stream()
                .filter(n -> n.matches("(pytorch_model|consolidated).*\\.(bin|pth|pt)(\\.index\\.json)?")
                        || n.matches("[^/]*\\.(bin|pth|pt|ckpt)"))
                .sorted()
                .findFirst();
        if (pickle.isPresent()) {
            return Problem.input(
                    "%s: no weights under the names that transformers loads; of PyTorch's files pytorch_model.bin is read,"
                            + " found %s.%nConvert it once with Python, AutoModelForCausalLM.from_pretrained(...)"
                            + ".save_pretrained('DIR'), and give DIR.",
                    where, Shown.text(pickle.get()));
        }
        if (names.stream().anyMatch(n -> n.endsWith(".gguf"))) {
            return Problem.input(
                    "%s: only GGUF files, which are made for inference with llama.cpp. Use the repository that holds the"
                            + " safetensors they were made from.",
                    where);
        }
        Optional<String> other =
                names.stream().filter(n -> n.endsWith(".safetensors")).sorted().findFirst();
        if (other.isPresent()) {
            return Problem.input(
                    "%s: no %s or %s, the names that transformers loads; found %s, which is another layout.",
                    where, WEIGHTS, INDEX, Shown.text(other.get()));
        }
        return Problem.input("%s: no weights: expected one of %s.", where, String.join(", ", WEIGHTS_IN_ORDER));
    }

    private static Problem withoutConfig(ModelId id, Set<String> names) {
        if (names.contains(ADAPTER_CONFIG)) {
            return Problem.input(
                    "%s: an adapter (%s), not a whole model: give it with --adapter, beside --model or alone.",
                    id, ADAPTER_CONFIG);
        }
        if (names.stream().anyMatch(n -> n.endsWith(".gguf"))) {
            return withoutWeights(id.toString(), names);
        }
        return Problem.input("%s: no %s, so it is not a transformers checkpoint.", id, CONFIG);
    }
}
