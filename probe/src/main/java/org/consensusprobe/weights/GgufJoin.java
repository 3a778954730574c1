package org.consensusprobe.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * Tensors of a GGUF file of which Hugging Face keeps one together.
 *
 * @param first full matches of the name of the first of them
 * @param second the other's name, with the match's groups; empty where the first is taken apart first
 * @param target what both become
 * @param rule how
 */
record GgufJoin(Pattern first, String second, String target, Rule rule) {
    /** Makes the joined tensor of what it is made of; empty parts do not go together. */
    @FunctionalInterface
    interface Rule {
        StoredTensor join(String target, List<StoredTensor> parts);
    }

    /** Rows of two matrices in turn, or entries of two vectors; the result transposed on request. */
    static GgufJoin inTurn(String first, String second, String target, boolean transposed) {
        return new GgufJoin(Pattern.compile(first), second, target, (name, parts) -> {
            List<Long> shape = parts.get(0).shape();
            requireFit(parts, shape.equals(parts.get(1).shape()) && shape.size() == 2);
            long columns = transposed ? shape.get(1) : 1;
            List<Long> made =
                    transposed ? List.of(shape.get(1), 2 * shape.get(0)) : List.of(shape.get(0), 2 * shape.get(1));
            long groups = StoredTensor.product(shape) / columns;
            return StoredTensor.made(name, made, new Joined(parts, groups, columns, made, transposed));
        });
    }

    /** Of each head the rows that make its key, [H, R, n] in the file, and those that make its value, [H, v, R]. */
    static GgufJoin latentKeysAndValues() {
        String before = "(.*self_attn\\.)k_b_proj\\.weight";
        return new GgufJoin(Pattern.compile(before), "$1v_b_proj.weight", "$1kv_b_proj.weight", (name, parts) -> {
            List<Long> keys = parts.get(0).shape();
            List<Long> values = parts.get(1).shape();
            requireFit(
                    parts,
                    keys.size() == 3
                            && values.size() == 3
                            && keys.get(0).equals(values.get(0))
                            && keys.get(1).equals(values.get(2)));
            long heads = keys.get(0);
            long rank = keys.get(1);
            StoredTensor k = parts.get(0);
            Convention turned = Convention.strided(List.of(rank * keys.get(2), 1L, keys.get(2)));
            StoredTensor upright = new StoredTensor(
                    k.name(), k.type(), List.of(heads, keys.get(2), rank), k.file(), k.offset(), k.bytes(), turned);
            List<Long> made = List.of(heads * (keys.get(2) + values.get(1)), rank);
            return StoredTensor.made(name, made, new Joined(List.of(upright, parts.get(1)), heads, rank, made, false));
        });
    }

    /**
     * Queries, keys and values of all heads, [q; k; v] in the file: group by group, the queries of a group's heads, its key and its
     * value.
     *
     * @param name full matches of the matrix's name and its bias's
     * @param groups key and value heads
     * @param perGroup heads of queries for each
     */
    static GgufJoin byGroups(String name, int groups, int perGroup) {
        return new GgufJoin(Pattern.compile(name), "", "$0", (target, parts) -> {
            StoredTensor whole = parts.get(0);
            List<Long> shape = whole.shape();
            long each = (long) groups * (perGroup + 2);
            requireFit(parts, !shape.isEmpty() && groups > 0 && shape.get(0) % each == 0);
            long rows = shape.get(0) / each * groups;
            long columns = StoredTensor.product(shape) / shape.get(0);
            List<StoredTensor> three = new ArrayList<>();
            long done = 0;
            for (long count : new long[] {rows * perGroup, rows, rows}) {
                three.add(whole.part(whole.name(), List.of(count, columns), done * columns)
                        .orElseThrow(() -> doesNotFit(parts)));
                done += count;
            }
            return StoredTensor.made(target, shape, new Joined(three, groups, columns, shape, false));
        });
    }

    /** Joins what is there of these names. */
    void apply(Path file, Map<String, StoredTensor> tensors) {
        for (String name : List.copyOf(tensors.keySet())) {
            Matcher matcher = first.matcher(name);
            if (!matcher.matches()) {
                continue;
            }
            List<StoredTensor> parts = new ArrayList<>(List.of(tensors.remove(name)));
            if (!second.isEmpty()) {
                String other = matcher.replaceFirst(second);
                StoredTensor found = tensors.remove(other);
                if (found == null) {
                    throw Problem.input(
                            "%s: it has a tensor for %s and none for %s.", file, Shown.text(name), Shown.text(other));
                }
                parts.add(found);
            }
            String joined = matcher.replaceFirst(target);
            tensors.put(joined, rule.join(joined, parts));
        }
    }

    private static void requireFit(List<StoredTensor> parts, boolean fits) {
        if (!fits) {
            throw doesNotFit(parts);
        }
    }

    private static Problem doesNotFit(List<StoredTensor> parts) {
        return Problem.input(
                "%s: tensor %s has the shape %s, which does not go with %s.",
                parts.get(0).file(),
                Shown.text(parts.get(0).name()),
                parts.get(0).shape(),
                parts.size() == 1
                        ? "the model's heads"
                        : Shown.text(parts.get(1).name()) + " " + parts.get(1).shape());
    }
}
