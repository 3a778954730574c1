package org.consensusprobe.plan;

import java.util.OptionalInt;

/**
 * A part of the model, or something in its states, that a run does without.
 *
 * @param number the layer, counted from 0; of outliers how many dimensions; of the sink the token, which is 1
 */
public record LeftOut(Part part, int number) {
    /** What is left out. */
    public enum Part {
        BLOCK("block", "--skip-blocks", new Halves(false, false)),
        ATTENTION("attention", "--skip-attention", new Halves(false, true)),
        FEED_FORWARD("feed-forward", "--skip-feed-forward", new Halves(true, false)),
        /** The largest dimensions, behind every block. */
        OUTLIERS("outliers", "--clamp-outliers", Halves.BOTH),
        /** Attention of others to token 1, in every layer. */
        SINK("sink", "--no-sink", Halves.BOTH);

        private final String text;
        private final String option;
        private final Halves left;

        Part(String text, String option, Halves left) {
            this.text = text;
            this.option = option;
            this.left = left;
        }

        /** As tables write it. */
        public String text() {
            return text;
        }

        /** Whether it is a part of one layer; otherwise of all. */
        public boolean isOfALayer() {
            return !left.equals(Halves.BOTH);
        }
    }

    /** Attention of others to token 1. */
    public static final LeftOut SINK = new LeftOut(Part.SINK, 1);

    /** The layer it is a part of, counted from 0; none where it is one of all. */
    public OptionalInt layer() {
        return part.isOfALayer() ? OptionalInt.of(number) : OptionalInt.empty();
    }

    /** Whether it is a part of that layer. */
    public boolean isOf(int layer) {
        return part.isOfALayer() && number == layer;
    }

    /** The halves of its layer that still run. */
    public Halves halves() {
        return part.left;
    }

    /** What the rest of a run is made of. */
    public Ingredients ingredients(Ingredients all) {
        return switch (part) {
            case OUTLIERS -> all.withClamped(number);
            case SINK -> all.withoutSink();
            default -> all;
        };
    }

    /** In words, {@code attention of layer 3}. */
    public String words() {
        return switch (part) {
            case OUTLIERS -> number == 1 ? "the largest dimension" : "the set of the " + number + " largest dimensions";
            case SINK -> "attention to token " + number;
            default -> part.text + " of layer " + number;
        };
    }

    /** Which of its kind it is, below a bar. */
    public String label() {
        return switch (part) {
            case OUTLIERS -> number == 1 ? "1 dimension" : number + " dimensions";
            case SINK -> "sink";
            default -> Integer.toString(number);
        };
    }

    /** The option of a run that leaves it out. */
    public String option() {
        return part == Part.SINK ? part.option : part.option + " " + number;
    }
}
