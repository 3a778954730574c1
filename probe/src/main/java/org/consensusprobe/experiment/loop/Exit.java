package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import org.consensusprobe.common.Problem;
import org.consensusprobe.model.OwnLoop;
import org.consensusprobe.model.Transformer;

/**
 * From which pass the next token is scored.
 *
 * @param kind how the pass is chosen
 * @param threshold of {@link Kind#THRESHOLD}
 */
public record Exit(Kind kind, double threshold) {
    /** How the pass is chosen. */
    public enum Kind {
        /** The scores of all passes, each weighted with the probability that the gate ends there. */
        EXPECTED,
        /** The last pass. */
        LAST,
        /** The first pass up to which the gate ends with so much probability. */
        THRESHOLD
    }

    /** What {@link #parse} takes, for messages. */
    public static final String FORMS = "expected, last or a probability such as 0.9";

    /** The last pass, as of any model without a gate. */
    public static final Exit LAST = new Exit(Kind.LAST, 1);

    private static final Exit EXPECTED = new Exit(Kind.EXPECTED, 1);

    /**
     * What an option asks for.
     *
     * @param text null where nothing is asked for: the expected scores of a model with a gate, else the last pass's
     * @throws Problem if it is none of {@link #FORMS}, or asks for a gate that the model does not have
     */
    public static Exit parse(String text, String name, Transformer model) {
        boolean gated = model.ownLoop().filter(OwnLoop::gated).isPresent();
        if (text == null) {
            return gated ? EXPECTED : LAST;
        }
        Exit exit = parse(text);
        if (exit.kind != Kind.LAST && !gated) {
            throw Problem.input(
                    "--exit %s: %s, a %s model, has no gate that could end before the last pass; it takes last alone.",
                    text, name, model.sizes().modelType());
        }
        return exit;
    }

    private static Exit parse(String text) {
        try {
            Exit exit =
                    switch (text) {
                        case "expected" -> EXPECTED;
                        case "last" -> LAST;
                        default -> new Exit(Kind.THRESHOLD, Double.parseDouble(text));
                    };
            if (exit.threshold > 0 && exit.threshold <= 1) {
                return exit;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw Problem.input("--exit %s: expected %s (over 0, up to 1).", text, FORMS);
    }

    /** As the option writes it. */
    public String text() {
        return kind == Kind.THRESHOLD ? Double.toString(threshold) : kind == Kind.LAST ? "last" : "expected";
    }

    /** The scores of one prompt's next token as its passes end. */
    final class Scores {
        private double[] scores;
        private double left = 1;
        private double gone;
        private boolean chosen;

        /**
         * A pass is done.
         *
         * @param ofPass [V]
         * @param gate how likely this pass is the last, given that it was reached; unused where the last pass is taken
         * @param last whether no pass follows
         */
        void add(double[] ofPass, double gate, boolean last) {
            double here = last ? left : gate * left;
            left *= 1 - gate;
            gone += here;
            switch (kind) {
                case LAST -> scores = ofPass;
                case EXPECTED -> {
                    double[] sum = scores == null ? new double[ofPass.length] : scores;
                    Arrays.setAll(sum, v -> sum[v] + here * ofPass[v]);
                    scores = sum;
                }
                case THRESHOLD -> {
                    if (!chosen) {
                        scores = ofPass;
                        chosen = gone >= threshold;
                    }
                }
            }
        }

        double[] get() {
            return scores;
        }
    }

    /** Takes the scores of one prompt. */
    Scores scores() {
        return new Scores();
    }
}
