package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/** How states move from pass to pass: x_k at the end of pass k, d_k = x_k - x_(k-1). Of the states, or of unit tokens. */
final class Steps {
    /** The longest cycle that is looked for. */
    static final int LAGS = 8;

    private static final String SOURCE = "defined here";
    private static final String UNIT = "-unit";
    private static final String FLOOR =
            "rounding of the states: about 1e-7 |x_k| in float32, 1e-16 |x_k| in float64; below it angles and ratios are noise";
    private static final int NUMBERS = 4;

    private Steps() {}

    static PassMeasure step(boolean units) {
        return of(MeasureNames.PASS_STEP, "|x_k - x_(k-1)|_F / |x_(k-1)|_F", units, 1, m -> m[0] / m[1]);
    }

    static PassMeasure angle(boolean units) {
        return of(
                MeasureNames.STEP_ANGLE,
                "cos(d_k, d_(k-1)), d_k = x_k - x_(k-1): 1 drift, 0 wandering, -1 to and fro",
                units,
                2,
                m -> m[3] / (m[0] * m[2]));
    }

    static PassMeasure ratio(boolean units) {
        return of(
                MeasureNames.STEP_RATIO,
                "|d_k|_F / |d_(k-1)|_F; its limit is the factor of contraction",
                units,
                2,
                m -> m[0] / m[2]);
    }

    static PassMeasure ofTokens(boolean units) {
        return new PassMeasure(
                about(MeasureNames.PASS_STEP + "-token", "|d_k,i| / |x_(k-1),i| of every token i", units),
                1,
                sizes -> List.of(Axis.tokens(sizes)),
                (k, chunk, states, tokens) -> padded(
                        k.measures().reduce("token_moves" + kind(units), states.get(0), states.get(1)), chunk, tokens));
    }

    static PassMeasure returns(boolean units) {
        return new PassMeasure(
                about(MeasureNames.RETURN, "|x_k - x_(k-m)|_F / |x_k|_F for m = 1..." + LAGS, units),
                LAGS,
                sizes -> List.of(new Axis(
                        "lag",
                        IntStream.rangeClosed(1, LAGS).mapToObj(String::valueOf).toList())),
                (k, chunk, states, tokens) -> {
                    double[] values = new double[chunk.members().length * LAGS];
                    Arrays.fill(values, Double.NaN);
                    for (int lag = 1; lag < states.size() && lag <= LAGS; lag++) {
                        double[] far = k.measures().reduce("apart" + kind(units), states.get(0), states.get(lag));
                        for (int i = 0; i < far.length; i++) {
                            values[i * LAGS + lag - 1] = far[i];
                        }
                    }
                    return values;
                });
    }

    /** A formula of |d_k|, |x_(k-1)|, |d_(k-1)| and the inner product of d_k and d_(k-1). */
    @FunctionalInterface
    private interface Formula {
        double of(double[] numbers);
    }

    private static PassMeasure of(String name, String text, boolean units, int lags, Formula formula) {
        return new PassMeasure(about(name, text, units), lags, sizes -> List.of(), (k, chunk, states, tokens) -> {
            double[] all = chunk.once("moves" + kind(units), () -> moves(k, states, units));
            double[] values = new double[chunk.members().length];
            for (int i = 0; i < values.length; i++) {
                double value = formula.of(Arrays.copyOfRange(all, i * NUMBERS, (i + 1) * NUMBERS));
                values[i] = Double.isFinite(value) && states.size() > lags ? value : Double.NaN;
            }
            return values;
        });
    }

    private static double[] moves(Kernels k, List<Tensor> states, boolean units) {
        Tensor earliest = states.get(Math.min(2, states.size() - 1));
        return k.measures().reduce("moves" + kind(units), states.get(0), states.get(1), earliest);
    }

    private static About about(String name, String formula, boolean units) {
        return new About(
                units ? name + UNIT : name,
                units ? formula + ", x of unit tokens: directions alone" : formula,
                SOURCE,
                "1",
                Cost.LOW,
                FLOOR);
    }

    private static String kind(boolean units) {
        return units ? "_of_units" : "";
    }

    private static double[] padded(double[] values, DepthStates.Chunk chunk, int tokens) {
        int own = chunk.tokens();
        double[] padded = new double[chunk.members().length * tokens];
        Arrays.fill(padded, Double.NaN);
        for (int i = 0; i < values.length; i++) {
            if (Double.isFinite(values[i])) { // not from the zero vector
                padded[i / own * tokens + i % own] = values[i];
            }
        }
        return padded;
    }
}
