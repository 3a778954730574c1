package org.consensusprobe.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * A matrix of integers of four bits, eight in an int32, as GPTQ and AWQ keep it: W[o, i] = scale[g, o] (q[i, o] - zero[g, o]) in
 * float32, g being the group of input i.
 *
 * @param quants GPTQ: [in / 8, out], eight inputs in an int32; AWQ: [in, out / 8], eight outputs
 * @param zeros [groups, out / 8]
 * @param scales [groups, out]
 * @param groups [in]: the group of each input (GPTQ); absent where groups follow one another
 * @param order of the outputs in an int32 of zeros, and of AWQ's quants: which four bits hold the k-th
 * @param byInput whether quants hold inputs (GPTQ) or outputs
 * @param zeroOffset what is added to a stored zero
 */
record PackedIntegers(
        StoredTensor quants,
        StoredTensor zeros,
        StoredTensor scales,
        Optional<StoredTensor> groups,
        List<Integer> order,
        boolean byInput,
        int zeroOffset)
        implements Recipe {
    static final List<Integer> IN_ORDER = List.of(0, 1, 2, 3, 4, 5, 6, 7);

    /** AWQ's: outputs 0, 2, 4, 6, 1, 3, 5, 7 follow one another from the lowest bits. */
    static final List<Integer> EVEN_FIRST = List.of(0, 4, 1, 5, 2, 6, 3, 7);

    @Override
    public DType dtype() {
        return DType.FLOAT32;
    }

    @Override
    public List<StoredTensor> parts() {
        List<StoredTensor> parts = new ArrayList<>(List.of(quants, zeros, scales));
        groups.ifPresent(parts::add);
        return parts;
    }

    @Override
    public String form() {
        return byInput ? "GPTQ" : "AWQ";
    }

    @Override
    public Tensor make(Kernels kernels, Reader reader) {
        int out = scales.shape().get(1).intValue();
        int in = Math.toIntExact(quants.shape().get(0) * (byInput ? 8 : 1));
        Tensor made = kernels.tensors().uninitialised(new long[] {out, in}, DType.FLOAT32);
        try (Scope between = kernels.openAnother()) {
            Kernels passing = kernels.in(between);
            IntBuffer q = ints(passing, reader, quants);
            IntBuffer z = ints(passing, reader, zeros);
            Tensor wide = passing.tensors().copy(passing.tensors().convert(reader.get(passing, scales), DType.FLOAT32));
            FloatBuffer s = floats(wide);
            Optional<IntBuffer> groupOf = groups.map(g -> ints(passing, reader, g));
            int size = in / scales.shape().get(0).intValue();
            FloatBuffer w = floats(made);
            for (int i = 0; i < in; i++) {
                int input = i;
                int group = groupOf.map(g -> g.get(input)).orElse(i / size);
                if (group < 0 || group >= scales.shape().get(0)) {
                    throw Problem.input(
                            "%s: %s puts input %d into the group %d, of %d.",
                            quants.file(),
                            groups.map(StoredTensor::name).orElse(""),
                            i,
                            group,
                            scales.shape().get(0));
                }
                for (int o = 0; o < out; o++) {
                    int bits = byInput ? q.get(i / 8 * out + o) >>> 4 * (i % 8) : packed(q, i * (out / 8), o);
                    int zero = (packed(z, group * (out / 8), o) & 15) + zeroOffset;
                    w.put(o * in + i, s.get(group * out + o) * ((bits & 15) - zero));
                }
            }
        }
        return made;
    }

    /** The bits of an output in a row of int32, from the place that it starts at. */
    private int packed(IntBuffer row, int start, int output) {
        return row.get(start + output / 8) >>> 4 * order.get(output % 8);
    }

    private static IntBuffer ints(Kernels kernels, Reader reader, StoredTensor stored) {
        return reader.get(kernels, stored)
                .memory()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer();
    }

    private static FloatBuffer floats(Tensor tensor) {
        ByteBuffer memory = tensor.memory();
        return memory.order(ByteOrder.nativeOrder()).asFloatBuffer();
    }
}
