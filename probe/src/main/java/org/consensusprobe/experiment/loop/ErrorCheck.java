package org.consensusprobe.experiment.loop;

import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.StateMeasure;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.torch.Kernels;

/** Takes errors, and ends a run whose states have become what has none. */
final class ErrorCheck {
    private final StateMeasure error;
    private final Ingredients ingredients;
    private final Kernels kernels;
    private final BitSet expected = new BitSet();
    private final BitSet alone = new BitSet();

    ErrorCheck(StateMeasure error, List<int[]> prompts, Ingredients ingredients, Kernels kernels) {
        this.error = error;
        this.ingredients = ingredients;
        this.kernels = kernels;
        IntStream.range(0, prompts.size())
                .filter(i -> prompts.get(i).length == 1)
                .forEach(alone::set);
    }

    /** A prompt holds a token whose embedding is zero: its error may be undefined. */
    void expect(int prompt) {
        expected.set(prompt);
    }

    /** The prompts whose error may be undefined. */
    BitSet expected() {
        return expected;
    }

    /** Prompts of one token have no error, however well their state is defined. */
    void tell(RunListener listener, int prompts) {
        if (!alone.isEmpty()) {
            listener.onLonelyTokens(alone.cardinality(), prompts);
        }
    }

    /** Whether the error of a prompt is no number although it has tokens to compare. */
    boolean findsUndefined(HiddenStates states) {
        return !undefined(error.of(kernels, states.snapshot())).isEmpty();
    }

    /** The prompts whose error is no number although they have tokens to compare. */
    BitSet undefined(double[] errors) {
        BitSet undefined = new BitSet();
        IntStream.range(0, errors.length).filter(i -> Double.isNaN(errors[i])).forEach(undefined::set);
        undefined.andNot(alone);
        return undefined;
    }

    /** The prompts whose error is no number now; only those that may be are looked at. */
    BitSet undefined(HiddenStates states) {
        return expected.isEmpty() ? expected : undefined(error.of(kernels, states.snapshot()));
    }

    /** One prompt of equal tokens: the first token of a prompt whose tokens have a direction. */
    HiddenStates.Step equalTokens(HiddenStates states) {
        int[] members = states.chunks().get(states.chunks().size() - 1).members(); // those of the longest prompts
        int row = IntStream.range(0, members.length)
                .filter(i -> !expected.get(members[i]))
                .findFirst()
                .orElse(0);
        return (k, x) -> k.embedding().repeatFirstToken(k.tensors().rowsView(x, row, row + 1L));
    }

    /**
     * The errors of all prompts.
     *
     * @throws Problem if one that has to be a number is none
     */
    double[] of(HiddenStates states, String where) {
        double[] errors = error.of(kernels, states.snapshot());
        BitSet unexpected = undefined(errors);
        if (!unexpected.isEmpty() && !isFinite(states)) {
            throw notANumber(unexpected.nextSetBit(0), "activations are NaN or infinite", where);
        }
        unexpected.andNot(expected);
        if (!unexpected.isEmpty()) {
            throw notANumber(unexpected.nextSetBit(0), "a token became the zero vector, which has no direction", where);
        }
        return errors;
    }

    private boolean isFinite(HiddenStates states) {
        return states.chunks().stream().allMatch(chunk -> kernels.tensors().isFinite(chunk.x()));
    }

    private Problem notANumber(int prompt, String reason, String where) {
        return Problem.failed(
                "%s: the error of prompt %d is not a number: %s.%n%s", where, prompt + 1, reason, advice());
    }

    private String advice() {
        String without = Stream.of(ingredients.norm() ? "" : "norms", ingredients.skip() ? "" : "skips")
                .filter(s -> !s.isEmpty())
                .collect(Collectors.joining(" and "));
        return without.isEmpty()
                ? "Try --dtype float32 or float64; if it stays, the checkpoint is at fault."
                : "Without " + without
                        + " activations grow or vanish from block to block: take fewer --passes, or --dtype"
                        + " float64 for a wider range.";
    }
}
