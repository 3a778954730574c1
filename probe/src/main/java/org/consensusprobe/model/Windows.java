package org.consensusprobe.model;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.consensusprobe.common.JsonFields;

/** Which layers see a window of earlier tokens only, and how wide a one. */
final class Windows {
    private Windows() {}

    /**
     * The windows of the layers: 0 for all earlier tokens.
     *
     * @param window of the layers that slide; 0 if none does
     * @param slides which layers slide where the config has no {@code layer_types}
     */
    static List<Integer> of(JsonFields f, int layers, int window, IntPredicate slides) {
        if (!f.has("layer_types") || f.isNull("layer_types")) {
            return IntStream.range(0, layers)
                    .mapToObj(layer -> slides.test(layer) ? window : 0)
                    .toList();
        }
        List<String> types = f.texts("layer_types");
        if (types.size() != layers
                || !List.of("full_attention", "sliding_attention").containsAll(types)) {
            throw f.refused(
                    "layer_types", "\"full_attention\" or \"sliding_attention\" for each of " + layers + " layers");
        }
        if (window == 0 && types.contains("sliding_attention")) {
            throw f.refused("layer_types", "without \"sliding_attention\", because no sliding_window is set");
        }
        return types.stream()
                .map(type -> type.equals("sliding_attention") ? window : 0)
                .toList();
    }

    /** The widest of the layers' windows; 0 without any. */
    static int widest(List<Integer> windows) {
        return windows.stream().max(Integer::compare).orElse(0);
    }

    /**
     * The windows of the layers where every so manieth, counted from 1, has none and {@code sliding_window} cannot be missing.
     *
     * @param window where the config says none
     * @param pattern every so manieth layer, where the config says nothing
     */
    static List<Integer> patterned(JsonFields f, int layers, int window, int pattern) {
        int own = f.has("sliding_window")
                ? f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0)
                : window;
        List<Integer> windows = of(f, layers, own == 0 ? -1 : own, layer -> {
            return (layer + 1) % f.positiveIntOr("sliding_window_pattern", pattern, Integer.MAX_VALUE) != 0;
        });
        if (windows.contains(-1)) {
            throw f.refused("sliding_window", "a number of tokens, because there are layers that slide");
        }
        return windows;
    }
}
