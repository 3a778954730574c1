package org.consensusprobe.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;

/**
 * Places in a run, as {@code --save-hidden-at} and {@code --save-attention-at} name them: a comma-separated list of depths
 * ({@code 0,8,16-24}: columns of {@code error.npy}), hundredths of the native depth ({@code 50%}), {@code layer:L} (behind block L, from 1, of every pass) and
 * {@code pass:N} (the end of pass N, from 1), each with ranges.
 *
 * @param option that gave the list, for messages
 * @param text as it was written; empty for none
 */
public record DepthList(String option, String text, List<Item> items) {
    /** Nothing. */
    public static final DepthList NONE = new DepthList("", "", List.of());

    private static final int MOST_PLACES = 100_000;
    private static final Pattern ITEM =
            Pattern.compile("\\s*(?:(layer|pass)\\s*:\\s*)?(\\d{1,8})(?:\\s*-\\s*(\\d{1,8}))?\\s*");
    private static final Pattern SHARE = Pattern.compile("\\s*(\\d{1,3})\\s*%\\s*");

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

    /**
     * Reads a list.
     *
     * @throws Problem if it is none, naming the part
     */
    public static DepthList parse(String option, String text) {
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
                throw Problem.input(
                        "%s %s: cannot read \"%s\"; expected depths (0,8,16-24), N%%, layer:L or pass:N, joined by commas.",
                        option, text, part.strip());
            }
            Unit unit = m.group(1) == null ? Unit.DEPTH : m.group(1).equals("layer") ? Unit.LAYER : Unit.PASS;
            int first = Integer.parseInt(m.group(2));
            int last = m.group(3) == null ? first : Integer.parseInt(m.group(3));
            if (last < first || unit != Unit.DEPTH && first < 1) {
                throw Problem.input(
                        "%s %s: \"%s\" is no range; layers and passes count from 1.", option, text, part.strip());
            }
            items.add(new Item(unit, first, last));
        }
        return new DepthList(option, text, List.copyOf(items));
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
    void requireWithin(int passes, int layers, int firstDepth) {
        for (Item item : items) {
            if (item.unit == Unit.SHARE) {
                continue; // checked when it was read
            }
            int least = item.unit == Unit.DEPTH ? firstDepth : 1;
            int most = item.unit == Unit.DEPTH ? passes * layers : item.unit == Unit.LAYER ? layers : passes;
            if (item.first < least || item.last > most) {
                throw Problem.input(
                        "%s %s: %s %d is not there; this run has depths %d to %d: %d %s of %d layers.",
                        option,
                        text,
                        item.unit.name().toLowerCase(java.util.Locale.ROOT),
                        item.first < least ? item.first : item.last,
                        firstDepth,
                        passes * layers,
                        passes,
                        passes == 1 ? "pass" : "passes",
                        layers);
            }
        }
        if (places(passes, layers) > MOST_PLACES) {
            throw Problem.input("%s %s: names more than %d files.", option, text, MOST_PLACES);
        }
    }

    /** How many places are named at most, a layer counting for every pass and a pass for every layer. */
    private long places(int passes, int layers) {
        return items.stream()
                .mapToLong(i ->
                        (i.last - i.first + 1L) * (i.unit == Unit.LAYER ? passes : i.unit == Unit.PASS ? layers : 1))
                .sum();
    }

    /** The depths that are named as such or by their layer. */
    SortedSet<Integer> depths(int passes, int layers) {
        SortedSet<Integer> depths = new TreeSet<>();
        for (Item item : items) {
            if (item.unit == Unit.SHARE) {
                depths.add((int) Math.round(item.first / 100.0 * layers));
                continue;
            }
            for (int i = item.first; item.unit != Unit.PASS && i <= item.last; i++) {
                for (int pass = 0; pass < (item.unit == Unit.LAYER ? passes : 1); pass++) {
                    depths.add(pass * layers + i);
                }
            }
        }
        return depths;
    }

    /** The passes that are named, from 1. */
    SortedSet<Integer> passes() {
        SortedSet<Integer> passes = new TreeSet<>();
        for (Item item : items) {
            for (int pass = item.first; item.unit == Unit.PASS && pass <= item.last; pass++) {
                passes.add(pass);
            }
        }
        return passes;
    }

    /** The depths whose block is named: as {@link #depths}, and all of a named pass. */
    SortedSet<Integer> blocks(int passes, int layers) {
        SortedSet<Integer> blocks = depths(passes, layers);
        passes().forEach(pass -> {
            for (int layer = 1; layer <= layers; layer++) {
                blocks.add((pass - 1) * layers + layer);
            }
        });
        return blocks;
    }
}
