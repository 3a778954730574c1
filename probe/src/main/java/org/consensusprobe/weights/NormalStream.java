package org.consensusprobe.weights;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * Normal values from one seed, one draw after another: those of {@code Tensor.normal_} with libtorch's CPU generator.
 *
 * <p>Two makers give the same bits: libtorch itself, and {@link MersenneNormals} in well under its time. The second is
 * taken where the first block of both is the same, as it is on every x86-64 processor with AVX2.
 */
interface NormalStream extends AutoCloseable {
    /** The values of a draw, float32, flat, in the kernels' scope. */
    Tensor draw(Kernels kernels, Draw draw);

    /** Leaves a draw out: what follows is as if it had been made. */
    void passOver(Kernels kernels, Draw draw);

    @Override
    void close();

    /** The fastest maker of these draws that is known to give libtorch's bits here. */
    static NormalStream of(Kernels kernels, List<Draw> draws, long seed) {
        // below 16 elements libtorch makes values one by one, in double precision
        return draws.stream().noneMatch(Draw::isSmall) && Mersenne.isExact(kernels)
                ? new Mersenne(seed)
                : new Libtorch(kernels, seed);
    }

    /** libtorch's own. */
    final class Libtorch implements NormalStream {
        private final RandomKernels.Generator generator;

        Libtorch(Kernels kernels, long seed) {
            generator = kernels.random().generator(seed);
        }

        @Override
        public Tensor draw(Kernels kernels, Draw draw) {
            return kernels.random().normal(generator, new long[] {draw.elements()}, draw.std());
        }

        @Override
        public void passOver(Kernels kernels, Draw draw) {
            if (draw.isSmall()) {
                draw(kernels, draw).close();
            } else {
                kernels.random().skip(generator, draw.rawNumbers());
            }
        }

        @Override
        public void close() {
            generator.close();
        }
    }

    /** Made in Java, written into libtorch's memory. */
    final class Mersenne implements NormalStream {
        private static final int TRIED = 4 * MersenneNormals.BLOCK;
        /** A direct buffer has at most 2^31 - 1 bytes. */
        private static final long PIECE = 1L << 28;

        private static Boolean exact;

        /** Draws of so many values and more are made by two threads, the second one passing over the first one's half. */
        private static final long SHARED_FROM = 1L << 20;

        private MersenneNormals normals;

        Mersenne(long seed) {
            normals = new MersenneNormals(seed);
        }

        /** Whether libtorch gives the same bits on this machine, found out once. */
        static synchronized boolean isExact(Kernels kernels) {
            if (exact == null) {
                Draw sample = new Draw("sample", TRIED, 0.02);
                try (Scope scope = Scope.open();
                        NormalStream theirs = new Libtorch(kernels, 42)) {
                    Kernels k = kernels.in(scope);
                    float[] wanted = theirs.draw(k, sample).toFloats();
                    exact = Arrays.equals(
                            wanted, new Mersenne(42).draw(k, sample).toFloats());
                }
            }
            return exact;
        }

        @Override
        public Tensor draw(Kernels kernels, Draw draw) {
            long n = draw.elements();
            float std = (float) draw.std();
            Tensor values = kernels.tensors().uninitialised(new long[] {n}, DType.FLOAT32);
            long whole = n / MersenneNormals.GROUP * MersenneNormals.GROUP;
            if (whole >= SHARED_FROM && kernels.threads() > 1) {
                writeByTwo(kernels, values, whole, std);
            } else {
                write(normals, pieces(kernels, values, 0, whole), std);
            }
            if (whole < n) {
                // the rest's numbers go unused, and the last sixteen values are drawn once more
                normals.skip(n - whole);
                long last = n - MersenneNormals.GROUP;
                write(normals, pieces(kernels, values, last, n), std);
            }
            return values;
        }

        // a thread beside the two that compute would hold up one of them, and so both; two hold up both by half as much
        private void writeByTwo(Kernels kernels, Tensor values, long whole, float std) {
            long half = whole / 2 / MersenneNormals.GROUP * MersenneNormals.GROUP;
            MersenneNormals later = new MersenneNormals(normals);
            List<FloatBuffer> second = pieces(kernels, values, half, whole);
            CompletableFuture<Void> other = CompletableFuture.runAsync(() -> {
                later.skip(half);
                write(later, second, std);
            });
            write(normals, pieces(kernels, values, 0, half), std);
            other.join();
            normals = later;
        }

        private static List<FloatBuffer> pieces(Kernels kernels, Tensor values, long from, long to) {
            List<FloatBuffer> pieces = new ArrayList<>();
            for (long start = from; start < to; start += PIECE) {
                long[] size = {Math.min(PIECE, to - start)};
                pieces.add(kernels.tensors().cut(values, size, start).memory().asFloatBuffer());
            }
            return pieces;
        }

        private static void write(MersenneNormals normals, List<FloatBuffer> pieces, float std) {
            float[] block = new float[MersenneNormals.BLOCK];
            for (FloatBuffer out : pieces) {
                while (out.hasRemaining()) {
                    int n = Math.min(MersenneNormals.BLOCK, out.remaining());
                    normals.normal(block, n, std);
                    out.put(block, 0, n);
                }
            }
        }

        @Override
        public void passOver(Kernels kernels, Draw draw) {
            normals.skip(draw.rawNumbers());
        }

        @Override
        public void close() {
            // no native memory of its own
        }
    }
}
