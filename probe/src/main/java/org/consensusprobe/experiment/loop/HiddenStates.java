package org.consensusprobe.experiment.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.consensusprobe.measure.DepthStates;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.Weights;

/**
 * The hidden states of all prompts, chunk by chunk: what goes from block to block and from pass to pass.
 */
public final class HiddenStates implements AutoCloseable {
    private final List<Chunk> chunks;
    private final int prompts;

    private HiddenStates(List<Chunk> chunks, int prompts) {
        this.chunks = chunks;
        this.prompts = prompts;
    }

    /** Prompts of one length that are computed together, in a scope that is replaced when their states are. */
    public static final class Chunk {
        private final int[] members;
        private Scope scope;
        private Tensor x;

        private Chunk(int[] members, Scope scope, Tensor x) {
            this.members = members;
            this.scope = scope;
            this.x = x;
        }

        /** Indices of the chunk's prompts. */
        int[] members() {
            return members;
        }

        /** [B, T, D]; blocks overwrite it. */
        public Tensor x() {
            return x;
        }

        /** Puts what the function makes of x in its place. */
        void replace(Kernels kernels, Step step) {
            Scope fresh = Scope.open();
            Tensor replacement;
            try {
                replacement = step.apply(kernels.in(fresh), x);
            } catch (RuntimeException | Error e) {
                fresh.close();
                throw e;
            }
            scope.close();
            scope = fresh;
            x = replacement;
        }
    }

    /** Makes new hidden states of old ones. */
    @FunctionalInterface
    interface Step {
        Tensor apply(Kernels kernels, Tensor x);
    }

    /** Embeds the prompts: h0. */
    static HiddenStates embed(
            Kernels kernels, Transformer model, Weights tables, Inputs inputs, List<int[]> split, Precision precision) {
        List<Chunk> chunks = new ArrayList<>();
        HiddenStates states = new HiddenStates(chunks, inputs.ids().size());
        try {
            for (int[] members : split) {
                Scope scope = Scope.open();
                chunks.add(new Chunk(members, scope, null));
                try (Scope temporary = Scope.open()) {
                    Kernels k = kernels.in(temporary);
                    Tensor input = inputs.tensor(k, members); // [B, T] or [B, C, H, W]
                    Tensor x = model.embed(
                            k,
                            tables,
                            precision.onCpu() ? input : k.tensors().toDevice(input, precision.device()),
                            precision.state()); // [B, T, D]
                    chunks.get(chunks.size() - 1).x = scope.keep(x);
                }
            }
            return states;
        } catch (RuntimeException | Error e) {
            states.close();
            throw e;
        }
    }

    /** States made chunk by chunk; the function's tensors are made in the chunk's scope. */
    public static HiddenStates of(Kernels kernels, int prompts, List<int[]> split, Maker maker) {
        List<Chunk> chunks = new ArrayList<>();
        HiddenStates states = new HiddenStates(chunks, prompts);
        try {
            for (int i = 0; i < split.size(); i++) {
                Scope scope = Scope.open();
                chunks.add(new Chunk(split.get(i), scope, null));
                chunks.get(i).x = maker.make(kernels.in(scope), i);
            }
            return states;
        } catch (RuntimeException | Error e) {
            states.close();
            throw e;
        }
    }

    /** Makes the states [B, T, D] of one chunk. */
    @FunctionalInterface
    public interface Maker {
        Tensor make(Kernels kernels, int chunk);
    }

    /** One more set of states, of one prompt, made from the last chunk's: its prompts are the longest. */
    static HiddenStates ofLastChunk(Kernels kernels, HiddenStates from, Step step) {
        Chunk last = from.chunks.get(from.chunks.size() - 1);
        Scope scope = Scope.open();
        return new HiddenStates(List.of(new Chunk(new int[] {0}, scope, step.apply(kernels.in(scope), last.x))), 1);
    }

    /** States made chunk by chunk from others. */
    static HiddenStates mapped(Kernels kernels, HiddenStates from, Step step) {
        return of(
                kernels,
                from.prompts,
                from.chunks.stream().map(c -> c.members).toList(),
                (k, i) -> step.apply(k, from.chunks.get(i).x));
    }

    /** Puts others in the place of these states, which are closed. */
    void takeOver(HiddenStates others) {
        for (int i = 0; i < chunks.size(); i++) {
            Chunk chunk = chunks.get(i);
            chunk.scope.close();
            chunk.scope = others.chunks.get(i).scope;
            chunk.x = others.chunks.get(i).x;
        }
    }

    /** How many prompts there are. */
    int prompts() {
        return prompts;
    }

    public List<Chunk> chunks() {
        return chunks;
    }

    /** The same states as measures see them. */
    DepthStates snapshot() {
        return new DepthStates(
                prompts,
                chunks.stream().map(c -> new DepthStates.Chunk(c.members, c.x)).toList());
    }

    /** What measures see of them: all prompts but the undefined ones, as views in the kernels' scope. */
    DepthStates without(Kernels kernels, BitSet undefined) {
        if (undefined.isEmpty()) {
            return snapshot();
        }
        List<DepthStates.Chunk> defined = new ArrayList<>();
        for (Chunk chunk : chunks) {
            for (int from = 0; from < chunk.members.length; from++) {
                int to = from;
                while (to < chunk.members.length && !undefined.get(chunk.members[to])) {
                    to++;
                }
                if (to > from) {
                    Tensor rows = kernels.tensors().rowsView(chunk.x, from, to); // [to - from, T, D]
                    defined.add(new DepthStates.Chunk(Arrays.copyOfRange(chunk.members, from, to), rows));
                }
                from = to;
            }
        }
        return new DepthStates(prompts, defined);
    }

    /** A copy of the states of one prompt, [1, T, D], in the kernels' scope. */
    Tensor prompt(Kernels kernels, int prompt) {
        Row row = row(prompt);
        return kernels.tensors().rows(row.chunk.x, row.index, row.index + 1L);
    }

    /** Puts states [T, D] in the place of a prompt's. */
    void set(Kernels kernels, int prompt, Tensor values) {
        Row row = row(prompt);
        kernels.tensors().setRow(row.chunk.x, row.index, values);
    }

    private record Row(Chunk chunk, int index) {}

    private Row row(int prompt) {
        for (Chunk chunk : chunks) {
            for (int i = 0; i < chunk.members.length; i++) {
                if (chunk.members[i] == prompt) {
                    return new Row(chunk, i);
                }
            }
        }
        throw new IllegalArgumentException("no prompt " + prompt);
    }

    @Override
    public void close() {
        chunks.forEach(chunk -> chunk.scope.close());
    }
}
