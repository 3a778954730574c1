package org.consensusprobe.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;

/**
 * Places in a run, as {@code --save-hidden-at} and {@code --save-attention-at} name them: a comma-separated list of depths
 * ({@code 0,8,16-24}: columns of {@code error.npy}), hundredths of the native depth ({@code 50%}), {@code layer:L} (behind layer L, from 0, of every pass) and
 * {@code pass:N} (the end of pass N, from 1), each with ranges.
 *
 * @param option that gave the list, for messages
 * @param text as it was written; empty for none
 */
public record DepthList(String option, String text, List<Item> items) {
    static final String FORMS =
            "depths (0,8,16-24), N%, layer:L or pass:N, joined by commas; layers count from 0, passes from 1";

    /** Nothing. */
    public static final DepthList NONE = new DepthList("", "", List.of());

    private static final int MOST_PLACES = 100_000;
    private static final Pattern ITEM =
            Pattern.compile("\\s*(?:(layer|pass)\\s*:\\s*)?(\\d{1,8})(?:\\s*-\\s*(\\d{1,8}))?\\s*");
    private static final Pattern SHARE = Pattern.compile("\\s*(\\d{1,3})\\s*%\\s*");

    private static final Pattern OF_LAYERS =
            Pattern.compile("layer\\s*:\\s*([1-9]\\d{0,7}(?:\\s*-\\s*[1-9]\\d{0,7})?)");
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    /** What numbers of an item count. */
    enum Unit {
        DEPTH,
        LAYER,
        PASS,
        /** Hundredths of the native depth, rounded to a block. */
        SHARE
    }

    /** One part of a list: a range of depths, layers or passes, both ends included. */
    record Item(Unit unit, int first, int last) {}

    /** Lists of that option. */
    static Codec<DepthList> codec(String option) {
        return Codec.text(FORMS, text -> text.isEmpty() ? NONE : parse(option, text), DepthList::text);
    }

    private static DepthList parse(String option, String text) {
        List<Item> items = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher share = SHARE.matcher(part);
            if (share.matches() && Integer.parseInt(share.group(1)) <= 100) {
                int hundredths = Integer.parseInt(share.group(1));
                items.add(new Item(Unit.SHARE, hundredths, hundredths));
                continue;
            }
            Matcher m = ITEM.matcher(part);
            if (!m.matches()) {
                throw new IllegalArgumentException("cannot read \"" + part.strip() + '"');
            }
            Unit unit = m.group(1) == null ? Unit.DEPTH : m.group(1).equals("layer") ? Unit.LAYER : Unit.PASS;
            int first = Integer.parseInt(m.group(2));
            int last = m.group(3) == null ? first : Integer.parseInt(m.group(3));
            if (last < first || unit == Unit.PASS && first < 1) {
                throw new IllegalArgumentException('"' + part.strip() + "\" is no range, or a pass before the first");
            }
            items.add(new Item(unit, first, last));
        }
        return new DepthList(option, text, List.copyOf(items));
    }

    /** The list in today's words where {@code text} counts layers from 1, as runs before 0.2.0 recorded it. */
    public static String withLayersFromOne(String text) {
        return OF_LAYERS
                .matcher(text)
                .replaceAll(layers -> "layer:"
                        + NUMBER.matcher(layers.group(1))
                                .replaceAll(n -> Integer.toString(Integer.parseInt(n.group()) - 1)));
    }

    /** Whether nothing is named. */
    public boolean isEmpty() {
        return items.isEmpty();
    }

    /**
     * Checks the list against a run.
     *
     * @param firstDepth 0, or 1 where the embedding has nothing to give
     * @throws Problem if it names a place that the run does not come to
     */
    public void requireWithin(Route route, int firstDepth) {
        for (Item item : items) {
            if (item.unit == Unit.SHARE) {
                continue; // checked when it was read
            }
            int least = item.unit == Unit.DEPTH ? firstDepth : item.unit == Unit.PASS ? 1 : 0;
            int most =
                    switch (item.unit) {
                        case DEPTH -> route.blocks();
                        case LAYER -> route.layers() - 1;
                        default -> route.passes();
                    };
            if (item.first < least || item.last > most) {
                throw Problem.input(
                        "%s %s: %s %d is not there; this run has depths %d to %d: %s.",
                        option,
                        text,
                        item.unit.name().toLowerCase(java.util.Locale.ROOT),
                        item.first < least ? item.first : item.last,
                        firstDepth,
                        route.blocks(),
                        route.words());
            }
        }
        if (depths(route).size() + blocks(route).size() > MOST_PLACES) {
            throw Problem.input("%s %s: names more than %d files.", option, text, MOST_PLACES);
        }
    }

    /** The depths that are named as such or by their layer. */
    public SortedSet<Integer> depths(Route route) {
        return depths(route, false);
    }

    /** The depths whose block is named: as {@link #depths}, and all of a named pass. */
    public SortedSet<Integer> blocks(Route route) {
        return depths(route, true);
    }

    /** The passes that are named, from 1. */
    public SortedSet<Integer> passes() {
        SortedSet<Integer> passes = new TreeSet<>();
        for (Item item : items) {
            for (int pass = item.first; item.unit == Unit.PASS && pass <= item.last; pass++) {
                passes.add(pass);
            }
        }
        return passes;
    }

    private SortedSet<Integer> depths(Route route, boolean ofPasses) {
        SortedSet<Integer> depths = new TreeSet<>();
        for (Item item : items) {
            switch (item.unit) {
                case SHARE -> depths.add((int) Math.round(item.first / 100.0 * route.nativeDepth()));
                case DEPTH -> IntStream.rangeClosed(item.first, item.last).forEach(depths::add);
                default -> {
                    boolean byLayer = item.unit == Unit.LAYER;
                    for (int depth = 1; (byLayer || ofPasses) && depth <= route.blocks(); depth++) {
                        Route.Block block = route.at(depth);
                        int number = byLayer ? block.layer() : block.pass() + 1;
                        if (number >= item.first && number <= item.last) {
                            depths.add(depth);
                        }
                    }
                }
            }
        }
        return depths;
    }
}
