package org.consensusprobe.experiment.loop;

/**
 * What a run does, counted, and how long that takes at given rates.
 *
 * @param tokenBlocks tokens times blocks that they go through, those of the equal tokens beside the run among them
 * @param valuesBefore values of weights that are made before the first block: those of the embedding, and what drawing needs
 * @param valuesBeside values that are made, layer by layer, while blocks compute; none where they lie in a file as they are
 * @param headFlop of the scores of next tokens
 * @param blockFlop of a token in a block, to know the rate of products
 */
record RunTime(double tokenBlocks, double valuesBefore, double valuesBeside, double headFlop, double blockFlop) {
    /** Of the work beside the blocks' so much is not hidden behind them: they share the processor's cores. */
    private static final double NOT_HIDDEN = 0.5;

    /** Seconds of the run itself, without what a process takes to start. */
    double seconds(KeptRates.Cost cost) {
        double blocks = tokenBlocks * cost.secondsPerToken();
        double beside = valuesBeside * cost.secondsPerValue();
        double head = blockFlop > 0 ? headFlop / blockFlop * cost.secondsPerToken() : 0;
        return valuesBefore * cost.secondsPerValue() + Math.max(blocks + NOT_HIDDEN * beside, beside) + head;
    }
}
