package org.consensusprobe.plan;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;

/**
 * The sequence of blocks that a run walks. Depth 0 is what enters the first block, depth d what block d of the sequence
 * returns: a column of {@code error.npy}. Nothing else makes a depth of a pass and a layer.
 *
 * <p>Layers before the loop run once, then the loop's layers as often as there are passes, then the layers after it once.
 *
 * @param layers of the model
 * @param sequence the layers, from 0, whose blocks make one walk through the model: all in order unless some are left out or moved
 * @param first where in the sequence the loop begins, from 0
 * @param last where in the sequence its last block stands
 * @param passes how often the loop runs
 */
public record Route(int layers, List<Integer> sequence, int first, int last, int passes) {
    public Route {
        sequence = List.copyOf(sequence);
        if (layers < 1 || passes < 1 || first < 0 || last < first || last >= sequence.size()) {
            throw new IllegalArgumentException(
                    passes + " passes through layers " + first + " to " + last + " of " + layers);
        }
        if (sequence.size() + (long) (passes - 1) * (last - first + 1) >= Integer.MAX_VALUE) {
            throw new IllegalArgumentException(passes + " passes of " + (last - first + 1) + " layers are too many");
        }
    }

    /** All layers in order. */
    public Route(int layers, int first, int last, int passes) {
        this(layers, natural(layers), first, last, passes);
    }

    /**
     * One block of the sequence.
     *
     * @param pass that it belongs to, from 0: blocks before the loop to the first, blocks after it to the last
     * @param layer of the model, from 0
     */
    public record Block(int pass, int layer) {}

    /** All layers again and again. */
    public static Route whole(int layers, int passes) {
        return new Route(layers, 0, layers - 1, passes);
    }

    /** All layers in order, some of them looped. */
    public static Route of(int layers, int passes, Optional<LayerRange> loop) {
        requireLoop(layers, loop);
        return loop.map(range -> new Route(layers, range.first(), range.last(), passes))
                .orElseGet(() -> whole(layers, passes));
    }

    /**
     * The route of a run.
     *
     * @throws Problem if the model has no such layers, or none is left
     */
    static Route of(int layers, RunPlan.Passes passes) {
        if (passes.skipped().isEmpty() && passes.order().isEmpty()) {
            return of(layers, passes.count(), passes.loop());
        }
        requireLoop(layers, passes.loop());
        LayerList.require("--skip-blocks", passes.skipped(), layers);
        passes.order().ifPresent(order -> LayerList.require("--order", order, layers));
        if (passes.order().isPresent() && passes.loop().isPresent()) {
            throw Problem.input(
                    "--order and --loop: give one of them; a loop goes through layers in the model's order.");
        }
        List<Integer> sequence = passes.order().orElseGet(() -> natural(layers)).stream()
                .filter(layer -> !passes.skipped().contains(layer))
                .toList();
        LayerRange loop = passes.loop().orElse(new LayerRange(0, layers - 1));
        int first = (int) sequence.stream()
                .filter(layer -> passes.loop().isPresent() && layer < loop.first())
                .count();
        int width = (int) sequence.stream()
                .filter(layer -> layer >= loop.first() && layer <= loop.last())
                .count();
        if (width == 0) {
            throw Problem.input("--skip-blocks %s: no block is left to go through.", Heads.text(passes.skipped()));
        }
        return new Route(layers, sequence, first, first + width - 1, passes.count());
    }

    private static void requireLoop(int layers, Optional<LayerRange> loop) {
        loop.filter(range -> range.last() >= layers).ifPresent(range -> {
            throw Problem.input(
                    "--loop %s: layer %d is not there; the model has %d layers, counted from 0 to %d.",
                    range, Math.max(range.first(), layers), layers, layers - 1);
        });
    }

    private static List<Integer> natural(int layers) {
        return IntStream.range(0, layers).boxed().toList();
    }

    /** Whether all layers run in the model's order. */
    public boolean isNatural() {
        return sequence.equals(natural(layers));
    }

    /** The same way with another number of passes. */
    public Route withPasses(int other) {
        return new Route(layers, sequence, first, last, other);
    }

    /** The block that ends at a depth from 1. */
    public Block at(int depth) {
        if (depth < 1 || depth > blocks()) {
            throw new IllegalArgumentException("depth " + depth + " of " + blocks());
        }
        int looped = depth - 1 - first;
        int pass = looped < 0 ? 0 : Math.min(passes - 1, looped / width());
        return new Block(pass, sequence.get(place(depth, pass)));
    }

    private int place(int depth, int pass) {
        return depth - 1 - pass * width();
    }

    /** Where in the sequence the block stands that ends at a depth, from 0. */
    public int slot(int depth) {
        return place(depth, at(depth).pass());
    }

    /** How many blocks run: the last depth. */
    public int blocks() {
        return sequence.size() + (passes - 1) * width();
    }

    /** Whether the loop's last layer ends at a depth. */
    public boolean endsPass(int depth) {
        int looped = depth - first;
        return looped > 0 && looped <= passes * width() && looped % width() == 0;
    }

    /** Whether the block that ends at a depth belongs to the loop. */
    public boolean isLooped(int depth) {
        return depth > first && depth <= first + passes * width();
    }

    /** Where the first pass ends: until there states are what the model itself makes of them. */
    public int nativeDepth() {
        return last + 1;
    }

    /** Blocks of a pass. */
    public int width() {
        return last - first + 1;
    }

    /** The depths at which passes end, in order. */
    public int[] ends() {
        return IntStream.rangeClosed(1, blocks()).filter(this::endsPass).toArray();
    }

    /** Blocks that run once behind the loop. */
    public int after() {
        return sequence.size() - 1 - last;
    }

    /** Whether a pass is the whole model, so that the final norm belongs to it. */
    public boolean isWhole() {
        return width() == sequence.size();
    }

    /** In words, for manifests and messages: {@code 2 passes of 12 layers}. */
    public String words() {
        String all = passes + (passes == 1 ? " pass" : " passes");
        if (!isNatural()) {
            return all + " of " + width() + " blocks";
        }
        return isWhole()
                ? all + " of " + layers + " layers"
                : all + " of layers " + first + " to " + last + " of " + layers;
    }

    /** A depth in words, layers from 0 and passes from 1: {@code layer 2 of pass 2}. */
    public String place(int depth) {
        Block block = at(depth);
        return "layer " + block.layer() + " of pass " + (block.pass() + 1);
    }
}
