package org.consensusprobe.theory.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.consensusprobe.theory.Plateau;

/** What the quantities of a run say, in words and numbers, against the theorems that use them. */
public final class Findings {
    /** A column sum of A this far from 1 is one of a matrix that is not doubly stochastic. */
    private static final double DOUBLY_STOCHASTIC = 1e-3;

    private static final String PAPER = "arXiv 2412.02682";

    private final RunTheory theory;
    private final List<Finding> found = new ArrayList<>();

    private Findings(RunTheory theory) {
        this.theory = theory;
    }

    /** All that the run's quantities allow to say. */
    public static List<Finding> of(RunTheory theory) {
        Findings findings = new Findings(theory);
        findings.hemisphere();
        findings.eigenvector();
        findings.lyapunov();
        findings.diameter();
        findings.meanField();
        findings.clusters();
        return List.copyOf(findings.found);
    }

    private void hemisphere() {
        theory.series(RunTheory.MARGIN).ifPresent(margin -> {
            int tokens = theory.run().manifest().tokens();
            int dim = theory.run().manifest().model().dim();
            long all = values(margin).count();
            long positive = values(margin).filter(v -> v > margin.floor()).count();
            add(
                    "hemisphere margin",
                    "theorem 4.1, " + PAPER,
                    ends(margin) + "; positive at " + positive + " of " + all + " (prompt, depth)",
                    tokens <= dim
                            ? "That it is positive says nothing where tokens (" + tokens
                                    + ") are no more than dimensions (" + dim + "); its size does."
                            : "");
        });
    }

    private void eigenvector() {
        theory.series(RunTheory.EIGENVECTOR_SHARE).ifPresent(share -> {
            long all = values(share).count();
            long whole = values(share).filter(v -> v == 1).count();
            add(
                    "tokens on the side of the leading eigenvector",
                    "theorems 5.2 and 5.3, " + PAPER,
                    ends(share) + "; all tokens at " + whole + " of " + all + " (prompt, depth)",
                    "The theorems start with all tokens there. v: of (U + U')/2, summed over heads, of the block that the"
                            + " states enter, turned to the side of the mean token.");
        });
        theory.series(RunTheory.EIGENVECTOR_DISTANCE)
                .ifPresent(distance -> add(
                        "max_i (1 - <u_i, v>)",
                        "theorems 5.2 and 5.3, " + PAPER,
                        ends(distance) + "; smallest mean "
                                + text(Arrays.stream(distance.means()).min().orElse(Double.NaN)),
                        "0 where all tokens lie on v, 1 where one is orthogonal to it."));
    }

    private void lyapunov() {
        increases(
                RunTheory.LYAPUNOV_MEAN,
                "Lyapunov function V",
                "theorem 4.1",
                "It never increases along the theorem's flow, from starts with V < 1.");
        increases(
                RunTheory.LYAPUNOV_FIRST,
                "V towards token 1",
                "theorem 5.1",
                "Token 1 of causal attention sees itself alone.");
        increases(RunTheory.ERROR, "error E", "eq. 25", "");
    }

    private void increases(String name, String quantity, String theorem, String remark) {
        theory.series(name)
                .ifPresent(s -> add(
                        quantity,
                        theorem + ", " + PAPER,
                        ends(s) + "; increases in " + share(s.increases(), s.steps()) + " of the steps",
                        remark));
    }

    private void diameter() {
        Series bound = theory.series(RunTheory.DIAMETER_BOUND).orElse(null);
        if (bound == null) {
            return;
        }
        double[][] measured = theory.series(RunTheory.DIAMETER).orElseThrow().values();
        long violated = 0;
        long all = 0;
        OptionalInt first = OptionalInt.empty();
        for (int d = 1; d < measured[0].length; d++) {
            for (int p = 0; p < measured.length; p++) {
                all++;
                if (measured[p][d] > bound.values()[p][d] * (1 + 1e-6)) {
                    violated++;
                    first = first.isPresent() ? first : OptionalInt.of(d);
                }
            }
        }
        long hypothesis = theory.series(RunTheory.DEFECT)
                .map(defect ->
                        values(defect).filter(v -> v <= DOUBLY_STOCHASTIC).count())
                .orElse(0L);
        add(
                "token diameter against (1 - e lambda_2)^L d_0",
                "Verified Transformer Dynamics",
                "measured " + ends(theory.series(RunTheory.DIAMETER).orElseThrow()) + "; bound " + ends(bound)
                        + "; violated at " + violated + " of " + all
                        + (first.isPresent() ? ", first at depth " + first.getAsInt() : ""),
                theory.series(RunTheory.DEFECT).isPresent()
                        ? "Its hypothesis, a doubly stochastic A, holds in " + hypothesis + " of " + all
                                + " blocks (column sums within " + DOUBLY_STOCHASTIC + " of 1)."
                        : "Its hypothesis, a doubly stochastic A, was not recorded.");
    }

    private void meanField() {
        theory.series(RunTheory.ORDER)
                .ifPresent(order -> add(
                        "order parameter R",
                        "mean-field papers",
                        ends(order) + "; falls in " + share(order.decreases(), order.steps()) + " of the steps",
                        "It need not be monotone."));
        increases(RunTheory.ENERGY, "energy deficit 1 - E_b/E_max, b = 1", "gradient flow of the energy", "");
    }

    private void clusters() {
        theory.series(RunTheory.CLUSTERS).ifPresent(clusters -> {
            List<List<Plateau>> plateaus =
                    Arrays.stream(clusters.values()).map(Plateau::of).toList();
            long prompts = plateaus.stream().filter(p -> !p.isEmpty()).count();
            int merges = Arrays.stream(clusters.values())
                    .mapToInt(counts -> Plateau.merges(counts).size())
                    .sum();
            String longest = Plateau.longest(
                            plateaus.stream().flatMap(List::stream).toList())
                    .map(p -> "; the longest plateau: " + p.clusters() + " clusters from depth " + p.onset() + " on, "
                            + p.length() + " depths")
                    .orElse("");
            add(
                    "clusters within 15 degrees",
                    "metastable states, arXiv 2312.10794",
                    ends(clusters) + "; " + prompts + " of " + plateaus.size() + " prompts have a plateau; " + merges
                            + " merges" + longest,
                    "A plateau: " + Plateau.DEFINITION + ".");
        });
    }

    private void add(String quantity, String source, String result, String remark) {
        found.add(new Finding(quantity, source, result, remark));
    }

    private static java.util.stream.DoubleStream values(Series series) {
        return Arrays.stream(series.values()).flatMapToDouble(Arrays::stream).filter(v -> !Double.isNaN(v));
    }

    private static String ends(Series series) {
        double[] means = series.means();
        int from = Double.isNaN(means[0]) && means.length > 1 ? 1 : 0; // of blocks there is none at the embedding
        return text(means[from]) + " -> " + text(means[means.length - 1]);
    }

    private static String share(long part, long all) {
        return part + " of " + all + (all == 0 ? "" : String.format(Locale.ROOT, " (%.0f %%)", 100.0 * part / all));
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, "%.3g", value);
    }
}
