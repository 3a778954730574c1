package org.consensusprobe.experiment.loop;

import java.util.List;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.weights.Weights;

/** What happens to states before the first block of a pass: what later passes are held against is kept, and injected. */
final class PassStart {
    private final Walk walk;
    private final PassEnd ends;
    private final ErrorCheck errorCheck;
    private final Kernels kernels;
    private final InitialStates initial;
    private final List<int[]> prompts;

    PassStart(
            Walk walk,
            PassEnd ends,
            ErrorCheck errorCheck,
            Kernels kernels,
            InitialStates initial,
            List<int[]> prompts) {
        this.walk = walk;
        this.ends = ends;
        this.errorCheck = errorCheck;
        this.kernels = kernels;
        this.initial = initial;
        this.prompts = prompts;
    }

    /**
     * Before a block that may begin a pass.
     *
     * @param first the weights of the block to come
     */
    void begin(Position position, Weights first) {
        boolean begins = position.blocksDone() == walk.route().first();
        HiddenStates states = position.states();
        if (!walk.isInjected()) {
            if (begins) {
                ends.begin(states, position.trail(), initial, prompts);
            }
            return;
        }
        if (begins) {
            ends.begin(states, position.trail(), initial, prompts);
            HiddenStates equal = position.equal();
            try (HiddenStates injected = PassTrail.copy(kernels, equal)) {
                equal.takeOver(HiddenStates.ofLastChunk(kernels, states, errorCheck.equalTokens(states)));
                walk.inject(equal, first, injected);
            }
        }
        if (walk.beginsPass(position.blocksDone())) {
            HiddenStates injected = position.trail().injected();
            walk.inject(states, first, injected);
            position.trail().beside().ifPresent(beside -> walk.inject(beside, first, injected));
        }
    }
}
