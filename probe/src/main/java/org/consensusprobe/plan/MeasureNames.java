package org.consensusprobe.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The names of what can be recorded beside the error, in the order of listings; each has its measure in {@code measure}. */
public final class MeasureNames {
    /** Eq. 25 itself, recorded in every run. */
    public static final String ERROR = "error";
    /** Eq. 25 from token 2 on: first tokens are often outliers that others lean towards. */
    public static final String ERROR_WITHOUT_TOKEN_1 = "error-without-token-1";
    /** The mean cosine with the same position of other prompts. */
    public static final String ACROSS_PROMPT_SIMILARITY = "across-prompt-similarity";
    /** One minus the mean cosine of all pairs. */
    public static final String PAIRWISE_MEAN = "pairwise-mean";
    /** How far a pass moves a prompt's states, over their norm. */
    public static final String PASS_STEP = "pass-step";
    /** The cosine of a pass's move with the move before. */
    public static final String STEP_ANGLE = "step-angle";
    /** The length of a pass's move over that of the move before. */
    public static final String STEP_RATIO = "step-ratio";
    /** How far a prompt's states are from those of some passes before. */
    public static final String RETURN = "return";
    /** The largest Lyapunov exponent per pass. */
    public static final String LYAPUNOV = "lyapunov";
    /** How many tokens are sent to other experts than in the pass before. */
    public static final String EXPERT_FLIPS = "expert-flips";
    /** How likely the gate of a looped model is to end at a pass. */
    public static final String EXIT_PROBABILITY = "exit-probability";
    /** The pass at which it is expected to end. */
    public static final String EXPECTED_EXIT_PASS = "expected-exit-pass";
    /** How much of the tokens' field is at high frequencies. */
    public static final String HIGH_FREQUENCY = "high-frequency";
    /** Eq. 25 less the mean of all tokens of all prompts. */
    public static final String ERROR_WITHOUT_MEAN = "error-without-mean";
    /** How far the next-token distributions of prompts are from one another. */
    public static final String OUTPUT_DIVERGENCE_PROMPTS = "output-divergence-prompts";
    /** What attention's half of a block adds to the error. */
    public static final String ERROR_ATTENTION = "error-attention";
    /** What the feed-forward half adds to it. */
    public static final String ERROR_FEED_FORWARD = "error-feed-forward";
    /** How the error changes if a head is left out. */
    public static final String ERROR_HEAD = "error-head";
    /** The angles, in degrees, within which measures of clusters and reports put tokens together. */
    public static final List<Double> CLUSTER_DEGREES = List.of(5.0, 15.0, 30.0, 60.0);
    /** Eq. 25 with every token in the place of token 1. */
    public static final String ERROR_TOKEN = "error-token";
    /** The mean cosine with other prompts, position by position. */
    public static final String ACROSS_PROMPT_SIMILARITY_TOKEN = ACROSS_PROMPT_SIMILARITY + "-token";

    private static final String TO_TOKEN_1 = "to-token-1";
    private static final String TO_TOKEN_2 = "to-token-2";

    /** In place of names: those that a run records unless told otherwise. */
    public static final String DEFAULT = "default";
    /** In place of names: all. */
    public static final String EVERY = "all";
    /** In place of names: the error alone. */
    public static final String NONE = "none";

    /** All names but the error's. */
    public static final List<String> ALL = List.of(
            ERROR_WITHOUT_TOKEN_1,
            PAIRWISE_MEAN,
            "pairwise-max",
            "order-parameter",
            ACROSS_PROMPT_SIMILARITY,
            "max-to-token-1",
            "median-to-token-1",
            "max-without-token-1",
            "median-without-token-1",
            "error-projected",
            ERROR_WITHOUT_MEAN,
            "dimension-share",
            "mu",
            "mu-relative",
            "mu-contraction",
            "residual",
            "rank-residual",
            "token-diameter",
            "token-diameter-unit",
            "diameter-contraction",
            "diameter-contraction-unit",
            "cosine-histogram",
            "energy-deficit",
            "cluster-components",
            "cluster-cover",
            "cluster-largest",
            "effective-rank",
            "effective-rank-centred",
            "stable-rank",
            "stable-rank-centred",
            "intrinsic-dimension",
            "hemisphere-margin",
            HIGH_FREQUENCY,
            "attention-step",
            "attention-entropy",
            "attention-to-token-1",
            "dobrushin",
            "dobrushin-product",
            "contraction-bound",
            "verified-bound",
            "doubly-stochastic-defect",
            "output-entropy",
            "output-divergence-positions",
            OUTPUT_DIVERGENCE_PROMPTS,
            PASS_STEP,
            STEP_ANGLE,
            STEP_RATIO,
            "pass-step-unit",
            "step-angle-unit",
            "step-ratio-unit",
            "pass-step-token",
            "pass-step-token-unit",
            RETURN,
            "return-unit",
            LYAPUNOV,
            EXPERT_FLIPS,
            EXIT_PROBABILITY,
            EXPECTED_EXIT_PASS,
            ERROR_ATTENTION,
            ERROR_FEED_FORWARD,
            "pairwise-mean-attention",
            "pairwise-mean-feed-forward",
            ERROR_HEAD,
            "block-influence",
            "angular-distance",
            "linearity",
            "largest-activations",
            "largest-activations-to-median",
            "largest-activations-token",
            "largest-activations-dimension",
            "kurtosis",
            "norm-share",
            "key-norm",
            "value-norm",
            ERROR_TOKEN,
            ERROR_WITHOUT_TOKEN_1 + "-token",
            TO_TOKEN_1,
            TO_TOKEN_2,
            "error-projected-token",
            "mu-token",
            ACROSS_PROMPT_SIMILARITY_TOKEN);

    /**
     * Those in which a prompt's value depends on the run's other prompts: by what they are compared with, or by one sequence of
     * draws for all.
     */
    public static final Set<String> OVER_ALL_PROMPTS = Set.of(
            ACROSS_PROMPT_SIMILARITY,
            ACROSS_PROMPT_SIMILARITY_TOKEN,
            ERROR_WITHOUT_MEAN,
            OUTPUT_DIVERGENCE_PROMPTS,
            LYAPUNOV);

    /** The form of a measure that has a value for every token. */
    private static final Map<String, String> BY_TOKEN = Map.ofEntries(
            Map.entry(ERROR, ERROR_TOKEN),
            Map.entry(PAIRWISE_MEAN, ERROR_TOKEN),
            Map.entry(ERROR_WITHOUT_TOKEN_1, ERROR_WITHOUT_TOKEN_1 + "-token"),
            Map.entry("max-to-token-1", TO_TOKEN_1),
            Map.entry("median-to-token-1", TO_TOKEN_1),
            Map.entry("max-without-token-1", TO_TOKEN_2),
            Map.entry("median-without-token-1", TO_TOKEN_2),
            Map.entry("error-projected", "error-projected-token"),
            Map.entry("mu", "mu-token"),
            Map.entry("mu-relative", "mu-token"),
            Map.entry(ACROSS_PROMPT_SIMILARITY, ACROSS_PROMPT_SIMILARITY_TOKEN),
            Map.entry(PASS_STEP, PASS_STEP + "-token"),
            Map.entry("pass-step-unit", "pass-step-token-unit"));

    /**
     * What a run records beside the error unless told otherwise, at most a twentieth of its time; runs of three passes or more
     * compare passes as well.
     */
    public static final List<String> DEFAULTS =
            List.of(ERROR_WITHOUT_TOKEN_1, PAIRWISE_MEAN, "pairwise-max", "order-parameter", ACROSS_PROMPT_SIMILARITY);

    /** Further ones of runs with passes enough to compare. */
    private static final List<String> PASS_DEFAULTS =
            List.of(PASS_STEP, STEP_ANGLE, STEP_RATIO, "pass-step-unit", "step-angle-unit", "step-ratio-unit");

    /** Further ones of models with a gate. */
    public static final List<String> OF_A_GATE = List.of(EXIT_PROBABILITY, EXPECTED_EXIT_PASS);

    private static final int PASSES_TO_COMPARE = 3;

    static final Codec<List<String>> CODEC = new Codec<>(
            Codec.Json.TEXTS,
            "names of \"consensus measures\", or " + EVERY + ", " + DEFAULT + " or " + NONE,
            text -> choose(Codec.NAMES.parser().apply(text)),
            Codec.NAMES.printer());

    private MeasureNames() {}

    /**
     * The names that an option or a file gives, with {@value #DEFAULT} and {@value #EVERY} in full; {@value #NONE} stands
     * alone, and {@value #ERROR}, which every run records, adds nothing.
     *
     * @throws IllegalArgumentException if a name is not known or given twice
     */
    static List<String> choose(List<String> names) {
        List<String> chosen = new ArrayList<>();
        for (String name : names.equals(List.of(NONE)) ? List.<String>of() : names) {
            switch (name) {
                case EVERY -> add(chosen, ALL);
                case DEFAULT -> add(chosen, List.of(DEFAULT)); // which they are depends on the passes
                case ERROR -> {}
                default -> {
                    if (!ALL.contains(name)) {
                        throw new IllegalArgumentException(
                                "\"" + name + "\" is not known." + nearest(name) + " \"consensus measures\" lists all");
                    }
                    if (names.indexOf(name) != names.lastIndexOf(name)) {
                        throw new IllegalArgumentException("\"" + name + "\" is named twice");
                    }
                    add(chosen, List.of(name));
                }
            }
        }
        return List.copyOf(chosen);
    }

    /** What a run of so many passes records beside the error unless told otherwise. */
    public static List<String> defaults(int passes) {
        List<String> all = new ArrayList<>(DEFAULTS);
        if (passes >= PASSES_TO_COMPARE) {
            all.addAll(PASS_DEFAULTS);
        }
        return List.copyOf(all);
    }

    /** The measure that has a value for every token in its place; empty where there is none. */
    public static Optional<String> byToken(String name) {
        return Optional.ofNullable(BY_TOKEN.get(name));
    }

    /** These, and the forms that the error and they have token by token. */
    static List<String> withTokens(List<String> names) {
        List<String> all = new ArrayList<>(names);
        Stream.concat(Stream.of(ERROR), names.stream())
                .flatMap(name -> byToken(name).stream())
                .forEach(name -> add(all, List.of(name)));
        return List.copyOf(all);
    }

    /** Names with {@value #DEFAULT} in full. */
    static List<String> inFull(List<String> names, int passes) {
        List<String> all = new ArrayList<>();
        for (String name : names) {
            add(all, name.equals(DEFAULT) ? defaults(passes) : List.of(name));
        }
        return List.copyOf(all);
    }

    private static void add(List<String> chosen, List<String> names) {
        names.stream().filter(name -> !chosen.contains(name)).forEach(chosen::add);
    }

    private static String nearest(String name) {
        List<String> alike = ALL.stream()
                .filter(known -> known.contains(name) || name.length() > 3 && known.startsWith(name.substring(0, 4)))
                .toList();
        return alike.isEmpty() ? "" : " Meant: " + String.join(", ", alike) + "?";
    }
}
