package org.consensusprobe.measure;

import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.torch.Tensor;

/**
 * How far the origin is from the convex hull of the unit tokens: positive if and only if some open hemisphere holds them
 * all, and then the largest t for which some unit vector has cosine t and more with each.
 */
final class HemisphereMargin {
    private HemisphereMargin() {}

    static Measure measure() {
        return CloudMeasure.scalar(
                new About(
                        "hemisphere-margin",
                        "dist(0, conv{u_i}) = max over unit w of min_i <w, u_i>, or 0",
                        "hypothesis of theorems 4.1 and 5.2, arXiv 2412.02682; minimum-norm point, Wolfe 1976",
                        "1",
                        Cost.HIGH,
                        "1e-6; that it is positive says nothing where T <= D, its size does"),
                new CloudMeasure.Held(n -> Double.BYTES * n * n, MinimumNormPoint::bytes),
                HemisphereMargin::margin);
    }

    private static double margin(Cloud cloud) {
        int n = cloud.tokens();
        double[] products = cloud.kernels().measures().reduce("products", cloud.units());
        double[] weights = MinimumNormPoint.weights(products, n);
        if (weights == null) {
            return Double.NaN;
        }
        Tensor w = cloud.kernels().tensors().values(weights, n);
        return cloud.kernels().measures().reduce("weighted_norm", cloud.units(), w)[0];
    }
}
