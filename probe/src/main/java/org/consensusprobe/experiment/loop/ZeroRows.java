package org.consensusprobe.experiment.loop;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/** Token ids whose embedding is the zero vector, found by embedding every id of the vocabulary. */
public final class ZeroRows {
    private static final int AT_ONCE = 4096;

    private ZeroRows() {}

    /** Those of a model under the weights of a plan. */
    public static BitSet of(Subject subject, RunPlan plan, Machine machine) {
        Numerics numerics = Numerics.choose(plan.dtype(), machine.device(), Torch.start(machine.threads()));
        Transformer model = subject.transformer();
        BitSet zero = new BitSet();
        try (Scope scope = Scope.open();
                WeightSource source = subject.weights(plan, numerics.precision())) {
            Kernels kernels = Kernels.forDevice(scope, numerics.precision().device());
            Weights tables = source.embeddings(kernels);
            int vocabulary = model.sizes().vocabulary();
            for (int from = 0; from < vocabulary; from += AT_ONCE) {
                List<int[]> ids = IntStream.range(from, Math.min(vocabulary, from + AT_ONCE))
                        .mapToObj(id -> new int[] {id})
                        .toList();
                List<int[]> together = List.of(IntStream.range(0, ids.size()).toArray());
                for (ZeroToken token : in(kernels, model, tables, Inputs.of(ids), together, numerics.precision())) {
                    zero.set(token.id());
                }
            }
        }
        return zero;
    }

    /** The tokens of any prompts whose embedding is zero, chunk by chunk as the run computes them. */
    static List<ZeroToken> in(
            Kernels kernels, Transformer model, Weights tables, Inputs inputs, List<int[]> split, Precision precision) {
        List<ZeroToken> tokens = new ArrayList<>();
        for (int[] members : split) {
            int length = inputs.ids().get(members[0]).length;
            double[] norms = norms(kernels, model, tables, inputs, members, precision); // [B T]
            for (int i = 0; i < norms.length; i++) {
                if (norms[i] == 0) {
                    int prompt = members[i / length];
                    tokens.add(new ZeroToken(prompt, i % length, inputs.ids().get(prompt)[i % length]));
                }
            }
        }
        tokens.sort(Comparator.comparingInt(ZeroToken::prompt).thenComparingInt(ZeroToken::position));
        return tokens;
    }

    private static double[] norms(
            Kernels kernels, Transformer model, Weights tables, Inputs inputs, int[] members, Precision precision) {
        try (HiddenStates states = HiddenStates.embed(kernels, model, tables, inputs, List.of(members), precision);
                Scope scope = Scope.open()) {
            HiddenStates.Chunk chunk = states.chunks().get(0);
            return kernels.in(scope).measures().reduce("token_norms", chunk.x());
        }
    }
}
