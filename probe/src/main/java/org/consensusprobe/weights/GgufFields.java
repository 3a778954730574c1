package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufMetadata;
import org.consensusprobe.gguf.GgufTensor;

/** What a GGUF file says of its model, by keys without the architecture's prefix, and the config that is made of it. */
final class GgufFields {
    private final GgufFile file;
    private final GgufMetadata metadata;
    private final String architecture;
    private final ObjectNode config = StrictJson.mapper().createObjectNode();

    GgufFields(GgufFile file, String architecture) {
        this.file = file;
        this.metadata = file.metadata();
        this.architecture = architecture;
    }

    GgufFile file() {
        return file;
    }

    Path path() {
        return file.file();
    }

    String architecture() {
        return architecture;
    }

    GgufMetadata metadata() {
        return metadata;
    }

    /** The fields that a config.json would have. */
    ObjectNode config() {
        return config;
    }

    String key(String name) {
        return architecture + "." + name;
    }

    /** A positive size. */
    long size(String name) {
        return positive(name, count(name).orElseThrow(() -> missing(name)));
    }

    /** A positive size, or another where the file does not say. */
    long sizeOr(String name, long otherwise) {
        return positive(name, count(name).orElse(otherwise));
    }

    private long positive(String name, long size) {
        if (size < 1) {
            throw Problem.input("%s: %s must be positive, found %d.", path(), key(name), size);
        }
        return size;
    }

    /** A number of things, if the file says it. */
    OptionalLong count(String name) {
        return metadata.integer(key(name));
    }

    double number(String name) {
        return metadata.number(key(name)).orElseThrow(() -> missing(name));
    }

    /** A number, or another where the file does not say, or says 0, which stands for that. */
    double numberOr(String name, double otherwise) {
        double number = metadata.number(key(name)).orElse(0);
        return number == 0 ? otherwise : number;
    }

    boolean flag(String name, boolean otherwise) {
        return metadata.bool(key(name)).orElse(otherwise);
    }

    private Problem missing(String name) {
        return Problem.input("%s: the metadata %s is missing.", path(), key(name));
    }

    /** Whether the first layer, or the file, has a tensor: {@code attn_q.bias}. */
    boolean has(String tensor) {
        return file.tensors().containsKey("blk.0." + tensor) || file.tensors().containsKey(tensor);
    }

    /** The shape of a tensor that must be there. */
    List<Long> shape(String tensor) {
        GgufTensor found = file.tensors().get(tensor);
        if (found == null) {
            throw Problem.input("%s: the tensor %s is missing.", path(), tensor);
        }
        return found.shape();
    }

    /** A head's entries where the file does not say: an even share of the width. */
    long headSize() {
        return count("attention.key_length").orElse(size("embedding_length") / size("attention.head_count"));
    }

    /** The rows of the token table, which files pad beyond what the tokenizer knows. */
    long vocabulary() {
        GgufTensor table = file.tensors().get("token_embd.weight");
        if (table == null || table.shape().size() != 2) {
            throw Problem.input(
                    "%s: the tensor token_embd.weight %s; expected a table of two dimensions.",
                    path(), table == null ? "is missing" : "has the shape " + table.shape());
        }
        return table.shape().get(0);
    }

    /** A tied head is one that the file does not have. */
    boolean isTied() {
        return !file.tensors().containsKey("output.weight");
    }

    /** A window of earlier tokens, where there is one. */
    OptionalLong window() {
        OptionalLong window = count("attention.sliding_window");
        return window.isPresent() && window.getAsLong() == 0 ? OptionalLong.empty() : window;
    }

    /**
     * Writes which layers have a window, and how wide a one.
     *
     * @param window of those; empty for none at all
     * @param pattern every so manieth layer, counted from 1, has none where the file does not say which
     */
    void windows(OptionalLong window, long pattern) {
        int layers = layers();
        List<Boolean> slides = List.of();
        OptionalLong period = OptionalLong.of(pattern);
        String key = key("attention.sliding_window_pattern");
        if (metadata.isList(key)) {
            slides = metadata.bools(key);
            if (slides.size() != layers) {
                throw Problem.input("%s: %s has %d entries for %d layers.", path(), key, slides.size(), layers);
            }
        } else if (metadata.has(key)) {
            period = OptionalLong.of(size("attention.sliding_window_pattern"));
        }
        ArrayNode types = config.putArray("layer_types");
        config.putNull("sliding_window");
        window.ifPresent(w -> config.put("sliding_window", w));
        for (int layer = 0; layer < layers; layer++) {
            boolean slid = slides.isEmpty() ? (layer + 1) % period.getAsLong() != 0 : slides.get(layer);
            types.add(window.isPresent() && slid ? "sliding_attention" : "full_attention");
        }
    }

    /** How many layers there are: no more than tensors. */
    private int layers() {
        long layers = size("block_count");
        if (layers > file.tensors().size()) {
            throw Problem.input(
                    "%s: %s is %d, and the file has %d tensors.",
                    path(), key("block_count"), layers, file.tensors().size());
        }
        return (int) layers;
    }

    /** Refuses a file that says two keys differently. */
    void requireSame(String one, String other) {
        OptionalLong first = count(one);
        OptionalLong second = count(other);
        if (LongStream.concat(first.stream(), second.stream()).distinct().count() > 1) {
            throw Problem.input(
                    "%s: %s %d and %s %d differ, which is not implemented.",
                    path(), key(one), first.getAsLong(), key(other), second.getAsLong());
        }
    }

    /** Refuses a value of which the family's class has no form. */
    Problem refused(String name, String expected) {
        return Problem.input("%s: %s is not %s, which is not implemented.", path(), key(name), expected);
    }
}
