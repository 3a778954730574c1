package org.consensusprobe.cli;

import org.consensusprobe.experiment.DepthList;
import org.consensusprobe.experiment.Initial;
import org.consensusprobe.experiment.States;
import picocli.CommandLine.Option;

/** The options that say where hidden states come from, and which are kept on the way. */
final class StateOptions {
    private static final String HIDDEN_AT = "--save-hidden-at";
    private static final String ATTENTION_AT = "--save-attention-at";

    @Option(
            names = "--initial",
            paramLabel = "S",
            defaultValue = "embedding",
            description = {
                "What enters the first block: embedding (of the prompts), uniform (directions drawn on the sphere, at the",
                "embedding's norms), consensus+SIZE (every token the prompt's first, moved by SIZE of its norm), or",
                "FILE.npy ([prompts, tokens, dim]; shorter prompts end in NaN; its prompts where none are named)",
                "(${DEFAULT-VALUE})."
            })
    private String initial;

    @Option(
            names = HIDDEN_AT,
            paramLabel = "LIST",
            description = {
                "Keep hidden states in hidden/: depths (0,8,16-24: columns of error.npy) and layer:L (behind layer L of every",
                "pass) as depth-D.npy, pass:N (what pass N hands to the next) as pass-N.npy; layers and passes from 1."
            })
    private String hiddenAt;

    @Option(
            names = ATTENTION_AT,
            paramLabel = "LIST",
            description = {
                "Keep attention matrices [prompts, heads, tokens, tokens] in attention/: of the blocks that end at these",
                "depths (1-8: the layers of the first pass), of layer:L in every pass, or of all layers in pass:N."
            })
    private String attentionAt;

    /** What they describe. */
    States states() {
        return new States(Initial.parse(initial), list(HIDDEN_AT, hiddenAt), list(ATTENTION_AT, attentionAt));
    }

    private static DepthList list(String option, String text) {
        return text == null ? DepthList.NONE : DepthList.parse(option, text);
    }
}
