package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values made in Java are libtorch's, bit by bit, wherever they are used at all. */
class NormalStreamTest {
    private static final long[] SIZES = {16, 1248, 37, 1_000_000, 17, 31, 2_000_003, 1264, 624, 48};

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 42, 43, 2147483647L, 4294967296L + 5, -3})
    void bitsAreLibtorchs(long seed) {
        Torch.start(0);
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.plain(scope);
            Assumptions.assumeTrue(NormalStream.Mersenne.isExact(kernels), "libtorch has another code here");
            try (NormalStream ours = new NormalStream.Mersenne(seed);
                    NormalStream theirs = new NormalStream.Libtorch(kernels, seed)) {
                for (long size : SIZES) {
                    Draw draw = new Draw("t", size, 0.02 * (1 + size % 3));
                    assertThat(Arrays.equals(
                                    ours.draw(kernels, draw).toFloats(),
                                    theirs.draw(kernels, draw).toFloats()))
                            .as("%d values", size)
                            .isTrue();
                    Draw leftOut = new Draw("u", size + 5, 1);
                    ours.passOver(kernels, leftOut);
                    theirs.passOver(kernels, leftOut);
                }
            }
        }
    }

    @Test
    void onX86WithAvx2ValuesAreMadeInJava() {
        Torch.start(0);
        Object features = Torch.processor().get("features");
        Assumptions.assumeTrue(
                System.getProperty("os.arch").equals("amd64")
                        && features instanceof List<?> has
                        && has.containsAll(List.of("avx2", "fma")),
                "another processor");
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.plain(scope);
            assertThat(NormalStream.of(kernels, List.of(new Draw("a", 16, 1)), 1))
                    .isInstanceOf(NormalStream.Mersenne.class);
            try (NormalStream small = NormalStream.of(kernels, List.of(new Draw("a", 15, 1)), 1)) {
                assertThat(small).isInstanceOf(NormalStream.Libtorch.class);
            }
        }
    }
}
