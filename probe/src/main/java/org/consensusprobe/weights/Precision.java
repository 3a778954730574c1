package org.consensusprobe.weights;

import java.util.function.Function;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * In which dtypes a run computes, and on which device.
 *
 * @param device PyTorch's name of the device: {@code cpu}, {@code cuda:0}, {@code mps}
 * @param state hidden states, norms, softmax, biases and measures
 * @param rounding what matrices are rounded to before use
 * @param product what matrices are held in while they multiply; wider than {@code rounding} where the processor has no
 *     products in half precision
 */
public record Precision(String device, DType state, DType rounding, DType product) {
    /** Everything in one dtype. */
    public static Precision uniform(String device, DType dtype) {
        return new Precision(device, dtype, dtype, dtype);
    }

    /** Half-precision matrices over float32 states, multiplied in half precision. */
    public static Precision mixed(String device, DType half) {
        return new Precision(device, DType.FLOAT32, half, half);
    }

    /** Half-precision matrices over float32 states, expanded to float32 to multiply. */
    public static Precision roundedMatrices(String device, DType half) {
        return new Precision(device, DType.FLOAT32, half, DType.FLOAT32);
    }

    /** Whether the device is the processor, whose memory holds the weights. */
    public boolean onCpu() {
        return device.equals("cpu");
    }

    /**
     * Makes a tensor and takes it to what its kernel wants; what was made is freed at once where that is a copy.
     *
     * @param dtype what {@code maker} makes
     */
    Tensor prepare(Kernels kernels, TensorSpec spec, DType dtype, Function<Kernels, Tensor> maker) {
        if (!copies(dtype, spec)) {
            return prepare(kernels, maker.apply(kernels), spec);
        }
        try (Scope before = kernels.openAnother()) {
            Tensor made = maker.apply(kernels.in(before));
            if (kernels.tensors().dtype(made) != dtype) {
                // it would not be copied, and its memory lent again while it is in use
                throw new IllegalStateException(spec.name() + " was not made in " + dtype);
            }
            return prepare(kernels, made, spec);
        }
    }

    /** Takes a stored or drawn tensor to the dtype, the device and the orientation that its kernel wants. */
    Tensor prepare(Kernels kernels, Tensor stored, TensorSpec spec) {
        if (spec.kind() == TensorSpec.Kind.STATE) {
            return place(kernels, kernels.tensors().convert(stored, state));
        }
        if (rounding == state || rounding == product) {
            Tensor rounded = rounding == state ? stored : kernels.tensors().convert(stored, rounding);
            return matrix(kernels, rounded, spec);
        }
        try (Scope between = kernels.openAnother()) {
            return matrix(kernels, kernels.in(between).tensors().convert(stored, rounding), spec);
        }
    }

    private Tensor matrix(Kernels kernels, Tensor rounded, TensorSpec spec) {
        Tensor matrix = place(kernels, kernels.tensors().convert(rounded, product));
        return spec.transposed() ? kernels.tensors().transpose(matrix) : matrix;
    }

    /** Whether weights in that dtype are copied to be computed with, so that what was stored is done with. */
    public boolean copies(DType stored, TensorSpec spec) {
        if (!onCpu()) {
            return true;
        }
        if (spec.kind() == TensorSpec.Kind.STATE) {
            return stored != state;
        }
        DType rounded = rounding == state ? stored : rounding;
        return stored != rounded || rounded != product;
    }

    private Tensor place(Kernels kernels, Tensor tensor) {
        return onCpu() ? tensor : kernels.tensors().toDevice(tensor, device);
    }
}
