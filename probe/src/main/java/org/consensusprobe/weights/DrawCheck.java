package org.consensusprobe.weights;

import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;

/** Whether libtorch draws here what it draws elsewhere. */
public final class DrawCheck {
    /** Values that are compared. */
    public static final int VALUES = 4 * MersenneNormals.BLOCK;

    private static final int SEED = 42;

    private DrawCheck() {}

    /**
     * The largest difference of libtorch's normal values to those of {@link MersenneNormals}, whose bits are libtorch's on x86-64
     * with AVX2, relative to the length of the pair (r cos t, r sin t) that a value was drawn with.
     *
     * <p>Other processors have other code for it: their values differ by rounding, of the angle above all, by which a value near
     * zero may change as much as a large one.
     */
    public static double largestDifference(Kernels kernels) {
        float[] expected = new float[VALUES];
        MersenneNormals normals = new MersenneNormals(SEED);
        float[] block = new float[MersenneNormals.BLOCK];
        for (int i = 0; i < VALUES; i += block.length) {
            normals.normal(block, block.length, 1);
            System.arraycopy(block, 0, expected, i, block.length);
        }
        try (Scope scope = Scope.open()) {
            RandomKernels random = kernels.in(scope).random();
            try (RandomKernels.Generator generator = random.generator(SEED)) {
                float[] found = random.normal(generator, new long[] {VALUES}, 1).toFloats();
                double largest = 0;
                for (int i = 0; i < VALUES; i++) {
                    double pair = Math.hypot(expected[i], expected[i ^ MersenneNormals.GROUP / 2]);
                    double off = Math.abs(found[i] - expected[i]) / Math.max(1e-3, pair);
                    largest = Double.isNaN(off) ? Double.POSITIVE_INFINITY : Math.max(largest, off);
                }
                return largest;
            }
        }
    }
}
