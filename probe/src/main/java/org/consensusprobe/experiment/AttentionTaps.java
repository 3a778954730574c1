package org.consensusprobe.experiment;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.consensusprobe.model.AttentionTap;
import org.consensusprobe.torch.Tensor;

/** Several that look at the same attention as one; matrices are made once for all of them. */
record AttentionTaps(List<AttentionTap> taps) implements AttentionTap {
    /** All of them; empty if there are none. */
    static Optional<AttentionTap> of(List<AttentionTap> taps) {
        return taps.size() < 2 ? taps.stream().findFirst() : Optional.of(new AttentionTaps(taps));
    }

    @Override
    public void onMatrices(Supplier<Tensor> matrices) {
        Tensor[] made = new Tensor[1];
        taps.forEach(tap -> tap.onMatrices(() -> {
            made[0] = made[0] == null ? matrices.get() : made[0];
            return made[0];
        }));
    }

    @Override
    public void onBranch(Tensor branch, Tensor x) {
        taps.forEach(tap -> tap.onBranch(branch, x));
    }
}
