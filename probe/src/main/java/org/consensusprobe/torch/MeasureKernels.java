package org.consensusprobe.torch;

/** Hidden states reduced to numbers. B prompts, T tokens, D model width. */
public final class MeasureKernels {
    private final KernelModule module;

    MeasureKernels(KernelModule module) {
        this.module = module;
    }

    /**
     * The consensus error of every prompt, eq. 25 of "The asymptotic behavior of attention in transformers":
     * 1 - (1/T) sum_j cos(x_1, x_j), computed as the mean of |u_1 - u_j|^2 / 2 on normalised tokens.
     *
     * @param x [B, T, D]
     * @return float64 [B], NaN where a token is not finite or is the zero vector
     */
    public double[] error(Tensor x) {
        try (Tensor e = module.tensor("error", x)) {
            return e.toDoubles();
        }
    }

    /** As {@link #error}, with |cos| in place of cos. */
    public double[] errorAbsolute(Tensor x) {
        try (Tensor e = module.tensor("error_absolute", x)) {
            return e.toDoubles();
        }
    }

    /**
     * X - 1 xbar' of every prompt in the norm sqrt(|.|_1 |.|_inf), over that of X.
     *
     * @param x [B, T, D]
     * @return float64 [B]
     */
    public double[] relativeResidual(Tensor x) {
        try (Tensor residual = module.tensor("relative_residual", x)) {
            return residual.toDoubles();
        }
    }

    /** A view of x [B, T, D] that starts at a token, counted from 0 -> [B, T - first, D]. */
    public Tensor fromToken(Tensor x, int first) {
        return module.tensor("from_token", x, (long) first);
    }

    /** Zeros, float64 [longest, D], beside x [B, T, D] on its device. */
    public Tensor unitTotal(Tensor x, int longest) {
        return module.tensor("unit_total", x, (long) longest);
    }

    /** total float64 [longest T, D] += the sum over prompts of the unit tokens of x [B, T, D], in place. */
    public void addUnits(Tensor total, Tensor x) {
        module.run("add_units", total, x).close();
    }

    /**
     * Squared distances of unit tokens from a mean of their position.
     *
     * @param x [B, T, D]
     * @param mean float64 [longest T, D]
     * @return float64 [B * T]
     */
    public double[] unitDistances(Tensor x, Tensor mean) {
        try (Tensor d = module.tensor("unit_distances", x, mean)) {
            return d.toDoubles();
        }
    }

    /** The rows of x [N, D], each divided by its count. */
    public Tensor divideRows(Tensor x, long[] counts) {
        return module.tensor("divide_rows", x, counts);
    }

    /**
     * Calls a kernel of {@code measures.py} by name.
     *
     * @param arguments tensors, longs, doubles or arrays of longs
     * @return the elements of its float64 result
     */
    public double[] reduce(String kernel, Object... arguments) {
        try (Tensor result = module.tensor(kernel, arguments)) {
            return result.toDoubles();
        }
    }

    /** As {@link #reduce}, with the result left on the device. */
    public Tensor derive(String kernel, Object... arguments) {
        return module.tensor(kernel, arguments);
    }
}
