package org.consensusprobe.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BuffersTest {
    private static final long[] SHAPE = {4, 8};

    @BeforeEach
    void start() {
        Torch.start(0);
    }

    @Test
    void twoOpenScopesNeverShareMemory() {
        try (Buffers buffers = new Buffers();
                Scope owner = Scope.open()) {
            Kernels kernels = Kernels.plain(owner);
            Scope before = null;
            float[] last = {};
            Tensor lastTensor = null;
            // layer by layer, as a run goes: the next is written before the current one is closed
            for (int layer = 0; layer < 6; layer++) {
                Scope scope = Scope.over(buffers);
                Tensor tensor = written(kernels.in(scope), layer);
                if (before != null) {
                    assertThat(lastTensor.toFloats()).containsExactly(last);
                    before.close();
                }
                before = scope;
                lastTensor = tensor;
                last = tensor.toFloats();
            }
            before.close();
        }
    }

    @Test
    void aClosedScopesMemoryIsLentAgain() {
        try (Buffers buffers = new Buffers();
                Scope owner = Scope.open()) {
            Kernels kernels = Kernels.plain(owner);
            try (Scope first = Scope.over(buffers)) {
                written(kernels.in(first), 7);
            }
            try (Scope second = Scope.over(buffers)) {
                Kernels k = kernels.in(second);
                assertThat(unwritten(k, 32).toFloats()).containsOnly(7);
                // another size, and one more of the same, are memory of their own
                fill(unwritten(k, 16), 8);
                fill(unwritten(k, 32), 9);
            }
            List<Float> found = new ArrayList<>();
            try (Scope third = Scope.over(buffers)) {
                found.add(unwritten(kernels.in(third), 32).toFloats()[0]);
                found.add(unwritten(kernels.in(third), 32).toFloats()[0]);
            }
            assertThat(found).containsExactlyInAnyOrder(7f, 9f);
        }
    }

    @Test
    void closingAScopeTwiceGivesItsMemoryBackOnce() {
        try (Buffers buffers = new Buffers();
                Scope owner = Scope.open();
                Scope a = Scope.over(buffers);
                Scope b = Scope.over(buffers)) {
            Kernels kernels = Kernels.plain(owner);
            Scope first = Scope.over(buffers);
            written(kernels.in(first), 1);
            first.close();
            first.close();
            Tensor one = written(kernels.in(a), 2);
            Tensor two = written(kernels.in(b), 3);
            assertThat(one.toFloats()).containsOnly(2);
            assertThat(two.toFloats()).containsOnly(3);
        }
    }

    @Test
    void drawsAreTheSameInBorrowedMemory() {
        try (Buffers buffers = new Buffers();
                Scope owner = Scope.open()) {
            Kernels kernels = Kernels.plain(owner);
            float[] wanted = drawn(kernels);
            for (int i = 0; i < 3; i++) {
                try (Scope scope = Scope.over(buffers)) {
                    assertThat(drawn(kernels.in(scope))).containsExactly(wanted);
                }
            }
        }
    }

    private static float[] drawn(Kernels kernels) {
        try (RandomKernels.Generator generator = kernels.random().generator(5)) {
            return kernels.random().normal(generator, SHAPE, 0.02).toFloats();
        }
    }

    private static Tensor unwritten(Kernels kernels, long elements) {
        return kernels.tensors().uninitialised(new long[] {elements}, DType.FLOAT32);
    }

    private static Tensor written(Kernels kernels, float value) {
        Tensor tensor = unwritten(kernels, 32);
        fill(tensor, value);
        return tensor;
    }

    private static void fill(Tensor tensor, float value) {
        FloatBuffer memory = tensor.memory().asFloatBuffer();
        while (memory.hasRemaining()) {
            memory.put(value);
        }
    }
}
