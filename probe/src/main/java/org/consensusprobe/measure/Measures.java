package org.consensusprobe.measure;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.consensusprobe.common.Problem;

/**
 * The measures that can be recorded beside the error, by name. A new one is a file with its reduction and a line in
 * {@link #ALL}.
 */
public final class Measures {
    /** Eq. 25 itself, recorded in every run. */
    public static final String ERROR = "error";
    /** Eq. 25 from token 2 on: first tokens are often outliers that others lean towards. */
    public static final String ERROR_WITHOUT_TOKEN_1 = "error-without-token-1";
    /** The mean cosine with the same position of other prompts. */
    public static final String ACROSS_PROMPT_SIMILARITY = AcrossPromptSimilarity.NAME;
    /** One minus the mean cosine of all pairs. */
    public static final String PAIRWISE_MEAN = "pairwise-mean";
    /** In place of names: those that a run records unless told otherwise. */
    public static final String DEFAULT = "default";
    /** In place of names: all. */
    public static final String EVERY = "all";
    /** In place of names: the error alone. */
    public static final String NONE = "none";

    private static final List<Function<Similarity, Measure>> ALL = List.of(
            similarity -> new ConsensusError(ERROR_WITHOUT_TOKEN_1, 1, similarity),
            any(Pairwise.mean()),
            any(Pairwise.max()),
            any(Pairwise.orderParameter()),
            any(new AcrossPromptSimilarity()),
            any(ToFirstToken.max(0)),
            any(ToFirstToken.median(0)),
            any(ToFirstToken.max(1)),
            any(ToFirstToken.median(1)),
            any(Anisotropy.projected()),
            any(Anisotropy.withoutMean()),
            any(Anisotropy.dimensionShares()),
            any(Residual.mu()),
            any(Residual.relative()),
            any(Residual.contraction()),
            any(Residual.composite()),
            any(Residual.ofRankCollapse()),
            any(Diameter.raw()),
            any(Diameter.unit()),
            any(Diameter.contraction()),
            any(Diameter.unitContraction()),
            any(CosineHistogram.measure()),
            any(EnergyDeficit.measure()),
            any(Clusters.components()),
            any(Clusters.cover()),
            any(Clusters.largest()),
            any(Ranks.effective()),
            any(Ranks.effectiveCentred()),
            any(Ranks.stable()),
            any(Ranks.stableCentred()),
            any(IntrinsicDimension.measure()),
            any(HemisphereMargin.measure()),
            any(AttentionMatrices.step()),
            any(AttentionMatrices.entropy()),
            any(AttentionMatrices.toFirst()),
            any(AttentionMatrices.dobrushin()),
            any(AttentionMatrices.dobrushinProduct()),
            any(AttentionMatrices.contractionBound()),
            any(AttentionMatrices.verifiedBound()),
            any(AttentionMatrices.defect()),
            any(NextToken.entropy()),
            any(NextToken.acrossPositions()),
            any(NextToken.acrossPrompts()));

    /** All names but the error's. */
    public static final List<String> NAMES =
            all(Similarity.COSINE).stream().map(Measure::name).toList();

    /** What a run records beside the error unless told otherwise: at most a twentieth of its time. */
    public static final List<String> DEFAULTS =
            List.of(ERROR_WITHOUT_TOKEN_1, PAIRWISE_MEAN, "pairwise-max", "order-parameter", ACROSS_PROMPT_SIMILARITY);

    /** The controls of a verdict. */
    public static final List<String> CONTROLS = List.of(ERROR_WITHOUT_TOKEN_1, ACROSS_PROMPT_SIMILARITY);

    private Measures() {}

    /** Eq. 25: 1 - (1/T) sum_j cos(x_1, x_j), or with the cosines' absolute values. */
    public static StateMeasure error(Similarity similarity) {
        return new ConsensusError(ERROR, 0, similarity);
    }

    /** Every measure but the error, in the order of listings. */
    public static List<Measure> all(Similarity similarity) {
        return ALL.stream().map(measure -> measure.apply(similarity)).toList();
    }

    /**
     * The names that an option or a file gives, with {@value #DEFAULT} and {@value #EVERY} in full; {@value #NONE} stands
     * alone, and {@value #ERROR}, which every run records, adds nothing.
     *
     * @throws Problem if a name is not known or given twice
     */
    public static List<String> choose(List<String> names) {
        List<String> chosen = new ArrayList<>();
        if (names.equals(List.of(NONE))) {
            return chosen;
        }
        for (String name : names) {
            switch (name) {
                case EVERY -> add(chosen, NAMES);
                case DEFAULT -> add(chosen, DEFAULTS);
                case ERROR -> {}
                default -> {
                    requireKnown(name);
                    if (names.indexOf(name) != names.lastIndexOf(name)) {
                        throw Problem.input("--measures: \"%s\" is named twice.", name);
                    }
                    add(chosen, List.of(name));
                }
            }
        }
        return List.copyOf(chosen);
    }

    private static void add(List<String> chosen, List<String> names) {
        names.stream().filter(name -> !chosen.contains(name)).forEach(chosen::add);
    }

    /**
     * The measures of those names.
     *
     * @throws Problem if a name is not known or given twice
     */
    public static List<Measure> named(List<String> names, Similarity similarity) {
        Map<String, Measure> known = new HashMap<>();
        all(similarity).forEach(measure -> known.put(measure.name(), measure));
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            requireKnown(name);
            if (!seen.add(name)) {
                throw Problem.input("--measures: \"%s\" is named twice.", name);
            }
        }
        return names.stream().map(known::get).toList();
    }

    private static void requireKnown(String name) {
        if (!NAMES.contains(name)) {
            throw Problem.input(
                    "--measures: \"%s\" is not known.%s \"consensus measures\" lists all; %s, %s and %s stand for sets.",
                    name, nearest(name), EVERY, DEFAULT, NONE);
        }
    }

    private static String nearest(String name) {
        List<String> alike = NAMES.stream()
                .filter(known -> known.contains(name) || name.length() > 3 && known.startsWith(name.substring(0, 4)))
                .toList();
        return alike.isEmpty() ? "" : " Meant: " + String.join(", ", alike) + "?";
    }

    private static Function<Similarity, Measure> any(Measure measure) {
        return similarity -> measure;
    }
}
