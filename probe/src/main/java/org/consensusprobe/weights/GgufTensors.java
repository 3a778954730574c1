package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufTensor;

/**
 * The tensors of a GGUF file under Hugging Face's names.
 *
 * <p>Those whose names are not known keep them, so that an architecture that does not expect them says so.
 */
final class GgufTensors {
    /** More experts, or heads with a norm of their own, no model has. */
    private static final long MOST_OF_ONE = 1 << 16;

    private static final Pattern LISTED = Pattern.compile("(.*)\\{(.*)}(.*)");

    private final Path file;
    private final GgufNames names;
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

    private GgufTensors(Path file, GgufNames names) {
        this.file = file;
        this.names = names;
    }

    /**
     * All of them.
     *
     * @param config of the model: layers behind its last, which guess further tokens, are left out
     * @throws Problem if shapes do not go with the model's sizes, or one is there under two names
     */
    static Map<String, StoredTensor> of(GgufFile file, GgufNames names, JsonNode config) {
        GgufTensors all = new GgufTensors(file.file(), names);
        boolean beyond = config.path("num_nextn_predict_layers").asInt() > 0;
        int layers = config.path("num_hidden_layers").asInt();
        for (GgufTensor tensor : file.tensors().values()) {
            boolean last = beyond
                    && GgufNames.layer(tensor.name()).filter(n -> n >= layers).isPresent();
            if (!names.isBeside(tensor.name()) && !last) {
                all.enter(tensor);
            }
        }
        names.joins().forEach(join -> join.apply(file.file(), all.tensors));
        return all.tensors;
    }

    private void enter(GgufTensor tensor) {
        GgufNames.HuggingFace there = names.huggingFace(tensor.name());
        List<Long> shape = tensor.shape();
        Matcher listed = LISTED.matcher(there.name());
        if (there.name().contains("#")) {
            long count = shape.size() > 1 ? shape.get(0) : 1;
            List<Long> one = shape.size() > 1 ? shape.subList(1, shape.size()) : shape;
            each(tensor, there, count, one, i -> there.name().replace("#", Integer.toString(i)));
        } else if (listed.matches()) {
            String[] names = listed.group(2).split(",");
            List<Long> one = new ArrayList<>(shape);
            one.set(0, shape.get(0) / names.length);
            if (one.get(0) * names.length != shape.get(0)) {
                throw doesNotFit(tensor);
            }
            each(tensor, there, names.length, one, i -> listed.group(1) + names[i] + listed.group(3));
        } else {
            put(there.name(), tensor, there.convention(), there.row() && shape.size() == 1 ? row(shape) : shape, 0);
        }
    }

    private static List<Long> row(List<Long> shape) {
        return List.of(1L, shape.get(0));
    }

    /** Enters equal stretches of a tensor. */
    private void each(
            GgufTensor tensor, GgufNames.HuggingFace there, long count, List<Long> one, IntFunction<String> name) {
        StoredType type = StoredType.valueOf(tensor.type().name());
        if (count > MOST_OF_ONE || !type.isWhole(StoredTensor.product(one))) {
            throw doesNotFit(tensor);
        }
        for (int i = 0; i < count; i++) {
            put(name.apply(i), tensor, there.convention(), one, i);
        }
    }

    /** Enters a tensor, or the one of an index of its first axis. */
    private void put(String name, GgufTensor tensor, Convention convention, List<Long> fileShape, long index) {
        List<Long> shape = convention.fileShape(fileShape);
        if (!convention.fits(shape)) {
            throw doesNotFit(tensor);
        }
        StoredType type = StoredType.valueOf(tensor.type().name());
        long bytes = type.bytesOf(StoredTensor.product(fileShape));
        long offset = tensor.offset() + index * bytes;
        if (tensors.put(name, new StoredTensor(name, type, shape, tensor.file(), offset, bytes, convention)) != null) {
            throw Problem.input("%s: tensor %s is there under two names.", file, Shown.text(name));
        }
    }

    private Problem doesNotFit(GgufTensor tensor) {
        return Problem.input(
                "%s: tensor %s has the shape %s, which does not go with the model's heads.",
                file, Shown.text(tensor.name()), tensor.shape());
    }
}
