package org.consensusprobe.experiment.loop;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.consensusprobe.common.Problem;
import org.consensusprobe.model.AttentionRows;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.DepthList;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.NpyRows;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;

/**
 * Writes the hidden states and attention matrices that a run keeps on its way: {@code hidden/depth-D.npy}, {@code
 * hidden/pass-N.npy} [prompts, tokens, dim] and {@code attention/depth-D.npy} [prompts, heads, tokens, tokens], in the dtype
 * of states. What lies behind a shorter prompt's last token is NaN.
 *
 * <p>A file is complete before the run goes on, so before the state it is resumed from: a resumed run
 * finds all files up to where it continues, and writes the later ones again.
 */
public final class StatesOut {
    private static final int MOST_VALUES = Integer.MAX_VALUE - 8;

    private final RunPlan plan;
    private final NpyHeader states;
    private final NpyHeader matrices;
    private final List<int[]> prompts;
    private final int longest;
    private final Precision precision;
    private final Map<Integer, Array> hiddenByDepth = new TreeMap<>();
    private final Map<Integer, Array> hiddenByPass = new TreeMap<>();
    private final Map<Integer, Array> attentionByDepth = new TreeMap<>();
    private final Optional<Array> last;
    private RunDirectory directory;

    /** One file. */
    private record Array(String name, String holds, List<String> axes, NpyHeader header) {}

    /**
     * What a plan keeps of a model's states.
     *
     * @throws Problem if it names places that the run does not come to
     */
    public StatesOut(RunPlan plan, Transformer model, List<int[]> prompts, Precision precision) {
        this(
                plan,
                plan.route(model.layers()),
                model.sizes().width(),
                model.sizes().heads(),
                prompts,
                precision);
    }

    /** As {@link #StatesOut(RunPlan, Transformer, List, Precision)}, of states along a route. */
    StatesOut(RunPlan plan, Route route, int width, int heads, List<int[]> prompts, Precision precision) {
        this.prompts = prompts;
        this.precision = precision;
        DepthList hidden = plan.kept().hiddenAt();
        DepthList attention = plan.kept().attentionAt();
        hidden.requireWithin(route, 0);
        attention.requireWithin(route, 1);
        NpyHeader.Type type = precision.state() == DType.FLOAT64 ? NpyHeader.Type.FLOAT64 : NpyHeader.Type.FLOAT32;
        int tokens = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
        this.longest = tokens;
        NpyHeader states = new NpyHeader(type, List.of(prompts.size(), tokens, width));
        NpyHeader matrices = new NpyHeader(type, List.of(prompts.size(), heads, tokens, tokens));
        if (!attention.isEmpty() && matrices.count() / prompts.size() > MOST_VALUES) {
            throw Problem.input(
                    "%s: the matrices of one prompt have %d values, more than can be written at once; use shorter prompts.",
                    attention.option(), matrices.count() / prompts.size());
        }
        this.last = plan.kept().hidden()
                ? Optional.of(new Array(RunDirectory.HIDDEN, "the last states", List.of(), states))
                : Optional.empty();
        this.plan = plan;
        this.states = states;
        this.matrices = matrices;
        follow(route);
    }

    /** Names files for the places of a route: the planned one, or a shorter one that a run turned out to go. */
    void follow(Route route) {
        hiddenByDepth.clear();
        hiddenByPass.clear();
        attentionByDepth.clear();
        List<String> stateAxes = List.of("prompt", "token", "dim");
        for (int depth : plan.kept().hiddenAt().depths(route).headSet(route.blocks() + 1)) {
            String holds = depth == 0 ? "initial states" : "hidden states behind " + route.place(depth);
            String name = RunDirectory.HIDDEN_AT + "/depth-" + depth + ".npy";
            hiddenByDepth.put(depth, new Array(name, holds, stateAxes, states));
        }
        for (int pass : plan.kept().hiddenAt().passes().headSet(route.passes() + 1)) {
            String holds = "what pass " + pass + " hands on ("
                    + plan.passes().recycling().optionName() + ")";
            String name = RunDirectory.HIDDEN_AT + "/pass-" + pass + ".npy";
            hiddenByPass.put(pass, new Array(name, holds, stateAxes, states));
        }
        for (int depth : plan.kept().attentionAt().blocks(route).headSet(route.blocks() + 1)) {
            String name = RunDirectory.ATTENTION_AT + "/depth-" + depth + ".npy";
            attentionByDepth.put(
                    depth,
                    new Array(
                            name,
                            "attention matrices of " + route.place(depth),
                            List.of("prompt", "head", "token", "token seen"),
                            matrices));
        }
    }

    /** Files go into this directory; they are entered into its manifest. */
    public void into(RunDirectory target) {
        this.directory = target;
    }

    /** Number of files. */
    public int files() {
        return arrays().size();
    }

    /** Bytes of the files that the folder does not hold yet. */
    public long missingBytes(Path folder) {
        return arrays().stream()
                .filter(a -> !Files.exists(folder.resolve(a.name)))
                .mapToLong(a -> NpyRows.fileBytes(a.header))
                .sum();
    }

    /** Lists the files for a manifest. */
    public void describe(ObjectNode section) {
        ArrayNode files = section.putArray("files");
        for (Array array : arrays()) {
            ObjectNode file = files.addObject();
            file.put("file", array.name);
            file.put("holds", array.holds);
            array.axes.forEach(file.putArray("axes")::add);
            array.header.shape().forEach(file.putArray("shape")::add);
            file.put("dtype", precision.state().torchName());
        }
    }

    private List<Array> arrays() {
        List<Array> arrays = new ArrayList<>(hiddenByDepth.values());
        arrays.addAll(hiddenByPass.values());
        arrays.addAll(attentionByDepth.values());
        return arrays;
    }

    /** All prompts stand at this depth, on the raw residual stream. */
    void atDepth(int depth, Kernels kernels, HiddenStates states) {
        write(hiddenByDepth.get(depth), kernels, states);
    }

    /** A pass, from 1, hands these states on. */
    void atEndOfPass(int pass, Kernels kernels, HiddenStates states) {
        write(hiddenByPass.get(pass), kernels, states);
    }

    /** The run is done: the states after the last pass and the final norm. */
    void atEnd(Kernels kernels, HiddenStates states) {
        last.ifPresent(array -> write(array, kernels, states));
    }

    private void write(Array array, Kernels kernels, HiddenStates states) {
        if (array == null) {
            return;
        }
        try (NpyRows rows = directory.startArray(array.name, array.header)) {
            int width = array.header.shape().get(2);
            for (int prompt = 0; prompt < prompts.size(); prompt++) {
                try (Scope scope = Scope.open()) {
                    double[] values = values(kernels.in(scope), states.prompt(kernels.in(scope), prompt)); // [1, T, D]
                    double[] row = Arrays.copyOf(values, longest * width);
                    Arrays.fill(row, values.length, row.length, Double.NaN);
                    rows.set(prompt, row);
                }
            }
            rows.finish();
        }
    }

    private double[] values(Kernels k, Tensor x) {
        Tensor wide = k.tensors().convert(x, DType.FLOAT64);
        return (precision.onCpu() ? wide : k.tensors().toDevice(wide, "cpu")).toDoubles();
    }

    /** The matrices of the block that ends at this depth, if they are kept. */
    Optional<Matrices> attention(int depth) {
        return Optional.ofNullable(attentionByDepth.get(depth))
                .map(array -> new Matrices(directory.startArray(array.name, array.header), array.header));
    }

    /** Attention matrices of one block, chunk after chunk. */
    final class Matrices implements AutoCloseable {
        private final NpyRows rows;
        private final int heads;
        private final int tokens;

        private Matrices(NpyRows rows, NpyHeader header) {
            this.rows = rows;
            this.heads = header.shape().get(1);
            this.tokens = header.shape().get(2);
        }

        /** Takes the matrices of a chunk's prompts. */
        BlockTap tap(Kernels kernels, int[] members) {
            return new BlockTap() {
                @Override
                public void onMatrices(AttentionRows matrices) {
                    Tensor a = matrices.whole(kernels); // [B, H, T, T]
                    for (int i = 0; i < members.length; i++) {
                        try (Scope scope = Scope.open()) {
                            Kernels k = kernels.in(scope);
                            rows.set(
                                    members[i],
                                    padded(values(k, k.tensors().rows(a, i, i + 1L)), prompts.get(members[i]).length));
                        }
                    }
                }
            };
        }

        /** [H, t, t] -> [H, T, T], NaN where there is no token. */
        private double[] padded(double[] values, int length) {
            if (length == tokens) {
                return values;
            }
            double[] row = new double[heads * tokens * tokens];
            Arrays.fill(row, Double.NaN);
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < length; i++) {
                    System.arraycopy(values, (h * length + i) * length, row, (h * tokens + i) * tokens, length);
                }
            }
            return row;
        }

        void finish() {
            rows.finish();
        }

        @Override
        public void close() {
            rows.close();
        }
    }
}
