package org.consensusprobe.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;

/** Lists of layers, counted from 0, as people write them: {@code 0,2,4-7}; in an order {@code 7-4} counts down. */
public final class LayerList {
    private static final String FORM = "layers counted from 0, such as 2,4-7";
    private static final Pattern RANGE = Pattern.compile("\\s*(\\d{1,5})(?:\\s*-\\s*(\\d{1,5}))?\\s*");
    private static final String ALL = "all";

    /** Layers that something happens to; {@code none} for none. */
    static final Codec<List<Integer>> SET = Codec.text(
            FORM,
            text -> text.equals("none") ? List.of() : Heads.parse(text).orElseThrow(IllegalArgumentException::new),
            layers -> layers.isEmpty() ? "none" : Heads.text(layers));

    /** Layers in the order in which they run; absent, {@code all}, for the model's. */
    static final Codec<Optional<List<Integer>>> SEQUENCE = Codec.text(
            "layers counted from 0 in the order in which they run, such as 0-3,7-4,8-11",
            text -> text.equals(ALL) ? Optional.empty() : Optional.of(sequence(text)),
            order -> order.map(LayerList::text).orElse(ALL));

    private static final int MOST = 1 << 16;

    private LayerList() {}

    private static List<Integer> sequence(String text) {
        List<Integer> layers = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part);
            if (!range.matches()) {
                throw new IllegalArgumentException("cannot read \"" + part.strip() + '"');
            }
            int first = Integer.parseInt(range.group(1));
            int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
            int step = last < first ? -1 : 1;
            IntStream.rangeClosed(0, Math.abs(last - first)).forEach(i -> layers.add(first + step * i));
            if (layers.size() > MOST) {
                throw new IllegalArgumentException("more than " + MOST + " blocks");
            }
        }
        return List.copyOf(layers);
    }

    /** The shortest text that an order is read from. */
    static String text(List<Integer> layers) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < layers.size(); ) {
            int end = i + 1;
            int step = end < layers.size() ? layers.get(end) - layers.get(i) : 0;
            while (Math.abs(step) == 1 && end < layers.size() && layers.get(end) - layers.get(end - 1) == step) {
                end++;
            }
            boolean range = end - i > 2;
            parts.add(
                    range
                            ? layers.get(i) + "-" + layers.get(end - 1)
                            : layers.get(i).toString());
            i = range ? end : i + 1;
        }
        return String.join(",", parts);
    }

    /**
     * Checks layers against a model's.
     *
     * @throws Problem if one of them is not there
     */
    static void require(String option, List<Integer> layers, int count) {
        layers.stream().filter(layer -> layer >= count).findFirst().ifPresent(layer -> {
            throw Problem.input(
                    "%s: layer %d is not there; the model has %d layers, counted from 0 to %d.",
                    option, layer, count, count - 1);
        });
    }
}
