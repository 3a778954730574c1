package org.consensusprobe.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * MXFP4 as gpt_oss keeps it in safetensors: floats of four bits, two in a byte, the low half first, 32 with a common power of two.
 * Values are exact in float32; those beyond it, which no power of two below 2^125 gives, are infinite.
 *
 * @param blocks uint8 [.., rows, groups, 16]
 * @param exponents uint8 [.., rows, groups]: the power of two plus 127
 */
record MicroscaledFloats(StoredTensor blocks, StoredTensor exponents) implements Recipe {
    private static final float[] VALUES = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};

    /** The shape of what is made: [.., groups * 32, rows], inputs before outputs, as gpt_oss multiplies. */
    static List<Long> shape(List<Long> blocks) {
        int n = blocks.size();
        List<Long> shape = new ArrayList<>(blocks.subList(0, n - 3));
        shape.add(Math.multiplyExact(blocks.get(n - 2), 32L));
        shape.add(blocks.get(n - 3));
        return shape;
    }

    @Override
    public DType dtype() {
        return DType.FLOAT32;
    }

    @Override
    public List<StoredTensor> parts() {
        return List.of(blocks, exponents);
    }

    @Override
    public String form() {
        return "MXFP4";
    }

    // whole matrices alone, whose blocks lie one after another
    @Override
    public Optional<Recipe> part(List<Long> shape, long first) {
        int n = blocks.shape().size();
        List<Long> own = blocks.shape().subList(n - 3, n);
        long size = StoredTensor.product(own);
        if (first % (2 * size) != 0 || !shape.equals(shape(own))) {
            return Optional.empty();
        }
        long from = first / 2;
        return blocks.part(blocks.name(), own, from).flatMap(part -> exponents
                .part(exponents.name(), own.subList(0, 2), from / own.get(2))
                .map(powers -> new MicroscaledFloats(part, powers)));
    }

    @Override
    public Tensor make(Kernels kernels, Reader reader) {
        List<Long> shape = shape(blocks.shape());
        int in = shape.get(shape.size() - 2).intValue();
        int out = shape.get(shape.size() - 1).intValue();
        long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
        Tensor made = kernels.tensors().uninitialised(sizes, DType.FLOAT32);
        try (Scope between = kernels.openAnother()) {
            ByteBuffer bytes = reader.get(kernels.in(between), blocks).memory();
            ByteBuffer powers = reader.get(kernels.in(between), exponents).memory();
            FloatBuffer w = made.memory().order(ByteOrder.nativeOrder()).asFloatBuffer();
            int rows = powers.capacity() * 32 / in;
            for (int row = 0; row < rows; row++) {
                int matrix = row / out * in * out + row % out;
                for (int i = 0; i < in; i++) {
                    int at = row * in + i;
                    int half = bytes.get(at / 2) >> 4 * (i % 2) & 15;
                    w.put(matrix + i * out, Math.scalb(VALUES[half], (powers.get(at / 32) & 255) - 127));
                }
            }
        }
        return made;
    }
}
