package org.consensusprobe.experiment.loop;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.torch.Kernels;

/** Where the loop finds the state of an interrupted run, and leaves its own on the way. */
public interface ResumeStore {
    /** The state to go on from, which the caller closes; empty to start at the embedding. */
    Optional<Position> restore(Kernels kernels, List<int[]> prompts, List<int[]> split);

    /** Offered after every block but the last; kept where writing is worth its time. */
    void offer(Kernels kernels, Position position);

    /** The run ends here before its time: keep this state, whatever it costs. */
    void keep(Kernels kernels, Position position);

    /** Starts at the embedding and keeps nothing. */
    ResumeStore NONE = new ResumeStore() {
        @Override
        public Optional<Position> restore(Kernels kernels, List<int[]> prompts, List<int[]> split) {
            return Optional.empty();
        }

        @Override
        public void offer(Kernels kernels, Position position) {}

        @Override
        public void keep(Kernels kernels, Position position) {}
    };
}
