package org.consensusprobe.experiment.attribute;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.consensusprobe.experiment.loop.Lens;
import org.consensusprobe.experiment.states.GivenStates;
import org.consensusprobe.report.Numbers;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;

/**
 * What the model would say of the next token at every depth of its first pass.
 *
 * @param entropy by depth, in nats, mean over prompts
 * @param divergence by depth from the distribution at native depth, likewise
 * @param refusal why there is nothing; empty where there is
 */
public record LogitLens(List<Estimate> entropy, List<Estimate> divergence, String refusal) {
    /** Half of what the embedding lacks: depths from there on have most of the answer. */
    private static final double HALF = 0.5;

    public LogitLens {
        entropy = List.copyOf(entropy);
        divergence = List.copyOf(divergence);
    }

    /**
     * Reads the states that a run kept of all depths of its first pass.
     *
     * @param progress told of all tiles, gives what is told of those done
     */
    public static LogitLens of(
            RunReader run, Lens lens, LongFunction<LongConsumer> progress, BooleanSupplier cancelled) {
        Optional<String> refusal = lens.refusal();
        if (refusal.isPresent()) {
            return new LogitLens(List.of(), List.of(), refusal.get());
        }
        Path folder = run.path().resolve("hidden");
        int depths = run.route().nativeDepth() + 1;
        try (Scope scope = Scope.open();
                GivenStates states =
                        GivenStates.open(folder, Optional.empty(), Optional.empty(), Kernels.plain(scope))) {
            Lens.Values values = lens.of(states, depths, progress.apply(lens.tiles(states, depths)), cancelled);
            return new LogitLens(estimates(values.entropy()), estimates(values.divergence()), "");
        }
    }

    private static List<Estimate> estimates(double[][] byDepth) {
        return Arrays.stream(byDepth)
                .map(values -> Bootstrap.estimate(new double[][] {values}))
                .toList();
    }

    boolean applies() {
        return refusal.isEmpty();
    }

    /** Where the answer forms, or why that is not known. */
    List<String> sentences() {
        if (!applies()) {
            return List.of("Logit lens: does not apply, " + refusal + ".");
        }
        int last = divergence.size() - 1;
        double start = divergence.get(0).value();
        int half = IntStream.rangeClosed(0, last)
                .filter(d -> IntStream.rangeClosed(d, last)
                        .allMatch(later -> divergence.get(later).value() <= HALF * start))
                .findFirst()
                .orElse(last);
        List<String> sentences = new ArrayList<>();
        sentences.add("Logit lens: the distribution of the next token is " + Numbers.text(divergence.get(0))
                + " nats from the final one at the embedding; from depth " + half + " on it is less than half as far ("
                + Numbers.text(divergence.get(half)) + "). Its entropy is " + Numbers.text(entropy.get(0))
                + " nats at the embedding, " + Numbers.text(entropy.get(last)) + " at the end.");
        return sentences;
    }
}
