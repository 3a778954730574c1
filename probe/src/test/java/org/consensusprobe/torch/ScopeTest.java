package org.consensusprobe.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScopeTest {
    @BeforeEach
    void start() {
        Torch.start(0);
    }

    @Test
    void closesWhatWasMadeInIt() {
        Tensor tensor;
        try (Scope scope = Scope.open()) {
            tensor = Kernels.plain(scope).tensors().filled(new long[] {2, 3}, 1.5, DType.FLOAT32);
            assertThat(tensor.toFloats()).containsOnly(1.5f).hasSize(6);
        }
        assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void keepsWhatItTakesOver() {
        Tensor kept;
        try (Scope outer = Scope.open()) {
            Kernels kernels = Kernels.plain(outer);
            try (Scope inner = Scope.open()) {
                kept = outer.keep(kernels.in(inner).tensors().filled(new long[] {2}, 4, DType.FLOAT64));
            }
            assertThat(kept.toDoubles()).containsExactly(4, 4);
        }
        assertThatThrownBy(kept::toDoubles).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aTensorMayBeClosedEarlyAndTwice() {
        try (Scope scope = Scope.open()) {
            Tensor tensor = Kernels.plain(scope).tensors().filled(new long[] {2}, 4, DType.FLOAT64);
            tensor.close();
            tensor.close();
            assertThatThrownBy(tensor::toDoubles).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void valuesAreReadInTheirOwnDtypeOnly() {
        try (Scope scope = Scope.open()) {
            Tensor tensor = Kernels.plain(scope).tensors().filled(new long[] {2}, 4, DType.FLOAT64);
            assertThatThrownBy(tensor::toFloats)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("expected a float32 tensor, found float64");
        }
    }
}
