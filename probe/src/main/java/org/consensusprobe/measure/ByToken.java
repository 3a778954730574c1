package org.consensusprobe.measure;

import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.plan.MeasureNames;

/** Measures of prompts, token by token. */
final class ByToken {
    private static final String FLOOR = "float32 about 1e-14, float64 1e-32";
    private static final String BEHIND = "; NaN behind a prompt's last token";

    private ByToken() {}

    static Measure error() {
        return errors(
                MeasureNames.ERROR_TOKEN,
                0,
                "mean over i = 1..T of s_ij: eq. 25 with token j in the place of token 1; its mean over j is pairwise-mean",
                Work.STATES,
                "errors_of_tokens");
    }

    static Measure errorWithoutTokenOne() {
        return errors(
                MeasureNames.ERROR_WITHOUT_TOKEN_1 + "-token",
                1,
                "mean over i = 2..T of s_ij, j from 2 on",
                Work.STATES,
                "errors_of_tokens");
    }

    static Measure errorProjected() {
        return errors(
                "error-projected-token",
                0,
                "mean over i = 1..T of s_ij of (I - 11'/D) x_i",
                Work.WIDE_STATES,
                "errors_of_projected_tokens");
    }

    static Measure toToken(int reference) {
        String token = Integer.toString(reference + 1);
        return new TokenMeasure(
                new About(
                        "to-token-" + token,
                        "s_" + token + "j of every token j from " + token + " on",
                        "companion of eq. 25, arXiv 2412.02682",
                        "1",
                        Cost.LOW,
                        FLOOR + BEHIND),
                reference,
                Work.STATES,
                (k, chunk) -> ToFirstToken.distances(k, chunk, reference));
    }

    static Measure mu() {
        return new TokenMeasure(
                new About(
                        "mu-token",
                        "|x_j - xbar|; the root of the sum of its squares is mu",
                        "Wu et al. 2024, arXiv 2405.18781",
                        "of the states",
                        Cost.LOW,
                        "rounding of the states: about 1e-7 |x_j| in float32, 1e-16 |x_j| in float64" + BEHIND),
                0,
                Work.WIDE_STATES,
                (k, chunk) -> k.measures().reduce("distances_to_mean", chunk.x()));
    }

    private static Measure errors(String name, int from, String formula, Work work, String kernel) {
        return new TokenMeasure(
                new About(
                        name,
                        formula + "; by cosines, whatever --similarity says",
                        "eq. 25, arXiv 2412.02682",
                        "1",
                        Cost.LOW,
                        FLOOR + BEHIND),
                from,
                work,
                (k, chunk) -> k.measures().reduce(kernel, k.measures().fromToken(chunk.x(), from)));
    }
}
