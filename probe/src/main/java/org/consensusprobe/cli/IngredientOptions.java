package org.consensusprobe.cli;

import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.model.Heads;
import org.consensusprobe.model.Ingredients;
import org.consensusprobe.model.Mask;
import picocli.CommandLine.Option;

/** The options that say what of a model takes part: the switches and factors of its blocks. */
final class IngredientOptions {
    @Option(names = "--no-feed-forward", description = "Leave out the feed-forward half of every block.")
    private boolean noFeedForward;

    @Option(
            names = "--mask",
            paramLabel = "MASK",
            defaultValue = "own",
            description =
                    "Which tokens a token sees: own (the model's), causal, full (all), or window:K (itself and the"
                            + " K - 1 before it, in every layer) (${DEFAULT-VALUE}).")
    private String mask;

    @Option(
            names = "--beta",
            paramLabel = "X",
            defaultValue = "1",
            description =
                    "Multiply attention scores: an inverse temperature; 0 makes attention uniform (${DEFAULT-VALUE}).")
    private double beta;

    @Option(
            names = "--attention-scale",
            paramLabel = "X",
            defaultValue = "1",
            description = "Multiply what attention adds to the residual stream (${DEFAULT-VALUE}).")
    private double attentionScale;

    @Option(
            names = "--no-skip",
            description =
                    "Without residual connections: each half of a block replaces the stream instead of adding to it.")
    private boolean noSkip;

    @Option(names = "--no-norm", description = "Norms do not normalise; their gain and bias stay. The final norm too.")
    private boolean noNorm;

    @Option(
            names = "--heads",
            paramLabel = "LIST",
            description = "Only these heads of every layer speak, counted from 0, such as 0,2,4-7 (all).")
    private String heads;

    /**
     * What they describe.
     *
     * @throws Problem if one of them cannot be read
     */
    Ingredients ingredients() {
        return new Ingredients(
                !noFeedForward,
                Mask.parse(mask).orElseThrow(() -> Problem.input("--mask %s: expected own, %s.", mask, Mask.FORMS)),
                beta,
                attentionScale,
                !noSkip,
                !noNorm,
                heads == null
                        ? List.of()
                        : Heads.parse(heads)
                                .orElseThrow(() -> Problem.input("--heads %s: expected %s.", heads, Heads.FORM)));
    }
}
