package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.DoubleBinaryOperator;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.measure.AttentionMeasure.Sees;
import org.consensusprobe.torch.Kernels;

/** What attention does in a block: where it looks, how large a step it takes, and what theory bounds by its matrices. */
final class AttentionMatrices {
    private static final String NO_FLOOR = "none; NaN for one token";
    private static final String STOCHASTIC = "none; NaN for one token, and where A's rows do not sum to 1 (sinks)";
    private static final int HEADS = -1;
    private static final String ROW_MEAN = "; A the mean of the heads' matrices";

    private AttentionMatrices() {}

    static Measure step() {
        return new AttentionMeasure(
                new About(
                        "attention-step",
                        "e = |attention out|_F / |X|_F, X the residual stream it is added to",
                        "step of x' = x + attn(x)",
                        "1",
                        Cost.LOW,
                        "none"),
                false,
                Sees.NO_MATRIX,
                true,
                AttentionMatrices::steps);
    }

    static Measure entropy() {
        return byHead(
                "attention-entropy",
                "mean over rows i >= 2 of the entropy of A_i over log i (over log T where tokens see later ones)",
                "Zhai et al. 2023, arXiv 2303.06296",
                Sees.ROWS,
                STOCHASTIC,
                (k, attended) -> attended.meanOverRows(k, "attention_entropy", "attention_entropy_of_rows"));
    }

    static Measure toFirst() {
        return byHead(
                "attention-to-token-1",
                "mean over rows i >= 2 of A_i1",
                "attention sinks, Xiao et al. 2023, arXiv 2309.17453",
                Sees.ROWS,
                NO_FLOOR,
                (k, attended) -> attended.meanOverRows(k, "attention_to_first", "attention_to_first_of_rows"));
    }

    static Measure dobrushin() {
        return byHead(
                "dobrushin",
                "tau(A) = 1 - min_ij sum_k min(A_ik, A_jk): d(AX) <= tau d(X); near 1 for causal A: read its product over layers",
                "Dobrushin 1956",
                Sees.ONE_HEAD,
                STOCHASTIC,
                (k, attended) -> attended.byHead(k, "dobrushin"));
    }

    // tau(A_L .. A_1) <= tau(A_L) .. tau(A_1), and tau of a mean is at most the mean of the taus
    static Measure dobrushinProduct() {
        return new AttentionMeasure(
                new About(
                        "dobrushin-product",
                        "product of tau(A) over the pass's blocks so far >= tau of the product of their A: what attention"
                                + " alone, without skip, leaves of a diameter"
                                + ROW_MEAN,
                        "Dobrushin 1956",
                        "1",
                        Cost.HIGH,
                        STOCHASTIC),
                false,
                Sees.MEAN,
                false,
                true,
                ifStochastic(
                        1,
                        (k, attended) ->
                                unlessOneToken(attended, k.measures().reduce("dobrushin_of_mean", attended.mean(k)))));
    }

    static Measure contractionBound() {
        return ofStep(
                "contraction-bound",
                "rho = 1 - e + e |(I-J) A (I-J)|_2 for e <= 1: mu'/mu <= rho of x' = (1-e) x + e A x; vacuous from 1 on"
                        + ROW_MEAN,
                "Wu et al. 2024, arXiv 2405.18781",
                "NaN where e > 1, and where A's rows do not sum to 1 (sinks)",
                0,
                (e, norm) -> e > 1 ? Double.NaN : 1 - e + e * norm);
    }

    static Measure verifiedBound() {
        return ofStep(
                "verified-bound",
                "1 - e lambda_2 a block, lambda_2 = 1 - the second largest |eigenvalue| of A; holds for doubly stochastic"
                        + " A alone: see doubly-stochastic-defect"
                        + ROW_MEAN,
                "Verified Transformer Dynamics",
                "none; a bound of the spread, which the diameter can violate; NaN where A's rows do not sum to 1 (sinks)",
                1,
                (e, second) -> 1 - e * (1 - second));
    }

    static Measure defect() {
        return new AttentionMeasure(
                new About(
                        "doubly-stochastic-defect",
                        "max_j |sum_i A_ij - 1|: 0 where verified-bound's hypothesis holds, never so for causal A other than I"
                                + ROW_MEAN,
                        "hypothesis of Verified Transformer Dynamics",
                        "1",
                        Cost.HIGH,
                        "about 1e-6 in float32"),
                false,
                Sees.MEAN,
                false,
                (k, attended) -> ofMean(k, attended, 2));
    }

    private static Measure byHead(
            String name,
            String formula,
            String source,
            Sees sees,
            String floor,
            BiFunction<Kernels, Attended, double[]> reduction) {
        BiFunction<Kernels, Attended, double[]> ofSome =
                (k, attended) -> unlessOneToken(attended, reduction.apply(k, attended));
        return new AttentionMeasure(
                new About(name, formula, source, "1", Cost.HIGH, floor),
                true,
                sees,
                false,
                floor.equals(STOCHASTIC) ? ifStochastic(HEADS, ofSome) : ofSome);
    }

    /** NaN, as many values a prompt as the reduction has, where rows do not sum to 1: what follows from that does not hold. */
    private static BiFunction<Kernels, Attended, double[]> ifStochastic(
            int values, BiFunction<Kernels, Attended, double[]> reduction) {
        return (k, attended) -> {
            if (attended.isStochastic()) {
                return reduction.apply(k, attended);
            }
            int each = values == HEADS ? attended.heads() : values;
            double[] undefined = new double[Math.toIntExact(attended.x().size(0)) * each];
            Arrays.fill(undefined, Double.NaN);
            return undefined;
        };
    }

    private static Measure ofStep(
            String name, String formula, String source, String floor, int column, DoubleBinaryOperator of) {
        return new AttentionMeasure(
                new About(name, formula, source, "1", Cost.HIGH, floor),
                false,
                Sees.MEAN,
                true,
                ifStochastic(1, (k, attended) -> {
                    double[] e = steps(k, attended);
                    double[] values = ofMean(k, attended, column);
                    Arrays.setAll(
                            values, i -> Double.isNaN(values[i]) ? Double.NaN : of.applyAsDouble(e[i], values[i]));
                    return values;
                }));
    }

    /** One of three numbers of the heads' mean matrix, prompt after prompt: norm, second eigenvalue, defect. */
    private static double[] ofMean(Kernels k, Attended attended, int column) {
        double[] values = new double[Math.toIntExact(attended.x().size(0))];
        if (attended.x().size(1) < 2) {
            return unlessOneToken(attended, values);
        }
        double[] found =
                attended.once("contraction", () -> k.measures().reduce("contraction", attended.mean(k))); // [B, 3]
        Arrays.setAll(values, i -> found[3 * i + column]);
        return values;
    }

    // one row overlaps with itself alone
    private static double[] unlessOneToken(Attended attended, double[] values) {
        if (attended.x().size(1) < 2) {
            Arrays.fill(values, Double.NaN);
        }
        return values;
    }

    private static double[] steps(Kernels k, Attended attended) {
        return attended.once("step", () -> k.measures().reduce("step", attended.branch(), attended.x()));
    }
}
