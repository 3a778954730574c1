package org.consensusprobe.experiment.states;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.StatesSource;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.MappedTensors;
import org.consensusprobe.weights.StoredTensor;
import org.consensusprobe.weights.StoredType;

/** States of another program, mapped from their files; what enters a measure is checked first. */
public final class GivenStates implements StatesSource, AutoCloseable {
    private static final int MOST_PROMPTS = 1 << 24;
    private static final double ROW_TOLERANCE = 1e-2; // rows of half-precision matrices sum to 1 within 4e-3

    private final MappedTensors maps = new MappedTensors();
    private final StatesFiles files;
    private final StatesNames names;
    private final List<Integer> numbers;
    private final List<StoredTensor> states;
    private final int[] lengths;

    private GivenStates(StatesFiles files, StatesNames names, Kernels kernels) {
        this.files = files;
        this.names = names;
        this.numbers = List.copyOf(files.states().keySet());
        this.states = List.copyOf(files.states().values());
        requireOneShape();
        requireAttention();
        StatesChecks.requireNames(names, files.folder(), states.size(), prompts(), tokens());
        this.lengths = names.ids()
                .map(ids -> ids.stream().mapToInt(p -> p.length).toArray())
                .orElseGet(() -> readLengths(kernels));
    }

    /**
     * Opens states; their first depth is read through.
     *
     * @param path a folder or a file
     * @param attention where attention matrices lie; absent: where they are beside the states, if anywhere
     * @param description a file as {@code states.json}; absent: that in the folder, if there is one
     * @throws Problem if they cannot be believed, or do not fit together
     */
    public static GivenStates open(Path path, Optional<Path> attention, Optional<Path> description, Kernels kernels) {
        StatesFiles files = StatesFiles.find(path, attention);
        StatesNames names = description.map(StatesNames::read).orElseGet(() -> StatesNames.beside(files.folder()));
        return new GivenStates(files, names, kernels);
    }

    StatesNames names() {
        return names;
    }

    StatesFiles files() {
        return files;
    }

    /** How many depths there are. */
    int depths() {
        return states.size();
    }

    /** Names of the depths: those of the description, or the numbers that they had in their files. */
    List<String> depthNames() {
        return names.depths().isEmpty()
                ? numbers.stream().map(number -> "depth " + number).toList()
                : names.depths();
    }

    /** The dtype in which they are measured unless another is asked for. */
    DType dtype() {
        return states.get(0).type() == StoredType.F64 ? DType.FLOAT64 : DType.FLOAT32;
    }

    private int prompts() {
        return Math.toIntExact(states.get(0).shape().get(0));
    }

    private int tokens() {
        return Math.toIntExact(states.get(0).shape().get(1));
    }

    @Override
    public int[] lengths() {
        return lengths.clone();
    }

    @Override
    public int width() {
        return Math.toIntExact(states.get(0).shape().get(2));
    }

    @Override
    public int heads() {
        return files.attention().isEmpty()
                ? 0
                : Math.toIntExact(
                        files.attention().values().iterator().next().shape().get(1));
    }

    @Override
    public Tensor states(Kernels kernels, int depth, int prompt) {
        return prompt(kernels, states.get(depth), prompt);
    }

    @Override
    public boolean handsOn(int pass) {
        return files.handedOn().containsKey(pass + 1);
    }

    @Override
    public Tensor handedOn(Kernels kernels, int pass, int prompt) {
        return prompt(kernels, files.handedOn().get(pass + 1), prompt);
    }

    @Override
    public boolean attends(int depth) {
        return files.attention().containsKey(numbers.get(depth));
    }

    @Override
    public Tensor attention(Kernels kernels, int depth, int prompt, int head, int first, int last) {
        StoredTensor matrix =
                StatesFiles.slice(StatesFiles.slice(files.attention().get(numbers.get(depth)), prompt), head); // [T, T]
        long tokens = tokens();
        Tensor rows = maps.get(kernels, StatesFiles.slice(matrix, first, last, List.of((long) last - first, tokens)));
        Tensor own = kernels.tensors().tokensView(rows, 0, lengths[prompt]); // [last - first, T]
        double[] defect = kernels.measures().reduce("row_defect", own);
        if (!(defect[0] <= ROW_TOLERANCE) || defect[1] < -ROW_TOLERANCE) {
            throw Problem.input(
                    "%s (%s): prompt %d, head %d: rows of attention matrices are at least 0 and sum to 1; found a row that"
                            + " is off by %.2g.",
                    matrix.file(), matrix.name(), prompt + 1, head, Math.max(defect[0], -defect[1]));
        }
        return own;
    }

    private Tensor prompt(Kernels kernels, StoredTensor stored, int prompt) {
        Tensor all = maps.get(kernels, StatesFiles.slice(stored, prompt)); // [tokens, D]
        Tensor own = kernels.tensors().rowsView(all, 0, lengths[prompt]); // [T, D]
        if (!kernels.tensors().isFinite(own)) {
            throw StatesChecks.notFinite(stored, prompt, norms(kernels, own));
        }
        boolean padded = lengths[prompt] < tokens() && names.ids().isEmpty();
        if (padded) {
            Tensor rest = kernels.tensors().rowsView(all, lengths[prompt], tokens());
            if (Arrays.stream(norms(kernels, rest)).anyMatch(n -> !Double.isNaN(n))) {
                throw Problem.input(
                        "%s (%s): prompt %d has more tokens than at the first depth, where it has %d and then NaN.",
                        stored.file(), stored.name(), prompt + 1, lengths[prompt]);
            }
        }
        return own;
    }

    /** Tokens of each prompt: what is behind them is NaN at the first depth. */
    private int[] readLengths(Kernels kernels) {
        int[] found = new int[prompts()];
        for (int prompt = 0; prompt < found.length; prompt++) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                Tensor all = maps.get(k, StatesFiles.slice(states.get(0), prompt)); // [tokens, D]
                double[] norms = norms(k, all);
                int length = norms.length;
                while (length > 0 && StatesChecks.isNothing(k, all, length - 1)) {
                    length--;
                }
                if (length == 0) {
                    throw Problem.input(
                            "%s (%s): prompt %d is NaN throughout.",
                            states.get(0).file(), states.get(0).name(), prompt + 1);
                }
                found[prompt] = length;
            }
        }
        return found;
    }

    private static double[] norms(Kernels kernels, Tensor x) {
        return kernels.measures().reduce("token_norms", x);
    }

    private void requireOneShape() {
        if (states.size() < 2) {
            throw Problem.input(
                    "%s: states at one depth only (%s); a curve needs two depths or more.",
                    files.folder(), states.get(0).name());
        }
        StoredTensor first = states.get(0);
        List<StoredTensor> all = new ArrayList<>(states);
        all.addAll(files.handedOn().values());
        for (StoredTensor stored : all) {
            List<Long> shape = stored.shape();
            boolean plain = shape.size() == 3 && shape.stream().allMatch(n -> n > 0 && n < Integer.MAX_VALUE);
            if (!plain || shape.get(0) > MOST_PROMPTS || !stored.type().isWeight()) {
                throw Problem.input(
                        "%s (%s): expected states [prompts, tokens, dim] in floating point, found %s %s.",
                        stored.file(), stored.name(), stored.type(), shape);
            }
            if (!shape.equals(first.shape())) {
                throw Problem.input(
                        "%s (%s): shape %s; the first depth, %s, has %s. All depths have the same prompts, tokens and width.",
                        stored.file(), stored.name(), shape, first.name(), first.shape());
            }
        }
    }

    private void requireAttention() {
        SortedMap<Integer, StoredTensor> matrices = files.attention();
        for (Integer number : matrices.keySet()) {
            StoredTensor stored = matrices.get(number);
            List<Long> shape = stored.shape();
            long tokens = tokens();
            List<Long> expected = List.of((long) prompts(), shape.size() < 2 ? 0 : shape.get(1), tokens, tokens);
            if (!shape.equals(expected)
                    || shape.get(1) != heads()
                    || heads() < 1
                    || !stored.type().isWeight()) {
                throw Problem.input(
                        "%s (%s): expected attention matrices [%d prompts, heads, %d tokens, %d tokens], all of as many heads,"
                                + " found %s %s.",
                        stored.file(), stored.name(), prompts(), tokens, tokens, stored.type(), shape);
            }
            if (numbers.indexOf(number) < 1) {
                throw Problem.input(
                        "%s (%s): attention matrices of the block that ends at depth %d, where there are no states, or where"
                                + " they begin.",
                        stored.file(), stored.name(), number);
            }
        }
    }

    /** The prompts' ids where they are known, or as many of them and as long. */
    List<int[]> promptIds() {
        return names.ids()
                .orElseGet(() -> IntStream.of(lengths).mapToObj(int[]::new).toList());
    }

    @Override
    public void close() {
        maps.close();
    }
}
