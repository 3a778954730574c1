package org.consensusprobe.results;

/**
 * The error at one depth, over prompts.
 *
 * @param depth blocks passed so far; 0 is the embedding
 * @param pass the pass, from 0; the embedding belongs to pass 0
 * @param layer the layer within the pass, from 1; 0 for the embedding
 * @param std standard deviation with ddof 0
 * @param p10 10th percentile, linearly interpolated as by {@code numpy.percentile}
 */
public record CurveRow(
        int depth,
        int pass,
        int layer,
        double mean,
        double std,
        double min,
        double p10,
        double p50,
        double p90,
        double max) {}
