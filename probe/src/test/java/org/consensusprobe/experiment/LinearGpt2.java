package org.consensusprobe.experiment;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.Recycling;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;

/**
 * One layer that a test chooses to be a linear map: without skips, norms and feed-forward, attention is the mean of the tokens so
 * far, times a matrix, plus a vector. A token alone, or among equal ones, goes through the matrix itself.
 */
public final class LinearGpt2 {
    private static final int D = TinyGpt2.WIDTH;

    private LinearGpt2() {}

    /** Writes the checkpoint of x -> x m + b. */
    public static Path write(Path directory, double[][] m, double bias) {
        return new TinyGpt2(1)
                .withAll("attn.c_attn.weight", w -> {
                    Arrays.fill(w, 0); // queries and keys of zero: every token that is seen counts the same
                    for (int in = 0; in < D; in++) {
                        for (int out = 0; out < D; out++) {
                            w[in * 3 * D + 2 * D + out] = (float) m[in][out];
                        }
                    }
                })
                .withAll("attn.c_attn.bias", b -> Arrays.fill(b, 0))
                .withAll("attn.c_proj.weight", w -> {
                    Arrays.fill(w, 0);
                    for (int i = 0; i < D; i++) {
                        w[i * D + i] = 1;
                    }
                })
                .withAll("attn.c_proj.bias", b -> Arrays.fill(b, (float) bias))
                .write(directory);
    }

    /** The run that shows the map as it is. */
    public static RunPlan plan(int passes) {
        RunPlan plan = Runs.plan(WeightMode.TRAINED, DType.FLOAT64, passes);
        return RunPlan.of(plan.values()
                .with(IngredientFields.SKIP, false)
                .with(IngredientFields.NORM, false)
                .with(IngredientFields.FEED_FORWARD, false)
                .with(RouteFields.RECYCLE, Recycling.RAW));
    }

    /** factor times the identity. */
    public static double[][] scaling(double factor) {
        return pairs(factor, 0);
    }

    /** Every pair of axes turned by an angle and scaled. */
    public static double[][] turning(double factor, double degrees) {
        return pairs(factor * Math.cos(Math.toRadians(degrees)), factor * Math.sin(Math.toRadians(degrees)));
    }

    /** Factors along the axes. */
    public static double[][] diagonal(Map<Integer, Double> factors, double others) {
        double[][] m = scaling(others);
        factors.forEach((axis, factor) -> m[axis][axis] = factor);
        return m;
    }

    private static double[][] pairs(double a, double b) {
        double[][] m = new double[D][D];
        for (int i = 0; i < D; i += 2) {
            m[i][i] = a;
            m[i + 1][i + 1] = a;
            m[i][i + 1] = b;
            m[i + 1][i] = -b;
        }
        return m;
    }
}
