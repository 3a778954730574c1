package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.ExpertKernels;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Stack;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * A mixture of experts: every token passes the few feed-forward layers that a router chooses for it, and their results are added by
 * its factors; perhaps one more layer that all tokens pass. The matrices of an expert are made when a token chooses it.
 *
 * @param experts by number, from 0
 * @param shared the layer for all tokens
 * @param stacked how some files, or all, keep matrices of all experts in one tensor
 */
record Experts(Router router, List<FeedForward> experts, Optional<Shared> shared, List<Stacked> stacked)
        implements FeedForward {
    /** Tokens that an expert gets at a time, always so many: a product's last bits depend on how many rows it has. */
    private static final int ROWS = 32;

    /**
     * One tensor for all experts.
     *
     * @param matrices of each expert that lie in it one below the other, by their places in {@link FeedForward#tensors}
     */
    record Stacked(String name, List<Integer> matrices) {}

    /**
     * A layer that all tokens pass.
     *
     * @param gate the role, without {@code .weight}, of a matrix [1, D] whose product's sigmoid multiplies it; empty for none
     */
    record Shared(FeedForward half, Optional<String> gate, long width) {
        private Tensor of(Forward f, Weights w, Tensor x) {
            Tensor all = half.of(f, w, x); // [N, D]
            gate.ifPresent(role -> f.kernels()
                    .multiply(all, f.linear(x, w.get(role + ".weight"), null, Activation.SIGMOID))); // by [N, 1]
            return all;
        }
    }

    /** The tensors of transformers' own modules, for files that keep them as they are. */
    private static final List<Stacked> GATE_UP_DOWN = List.of(
            new Stacked("mlp.experts.gate_up_proj", List.of(0, 1)), new Stacked("mlp.experts.down_proj", List.of(2)));

    /** Experts of three matrices each, named {@code PART.E.GATE} and so on. */
    static Experts gated(
            Router router,
            String part,
            List<String> matrices,
            long inner,
            Activation activation,
            Optional<Shared> shared,
            List<Stacked> stacked) {
        List<FeedForward> experts = each(
                router,
                e -> Mlp.gated(
                        part + e + ".",
                        matrices.get(0),
                        matrices.get(1),
                        matrices.get(2),
                        router.width(),
                        inner,
                        false,
                        activation));
        return new Experts(router, experts, shared, stacked);
    }

    /** The same under the names that most families have. */
    static Experts gated(Router router, long inner, Activation activation, Optional<Shared> shared) {
        List<String> names = List.of("gate_proj", "up_proj", "down_proj");
        return gated(router, "mlp.experts.", names, inner, activation, shared, GATE_UP_DOWN);
    }

    /** One expert of each number. */
    static List<FeedForward> each(Router router, IntFunction<FeedForward> expert) {
        return IntStream.range(0, router.experts()).mapToObj(expert).toList();
    }

    @Override
    public List<TensorSpec> tensors(String h) {
        List<TensorSpec> specs = new ArrayList<>(router.tensors(h));
        for (FeedForward expert : experts) {
            expert.tensors(h).forEach(spec -> specs.add(spec.whenAsked()));
        }
        shared.ifPresent(all -> {
            specs.addAll(all.half.tensors(h));
            all.gate.ifPresent(role -> specs.add(TensorSpec.linear(h, role + ".weight", 1, all.width)));
        });
        return specs;
    }

    @Override
    public Tensor of(Forward f, Weights w, Tensor x) {
        Kernels k = f.kernels();
        Tensor tokens = k.tensors().reshape(x, new long[] {x.elements() / router.width(), router.width()}); // [N, D]
        Tensor logits = router.logits(f, w, tokens); // [N, E]
        Tensor fresh = router.choose(k, w, logits); // int64 [N, k]
        long[] own = k.experts().values(fresh);
        long[] used = f.choices.routed(own, x.size(1), router.choice().chosen());
        Tensor chosen = used == own ? fresh : k.experts().otherChoice(used, fresh); // int64 [N, k]
        Tensor weights = k.experts().weights(logits, chosen, router.choice()); // [N, k]
        Tensor y = shared.map(all -> all.of(f, w, tokens))
                .orElseGet(() -> k.experts().nothingLike(tokens)); // [N, D]
        Arrays.stream(used).distinct().sorted().forEach(e -> add(f, w, (int) e, y, tokens, chosen, weights));
        return k.tensors().reshape(y, x.shape()); // as x
    }

    /** y [N, D] += what one expert gives those of tokens [N, D] that chose it. */
    private void add(Forward f, Weights w, int expert, Tensor y, Tensor tokens, Tensor chosen, Tensor weights) {
        try (Tensor those = f.kernels().experts().tokensOf(chosen, expert)) { // int64 [n]
            for (long first = 0; first < those.size(0); first += ROWS) {
                try (Scope scope = f.kernels().openAnother()) {
                    Forward g = f.in(scope);
                    ExpertKernels k = g.kernels().experts();
                    Tensor x = k.tokensAt(tokens, those, first, ROWS); // [rows, D]
                    k.add(y, experts.get(expert).of(g, w, x), those, first, chosen, weights, expert);
                }
            }
        }
    }

    // some tokens of one expert at a time; those of all that all pass; the sum
    @Override
    public long valuesPerToken() {
        long own = experts.get(0).valuesPerToken();
        long all = shared.map(s -> s.half.valuesPerToken()).orElse(0L);
        return own + all + 4 * router.width() + 2L * router.experts();
    }

    /** The tensors that may stand for all experts of the layer whose names begin so. */
    List<Stack> stacks(String h) {
        return stacked.stream()
                .map(one -> new Stack(
                        h + one.name,
                        experts.stream()
                                .map(expert -> one.matrices.stream()
                                        .map(m -> expert.tensors(h).get(m).name())
                                        .toList())
                                .toList()))
                .toList();
    }

    /** One layer's feed-forward half after another: a mixture where the test says so. */
    static List<FeedForward> orDense(int layers, IntPredicate mixed, FeedForward mixture, FeedForward dense) {
        return IntStream.range(0, layers)
                .mapToObj(layer -> mixed.test(layer) ? mixture : dense)
                .toList();
    }
}
