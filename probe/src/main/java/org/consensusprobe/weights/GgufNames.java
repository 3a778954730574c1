package org.consensusprobe.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Hugging Face names of an architecture's tensors by llama.cpp's ({@code gguf-py/gguf/tensor_mapping.py}), and what
 * llama.cpp's conversion changes in them ({@code convert_hf_to_gguf.py}).
 *
 * <p>A name stands for itself and its ending, {@code attn_q} for {@code attn_q.weight} and {@code attn_q.bias}, or with its ending for
 * a whole name. Where the name there has a {@code #}, the tensor's first axis is taken apart, and its index stands there; {@code {q,k,v}}
 * takes it apart into as many equal stretches.
 */
final class GgufNames {
    /** {@code blk.3.attn_q.weight}: layer, what, weight or bias. */
    private static final Pattern IN_LAYER = Pattern.compile("blk\\.(\\d{1,6})\\.(\\w+)\\.(weight|bias)");

    private static final Pattern OUTSIDE = Pattern.compile("(\\w+)\\.(weight|bias)");

    /** Tensors that say something of rotary positions, which the config has, and heads of tasks. */
    private static final Pattern BESIDE = Pattern.compile(
            "(cls|cls\\.output)\\.(weight|bias)|(rope_freqs|rope_factors_(long|short)|blk\\.\\d{1,6}\\.(attn_rot_embd|rope_freqs))\\.weight");

    private final String layers;
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, Convention> conventions = new HashMap<>();
    private final Set<String> rows = new HashSet<>();
    private final List<GgufJoin> joins = new ArrayList<>();

    private GgufNames(String layers) {
        this.layers = layers;
    }

    /** Names of layers that begin so. */
    static GgufNames under(String layers) {
        return new GgufNames(layers);
    }

    /** Names, each followed by what it is there. */
    GgufNames with(String... pairs) {
        for (int i = 0; i < pairs.length; i += 2) {
            names.put(pairs[i], pairs[i + 1]);
        }
        return this;
    }

    GgufNames without(String... gone) {
        List.of(gone).forEach(names::remove);
        return this;
    }

    /** How the file keeps some of them otherwise. */
    GgufNames kept(Convention convention, String... some) {
        List.of(some).forEach(name -> conventions.put(name, convention));
        return this;
    }

    /** Vectors here that are matrices of one row there: the file drops axes of size 1. */
    GgufNames ofRows(String... some) {
        rows.addAll(List.of(some));
        return this;
    }

    /** What is made of several. */
    GgufNames joined(GgufJoin... some) {
        joins.addAll(List.of(some));
        return this;
    }

    List<GgufJoin> joins() {
        return joins;
    }

    /**
     * What a tensor is called there, and how the file keeps it otherwise.
     *
     * @param row whether it is a matrix there even if it is a vector here
     */
    record HuggingFace(String name, Convention convention, boolean row) {}

    /** Whether a tensor is none that a run reads. */
    boolean isBeside(String name) {
        return BESIDE.matcher(name).matches();
    }

    /** The layer that a tensor belongs to, if it belongs to one. */
    static Optional<Integer> layer(String name) {
        Matcher matcher = Pattern.compile("blk\\.(\\d{1,6})\\..*").matcher(name);
        return matcher.matches() ? Optional.of(Integer.valueOf(matcher.group(1))) : Optional.empty();
    }

    /** The name there; the file's own where it is not known. */
    HuggingFace huggingFace(String name) {
        Matcher inLayer = IN_LAYER.matcher(name);
        if (inLayer.matches()) {
            return named(name, layers + inLayer.group(1) + ".", inLayer.group(2), inLayer.group(3));
        }
        Matcher outside = OUTSIDE.matcher(name);
        return outside.matches()
                ? named(name, "", outside.group(1), outside.group(2))
                : new HuggingFace(name, Convention.HUGGING_FACE, false);
    }

    private HuggingFace named(String here, String before, String what, String kind) {
        String whole = names.get(what + "." + kind);
        if (whole == null && !names.containsKey(what)) {
            return new HuggingFace(here, Convention.HUGGING_FACE, false);
        }
        String there = whole != null ? whole : names.get(what) + "." + kind;
        return new HuggingFace(before + there, convention(what, kind), rows.contains(what));
    }

    private Convention convention(String what, String kind) {
        Convention convention = conventions.getOrDefault(what, Convention.HUGGING_FACE);
        boolean kept = kind.equals("weight") || convention.kind() == Convention.Kind.ROTARY_PAIRS;
        return kept ? convention : Convention.HUGGING_FACE;
    }
}
