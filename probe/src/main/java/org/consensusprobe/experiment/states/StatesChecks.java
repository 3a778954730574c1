package org.consensusprobe.experiment.states;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.StoredTensor;

/** What cannot be believed of states that another program made. */
final class StatesChecks {
    private StatesChecks() {}

    /** Whether all of a token is NaN: behind the end of its prompt. */
    static boolean isNothing(Kernels kernels, Tensor x, int token) {
        Tensor row = kernels.tensors().convert(kernels.tensors().rows(x, token, token + 1L), DType.FLOAT64); // [1, D]
        return Arrays.stream(row.toDoubles()).allMatch(Double::isNaN);
    }

    /** The refusal of a prompt's states: where they stop being numbers. */
    static Problem notFinite(StoredTensor stored, int prompt, double[] norms) {
        int token = IntStream.range(0, norms.length)
                .filter(i -> !Double.isFinite(norms[i]))
                .findFirst()
                .orElse(0);
        return Problem.input(
                "%s (%s): prompt %d, token %d: NaN or infinity; states are finite, and NaN only after a prompt's last token.",
                stored.file(), stored.name(), prompt + 1, token + 1);
    }

    /** Refuses a description that does not fit the arrays. */
    static void requireNames(StatesNames names, Path folder, int depths, int prompts, int tokens) {
        if (!names.depths().isEmpty() && names.depths().size() != depths) {
            throw Problem.input(
                    "%s: the description names %d depths; there are states at %d.",
                    folder, names.depths().size(), depths);
        }
        int passes = Math.max(1, names.passes().size());
        if ((depths - 1) % passes != 0) {
            throw Problem.input(
                    "%s: the description has %d passes; %d blocks (one fewer than depths) are no multiple of them.",
                    folder, passes, depths - 1);
        }
        names.ids().ifPresent(ids -> requireIds(ids, folder, prompts, tokens));
    }

    private static void requireIds(List<int[]> ids, Path folder, int prompts, int tokens) {
        int longest = ids.stream().mapToInt(p -> p.length).max().orElse(0);
        if (ids.size() != prompts || longest > tokens) {
            throw Problem.input(
                    "%s: the description has the ids of %d prompts of up to %d tokens; states are of %d prompts of up to %d.",
                    folder, ids.size(), longest, prompts, tokens);
        }
    }
}
