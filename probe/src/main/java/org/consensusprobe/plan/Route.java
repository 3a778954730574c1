package org.consensusprobe.plan;

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
 * @param first the loop's first layer, from 0
 * @param last the loop's last layer
 * @param passes how often the loop runs
 */
public record Route(int layers, int first, int last, int passes) {
    public Route {
        if (layers < 1 || passes < 1 || first < 0 || last < first || last >= layers) {
            throw new IllegalArgumentException(
                    passes + " passes through layers " + first + " to " + last + " of " + layers);
        }
        if (layers + (long) (passes - 1) * (last - first + 1) >= Integer.MAX_VALUE) {
            throw new IllegalArgumentException(passes + " passes of " + (last - first + 1) + " layers are too many");
        }
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

    /**
     * The route of a run.
     *
     * @param loop the looped layers; absent for all
     * @throws Problem if the model has no such layers
     */
    public static Route of(int layers, int passes, Optional<LayerRange> loop) {
        loop.filter(range -> range.last() >= layers).ifPresent(range -> {
            throw Problem.input(
                    "--loop %s: layer %d is not there; the model has %d layers, counted from 0 to %d.",
                    range, Math.max(range.first(), layers), layers, layers - 1);
        });
        return loop.map(range -> new Route(layers, range.first(), range.last(), passes))
                .orElseGet(() -> whole(layers, passes));
    }

    /** The same way with another number of passes. */
    public Route withPasses(int other) {
        return new Route(layers, first, last, other);
    }

    /** The block that ends at a depth from 1. */
    public Block at(int depth) {
        if (depth < 1 || depth > blocks()) {
            throw new IllegalArgumentException("depth " + depth + " of " + blocks());
        }
        if (depth <= first) {
            return new Block(0, depth - 1);
        }
        int looped = depth - 1 - first;
        if (looped < passes * width()) {
            return new Block(looped / width(), first + looped % width());
        }
        return new Block(passes - 1, last + 1 + looped - passes * width());
    }

    /** How many blocks run: the last depth. */
    public int blocks() {
        return layers + (passes - 1) * width();
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

    /** Whether a pass is the whole model, so that the final norm belongs to it. */
    public boolean isWhole() {
        return width() == layers;
    }

    /** In words, for manifests and messages: {@code 2 passes of 12 layers}. */
    public String words() {
        String all = passes + (passes == 1 ? " pass" : " passes");
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
