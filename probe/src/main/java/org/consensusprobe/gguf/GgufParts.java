package org.consensusprobe.gguf;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * A model in parts, {@code NAME-00001-of-00003.gguf} and so on, as llama.cpp splits it: the first has the metadata, all have
 * tensors.
 */
final class GgufParts {
    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
    private static final long MOST_PARTS = 10_000;

    private GgufParts() {}

    /** The whole of a model whose first part was read. */
    static GgufFile join(GgufFile first, long parts) {
        Path file = first.file();
        Matcher name = NAME.matcher(file.getFileName().toString());
        long number = first.metadata().integer("split.no").orElse(0) + 1;
        if (parts > MOST_PARTS || !name.matches() || Long.parseLong(name.group(3)) != parts) {
            throw Problem.input(
                    "%s: part %d of %d of a model; expected a name that ends with -%05d-of-%05d.gguf, as its other parts"
                            + " have it.",
                    file, number, parts, number, Math.min(parts, 99_999));
        }
        if (number != 1 || Long.parseLong(name.group(2)) != 1) {
            throw Problem.input(
                    "%s: part %d of %d of a model. Give the first: %s-00001-of-%s.gguf.",
                    file, number, parts, Shown.text(name.group(1)), name.group(3));
        }
        Map<String, GgufTensor> tensors = new LinkedHashMap<>(first.tensors());
        for (int part = 2; part <= parts; part++) {
            Path path = file.resolveSibling(String.format("%s-%05d-of-%s.gguf", name.group(1), part, name.group(3)));
            GgufFile other = GgufFile.readPart(path);
            requireSibling(other, part, parts);
            other.tensors().forEach((key, tensor) -> {
                if (tensors.put(key, tensor) != null) {
                    throw Problem.input("%s: tensor %s is in another part too.", path, Shown.text(key));
                }
            });
        }
        long count = first.metadata().integer("split.tensors.count").orElse(tensors.size());
        if (count != tensors.size()) {
            throw Problem.input(
                    "%s: its %d parts have %d tensors; expected %d. Download all parts from one revision.",
                    file, parts, tensors.size(), count);
        }
        return new GgufFile(file, first.metadata(), tensors);
    }

    private static void requireSibling(GgufFile other, int part, long parts) {
        long number = other.metadata().integer("split.no").orElse(-1) + 1;
        long count = other.metadata().integer("split.count").orElse(1);
        if (number != part || count != parts) {
            throw Problem.input(
                    "%s: says that it is part %d of %d; expected %d of %d. Download all parts from one revision.",
                    other.file(), number, count, part, parts);
        }
    }
}
