package org.consensusprobe.measure;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.consensusprobe.common.Problem;

/** The measures that can be recorded beside the error, by name. */
public final class Measures {
    /** Eq. 25 itself, recorded in every run. */
    public static final String ERROR = "error";
    /** Eq. 25 from token 2 on: first tokens are often outliers that others lean towards. */
    public static final String ERROR_WITHOUT_TOKEN_1 = "error-without-token-1";
    /** The mean cosine with the same position of other prompts. */
    public static final String ACROSS_PROMPT_SIMILARITY = AcrossPromptSimilarity.NAME;

    /** All names but the error's. */
    public static final List<String> NAMES =
            List.of(ERROR_WITHOUT_TOKEN_1, ACROSS_PROMPT_SIMILARITY, RankCollapse.RESIDUAL, RankCollapse.MU);

    /** The controls of a verdict. */
    public static final List<String> CONTROLS = List.of(ERROR_WITHOUT_TOKEN_1, ACROSS_PROMPT_SIMILARITY);

    private Measures() {}

    /** Eq. 25: 1 - (1/T) sum_j cos(x_1, x_j), or with the cosines' absolute values. */
    public static Measure error(Similarity similarity) {
        return new ConsensusError(ERROR, 0, similarity);
    }

    /**
     * The measures of those names.
     *
     * @throws Problem if a name is not known or given twice
     */
    public static List<Measure> named(List<String> names, Similarity similarity) {
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!NAMES.contains(name)) {
                throw Problem.input(
                        "--measures: \"%s\" is not known; known: %s.%s",
                        name, String.join(", ", NAMES), name.equals(ERROR) ? " The error is always recorded." : "");
            }
            if (!seen.add(name)) {
                throw Problem.input("--measures: \"%s\" is named twice.", name);
            }
        }
        return names.stream().map(name -> named(name, similarity)).toList();
    }

    private static Measure named(String name, Similarity similarity) {
        return switch (name) {
            case ERROR_WITHOUT_TOKEN_1 -> new ConsensusError(name, 1, similarity);
            case RankCollapse.RESIDUAL -> new RankCollapse(true);
            case RankCollapse.MU -> new RankCollapse(false);
            default -> new AcrossPromptSimilarity();
        };
    }
}
