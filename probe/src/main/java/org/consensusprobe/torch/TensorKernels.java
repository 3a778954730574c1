package org.consensusprobe.torch;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.stream.LongStream;

/** Tensors made, mapped, copied, converted and seen in other ways. Results are made in the scope of the {@link Kernels}. */
public final class TensorKernels {
    private final KernelModule module;

    TensorKernels(KernelModule module) {
        this.module = module;
    }

    /** Maps the first elements of a file privately, with 64-bit sizes; views keep the map alive. */
    public Tensor mapFile(java.nio.file.Path file, long elements, DType dtype) {
        return module.tensor("map_file", file.toString(), elements, (long) dtype.torchCode());
    }

    /** A contiguous view of a mapped file that starts at an element. */
    public Tensor cut(Tensor mapped, long[] shape, long offset) {
        return module.tensor("cut", mapped, shape, offset);
    }

    /** Bytes of a file mapped as uint8, copied and seen as another dtype, wherever they start. */
    public Tensor cutCopy(Tensor mapped, long[] shape, long offset, long bytes, DType dtype) {
        return module.tensor("cut_copy", mapped, shape, offset, bytes, (long) dtype.torchCode());
    }

    /** The transposed view of a matrix. */
    public Tensor transpose(Tensor x) {
        return module.tensor("transpose", x);
    }

    /** The transpose of a matrix, in storage of its own. */
    public Tensor transposedCopy(Tensor x) {
        return module.tensor("transposed_copy", x);
    }

    /** The elements of flat x that lie those strides apart, in storage of their own. */
    public Tensor stridedCopy(Tensor x, long[] shape, long[] strides) {
        return module.tensor("strided_copy", x, shape, strides);
    }

    /** x - 1, in storage of its own. */
    public Tensor lessOne(Tensor x) {
        return module.tensor("less_one", x);
    }

    /** Rows of each head of x [H 2n, ..] from pairs (0, n, 1, n + 1, ...) to halves (0, 1, ..., n, n + 1, ...). */
    public Tensor halvesOfPairs(Tensor x, int heads) {
        return module.tensor("halves_of_pairs", x, (long) heads);
    }

    /**
     * A tensor on the CPU whose elements are whatever they are, to be written through {@link Tensor#memory} before they are
     * read; borrowed where the scope {@linkplain Scope#over borrows}.
     */
    public Tensor uninitialised(long[] shape, DType dtype) {
        long elements = LongStream.of(shape).reduce(1, Math::multiplyExact);
        return module.scope()
                .loan()
                .map(loan -> reshape(loan.more(module, elements, dtype), shape))
                .orElseGet(() -> allocate(module, shape, dtype));
    }

    static Tensor allocate(KernelModule module, long[] shape, DType dtype) {
        return module.tensor("uninitialised", shape, (long) dtype.torchCode());
    }

    /** The same elements in another shape. */
    public Tensor reshape(Tensor x, long[] shape) {
        return module.tensor("reshape", x, shape);
    }

    /** x in another dtype; x itself where it has that dtype already. A copy is in borrowed memory where the scope borrows. */
    public Tensor convert(Tensor x, DType dtype) {
        if (module.scope().loan().isPresent() && isTrue("is_copied_by", x, (long) dtype.torchCode())) {
            Tensor copy = uninitialised(x.shape(), dtype);
            module.run("overwrite", copy, x).close();
            return copy;
        }
        return module.tensor("convert", x, (long) dtype.torchCode());
    }

    /** The dtype of a tensor. */
    public DType dtype(Tensor x) {
        try (IValue code = module.run("dtype_code", x)) {
            return DType.ofTorchCode((int) code.toLong());
        }
    }

    private boolean isTrue(String kernel, Object... arguments) {
        try (IValue result = module.run(kernel, arguments)) {
            return result.toBoolean();
        }
    }

    /** x on a device, under PyTorch's device names. */
    public Tensor toDevice(Tensor x, String device) {
        return module.tensor("to_device", x, device);
    }

    /** A copy in storage of its own. */
    public Tensor copy(Tensor x) {
        return module.tensor("copy", x);
    }

    /** Copies the entries first (included) to last (excluded) of axis 0. */
    public Tensor rows(Tensor x, long first, long last) {
        return module.tensor("rows", x, first, last);
    }

    /** As {@link #rows}, as a view. */
    public Tensor rowsView(Tensor x, long first, long last) {
        return module.tensor("rows_view", x, first, last);
    }

    /** A view of the entries first (included) to last (excluded) of axis 1: of x [B, T, D], some tokens of every prompt. */
    public Tensor tokensView(Tensor x, long first, long last) {
        return module.tensor("tokens_view", x, first, last);
    }

    /** x[row] = values, in place; values have the shape of a row and are converted to x's dtype and device. */
    public void setRow(Tensor x, int row, Tensor values) {
        module.run("set_row", x, (long) row, values).close();
    }

    /** Copies y [N, n, D] over as many entries of axis 1 of x [N, T, D], from one on. */
    public void setTokens(Tensor x, long first, Tensor y) {
        module.run("set_tokens", x, first, y).close();
    }

    /** Values of the Java heap, row-major, as a float64 tensor of that shape on the CPU. */
    public Tensor values(double[] values, long... shape) {
        return new Tensor((PtNDArray) module.scope().manager().create(values, new Shape(shape)));
    }

    /** Whether no element is NaN or infinite. */
    public boolean isFinite(Tensor x) {
        return isTrue("is_finite", x);
    }

    /** x in the dtype and on the device of another tensor. */
    public Tensor like(Tensor x, Tensor other) {
        return module.tensor("like", x, other);
    }

    /**
     * The k dimensions of each prompt that hold the largest |x_id|, the lowest of equal ones first, become their median over its
     * tokens (the mean of the middle two of an even number), in place: x [B, T, D].
     */
    public void clampOutliers(Tensor x, int k) {
        module.run("clamp_outliers", x, (long) k).close();
    }

    /** x + s (y - x), in storage of its own. */
    public Tensor towards(Tensor x, Tensor y, double s) {
        return module.tensor("towards", x, y, s);
    }

    /** a y + b x, in storage of its own. */
    public Tensor mixed(Tensor y, double a, Tensor x, double b) {
        return module.tensor("mixed", y, a, x, b);
    }

    /** x [B, T, D] moved towards y, every prompt by that share of its norm |x|_F. */
    public Tensor setApart(Tensor x, Tensor y, double share) {
        return module.tensor("set_apart", x, y, share);
    }

    /** Each element of x times the scale of its block of so many rows and columns, in float32, in another dtype. */
    public Tensor scaledBlocks(Tensor x, Tensor scales, long rows, long columns, DType dtype) {
        return module.tensor("scaled_blocks", x, scales, rows, columns, (long) dtype.torchCode());
    }

    /** w + scale b a, with b a transposed on request; w, a [r, in] and b [out, r] of any dtypes, computed in another. */
    public Tensor merged(Tensor w, Tensor a, Tensor b, double scale, boolean transposed, DType dtype) {
        return module.tensor("merged", w, a, b, scale, transposed, (long) dtype.torchCode());
    }

    /** w + share (m v / |v| - w) with v = w + scale b a, and norms over the inputs of each output. */
    public Tensor mergedWithMagnitude(
            Tensor w, Tensor a, Tensor b, double scale, Tensor m, boolean transposed, double share, DType dtype) {
        return module.tensor("merged_with_magnitude", w, a, b, scale, m, transposed, share, (long) dtype.torchCode());
    }

    /** Token ids, prompt after prompt, as int64 [prompts, T]. */
    public Tensor ids(long[] flat, int prompts) {
        return module.tensor("ids", flat, (long) prompts);
    }

    /** A tensor on the CPU of one value, in borrowed memory where the scope borrows. */
    public Tensor filled(long[] shape, double value, DType dtype) {
        Tensor tensor = uninitialised(shape, dtype);
        module.run("fill", tensor, value).close();
        return tensor;
    }
}
