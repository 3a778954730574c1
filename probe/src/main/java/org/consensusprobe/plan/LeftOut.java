package org.consensusprobe.plan;

/**
 * A part of the model that a run does without.
 *
 * @param layer counted from 0
 */
public record LeftOut(Part part, int layer) {
    /** What of a layer is left out. */
    public enum Part {
        BLOCK("block", "--skip-blocks", false, false),
        ATTENTION("attention", "--skip-attention", false, true),
        FEED_FORWARD("feed-forward", "--skip-feed-forward", true, false);

        private final String text;
        private final String option;
        private final Halves left;

        Part(String text, String option, boolean attention, boolean feedForward) {
            this.text = text;
            this.option = option;
            this.left = new Halves(attention, feedForward);
        }

        /** As tables write it. */
        public String text() {
            return text;
        }
    }

    /** The halves that still run. */
    public Halves halves() {
        return part.left;
    }

    /** In words, {@code attention of layer 3}. */
    public String words() {
        return part.text + " of layer " + layer;
    }

    /** The option of a run that leaves it out. */
    public String option() {
        return part.option + " " + layer;
    }
}
