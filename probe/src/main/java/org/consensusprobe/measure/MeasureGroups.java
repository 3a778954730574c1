package org.consensusprobe.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.plan.Similarity;

/** How measures are listed: in groups, after the symbols that their formulas use. */
public final class MeasureGroups {
    /** What the formulas' symbols mean, a line each. */
    public static final List<String> SYMBOLS = List.of(
            "T tokens of a prompt, D dimensions, L layers; i and j are tokens, token 1 is the first.",
            "X is the T x D matrix of a prompt's tokens x_i, xbar the mean token, |.|_F the Frobenius norm.",
            "u_i = x_i / |x_i| are unit tokens, ubar is their mean.",
            "s_ij = |u_i - u_j|^2 / 2 = 1 - cos(u_i, u_j).",
            "A is an attention matrix (its rows sum to 1, but for sinks), J = 11'/T, 1 a column of ones, I the identity.",
            "E is eq. 25's error, P pairwise-mean, H the entropy in nats, sigma a singular value.",
            "x_k are the states at the end of pass k, x_0 what enters the first; d_k = x_k - x_(k-1).");

    /**
     * Measures of a kind.
     *
     * @param heading as in docs/measures.md
     * @param names in the order of listings
     */
    public record Group(String heading, List<String> names) {
        private Group(String heading, String names) {
            this(heading, List.of(names.split(" ")));
        }
    }

    /** Every measure, the error first, is in one of them. */
    public static final List<Group> ALL = List.of(
            new Group(
                    "Against token 1",
                    "error error-without-token-1 max-to-token-1 median-to-token-1 max-without-token-1"
                            + " median-without-token-1 error-projected error-without-mean"),
            new Group(
                    "All pairs",
                    "pairwise-mean pairwise-max order-parameter cosine-histogram energy-deficit token-diameter"
                            + " token-diameter-unit diameter-contraction diameter-contraction-unit"),
            new Group(
                    "Rank and dimension",
                    "mu mu-relative mu-contraction residual rank-residual effective-rank effective-rank-centred"
                            + " stable-rank stable-rank-centred intrinsic-dimension"),
            new Group(
                    "Clusters and hemispheres",
                    "cluster-components cluster-cover cluster-largest hemisphere-margin high-frequency"),
            new Group("Controls", "across-prompt-similarity dimension-share"),
            new Group(
                    "Attention",
                    "attention-step attention-entropy attention-to-token-1 dobrushin dobrushin-product"
                            + " contraction-bound verified-bound doubly-stochastic-defect"),
            new Group(
                    "Outliers and sinks",
                    "largest-activations largest-activations-to-median largest-activations-token"
                            + " largest-activations-dimension kurtosis norm-share key-norm value-norm"),
            new Group(
                    "Token by token",
                    "error-token error-without-token-1-token to-token-1 to-token-2 error-projected-token mu-token"
                            + " across-prompt-similarity-token"),
            new Group(
                    "Half by half",
                    "error-attention error-feed-forward pairwise-mean-attention pairwise-mean-feed-forward error-head"),
            new Group("What a block changes", "block-influence angular-distance linearity"),
            new Group("Output, once a pass", "output-entropy output-divergence-positions output-divergence-prompts"),
            new Group(
                    "From pass to pass",
                    "pass-step step-angle step-ratio pass-step-unit step-angle-unit step-ratio-unit pass-step-token"
                            + " pass-step-token-unit return return-unit lyapunov"),
            new Group("Experts", "expert-flips"),
            new Group("Where a gate would end", "exit-probability expected-exit-pass"));

    private static final Pattern ARXIV = Pattern.compile("arXiv (\\d{4}\\.\\d{5})");

    private MeasureGroups() {}

    /** All measures of a group. */
    public static List<Measure> measures(Group group) {
        List<Measure> all = new ArrayList<>(List.of(Measures.error(Similarity.COSINE)));
        all.addAll(Measures.all(Similarity.COSINE));
        return group.names().stream()
                .map(name -> all.stream()
                        .filter(m -> m.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException(name + " is no measure")))
                .toList();
    }

    /** The papers that a measure's source names, whole. */
    public static List<String> references(About about) {
        List<String> found = new ArrayList<>();
        for (String reference : References.ALL) {
            Matcher arxiv = ARXIV.matcher(reference);
            boolean named = arxiv.find() && about.source().contains(arxiv.group(1));
            if (named || about.source().contains(reference.substring(0, reference.indexOf(':')))) {
                found.add(reference);
            }
        }
        return found;
    }
}
