package org.consensusprobe.report;

import java.nio.file.Files;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.TokenStates;
import org.consensusprobe.results.TokenTexts;

/**
 * The tokens of one prompt along the depths at which a run kept its states; of a long prompt some, at even distances.
 *
 * @param prompt from 0
 * @param tokens which ones, from 0, the first and last among them
 * @param length tokens of the whole prompt
 * @param depths in order
 */
record KeptTokens(RunReader run, int prompt, int[] tokens, int length, int[] depths, Optional<TokenTexts> texts) {
    private static final int MOST_TOKENS = 40;

    /** The depths whose states are there. */
    static int[] depths(RunReader run) {
        return run.hiddenDepths().stream()
                .filter(depth -> Files.isRegularFile(run.hiddenFile(depth)))
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
    }

    /**
     * A prompt's tokens.
     *
     * @param texts of the run's prompts, if there are any
     * @throws Problem if the first file is no array of the run's states
     */
    static KeptTokens of(RunReader run, int prompt, Optional<TokenTexts> texts) {
        int[] depths = depths(run);
        try (TokenStates states = TokenStates.open(run.hiddenFile(depths[0]))) {
            if (states.prompts() != run.manifest().promptCount()) {
                throw Problem.input(
                        "%s: expected the states of %d prompts as the manifest says, found %d.",
                        run.hiddenFile(depths[0]), run.manifest().promptCount(), states.prompts());
            }
            int length = states.length(prompt);
            Optional<TokenTexts> own = texts.filter(t -> t.prompts().size() == states.prompts()
                    && t.prompts().get(prompt).ids().length == length);
            return new KeptTokens(run, prompt, some(length, MOST_TOKENS), length, depths, own);
        }
    }

    /** Some of so many, at even distances from the first to the last. */
    static int[] some(int all, int most) {
        return all <= most
                ? IntStream.range(0, all).toArray()
                : IntStream.range(0, most)
                        .map(i -> (int) Math.round((double) i * (all - 1) / (most - 1)))
                        .toArray();
    }

    int count() {
        return tokens.length;
    }

    /** What one of them is called. */
    String label(int i) {
        return texts.map(t -> t.label(prompt, tokens[i])).orElseGet(() -> Integer.toString(tokens[i] + 1));
    }

    /** What a depth is called. */
    String place(int depth) {
        if (!run.depthNames().isEmpty()) {
            return run.depthNames().get(depth);
        }
        return depth == 0 ? "embedding" : run.route().place(depth);
    }

    /** Unit tokens [tokens][dim] at a depth; null for one that has no direction. */
    double[][] units(int depth) {
        try (TokenStates states = TokenStates.open(run.hiddenFile(depth))) {
            return IntStream.of(tokens)
                    .mapToObj(token -> unit(states.token(prompt, token)))
                    .toArray(double[][]::new);
        }
    }

    private static double[] unit(double[] x) {
        double largest = 0;
        for (double value : x) {
            largest = Math.max(largest, Math.abs(value));
        }
        if (!(largest > 0) || Double.isInfinite(largest)) {
            return null;
        }
        double squares = 0;
        for (double value : x) {
            squares += value / largest * (value / largest);
        }
        double norm = Math.sqrt(squares);
        double[] unit = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            unit[i] = x[i] / largest / norm;
        }
        return unit;
    }
}
