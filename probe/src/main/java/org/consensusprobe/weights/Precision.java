package org.consensusprobe.weights;

import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
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

    /** Takes a stored or drawn tensor to the dtype, the device and the orientation that its kernel wants. */
    Tensor prepare(Kernels kernels, Tensor stored, TensorSpec spec) {
        if (spec.kind() == TensorSpec.Kind.STATE) {
            return place(kernels, kernels.tensors().convert(stored, state));
        }
        Tensor rounded = rounding == state ? stored : kernels.tensors().convert(stored, rounding);
        Tensor matrix = place(kernels, kernels.tensors().convert(rounded, product));
        return spec.transposed() ? kernels.tensors().transpose(matrix) : matrix;
    }

    /** Whether {@link #prepare} makes a copy of values in that dtype on the CPU, so that they are done with. */
    boolean copies(DType stored, TensorSpec spec) {
        if (!onCpu() || spec.kind() == TensorSpec.Kind.STATE) {
            return !onCpu() || stored != state;
        }
        DType rounded = rounding == state ? stored : rounding;
        return stored != rounded || rounded != product;
    }

    private Tensor place(Kernels kernels, Tensor tensor) {
        return onCpu() ? tensor : kernels.tensors().toDevice(tensor, device);
    }
}
