package org.consensusprobe.experiment.loop;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Initial;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.StatesArray;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;

/**
 * Makes the states that a run starts from, where they are not the embedding, or that a loop starts from which has a state of
 * its own.
 *
 * <p>Draws are {@code torch.randn(T, D, generator=g)} on the CPU in float32, prompt after prompt, with {@code g =
 * torch.Generator().manual_seed(seed ^ 0x636F6E73)}: not the seed itself, whose first numbers are a random model's embedding
 * table.
 */
public final class InitialStates {
    private static final long SALT = 0x636F6E73;

    private final Initial initial;
    private final Optional<StatesArray> array;
    private final long seed;
    private final Transformer model;

    private InitialStates(Initial initial, Optional<StatesArray> array, long seed, Transformer model) {
        this.initial = initial;
        this.array = array;
        this.seed = seed;
        this.model = model;
    }

    /**
     * The states of a plan; a file is read through and checked.
     *
     * @param name of the model, for messages
     * @throws Problem if the file is no array of states, or does not fit the prompts or the model
     */
    static InitialStates of(RunPlan plan, List<int[]> prompts, Transformer model, String name) {
        Initial initial = plan.initial();
        Optional<StatesArray> array = initial.file().map(StatesArray::open);
        array.ifPresent(a -> requireFit(a, prompts, model.sizes().width(), name));
        return new InitialStates(initial, array, initial.own().orElse(plan.seed()), model);
    }

    private static void requireFit(StatesArray array, List<int[]> prompts, int width, String model) {
        int found = array.header().shape().get(2);
        if (found != width) {
            throw Problem.input("--initial %s: states of width %d; %s has %d.", array.file(), found, model, width);
        }
        if (array.lengths().size() != prompts.size()) {
            throw Problem.input(
                    "--initial %s: states of %d prompts; there are %d prompts.%n"
                            + "Give the prompts they belong to with --prompts, or none at all.",
                    array.file(), array.lengths().size(), prompts.size());
        }
        for (int i = 0; i < prompts.size(); i++) {
            if (array.lengths().get(i) != prompts.get(i).length) {
                throw Problem.input(
                        "--initial %s: prompt %d has %d tokens in it; the prompt given has %d.%n"
                                + "Give the prompts they belong to with --prompts, or none at all.",
                        array.file(), i + 1, array.lengths().get(i), prompts.get(i).length);
            }
        }
    }

    /** What enters the first block, for messages. */
    String name() {
        return model.isInjected() || initial.kind() == Initial.Kind.EMBEDDING
                ? "the embedding of the prompts"
                : "the initial states (" + initial.recordedName() + ")";
    }

    /** SHA-256 of the file, if there is one. */
    public Optional<String> sha256() {
        return array.map(StatesArray::sha256);
    }

    /** Whether prompts have no part in the run: it starts from a file, and nothing else is made of them. */
    public boolean replacesPrompts() {
        return !fromEmbedding();
    }

    /** The states that enter the first block of a run. */
    HiddenStates make(Kernels kernels, LayerFeed feed, Inputs inputs, List<int[]> split, Precision precision) {
        HiddenStates states;
        if (fromEmbedding()) {
            try (Scope scope = Scope.open()) {
                states = HiddenStates.embed(kernels, model, feed.embeddings(scope), inputs, split, precision);
            }
        } else {
            states = load(kernels, inputs.ids(), split, precision);
        }
        try {
            replace(kernels, states, inputs.ids(), precision);
            return states;
        } catch (RuntimeException | Error e) {
            states.close();
            throw e;
        }
    }

    /** Whether the embedding is needed. */
    boolean fromEmbedding() {
        return array.isEmpty() || model.isInjected();
    }

    /** The states of the file, chunk by chunk. */
    private HiddenStates load(Kernels kernels, List<int[]> prompts, List<int[]> split, Precision precision) {
        int width = model.sizes().width();
        HiddenStates states = HiddenStates.of(kernels, prompts.size(), split, (k, chunk) -> {
            int[] members = split.get(chunk);
            long[] shape = {members.length, prompts.get(members[0]).length, width};
            Tensor zeros = k.tensors().filled(shape, 0, precision.state());
            return precision.onCpu() ? zeros : k.tensors().toDevice(zeros, precision.device()); // [B, T, D]
        });
        try {
            array.orElseThrow().read((prompt, values) -> {
                try (Scope scope = Scope.open()) {
                    Kernels k = kernels.in(scope);
                    states.set(k, prompt, k.tensors().values(values, values.length / width, width));
                }
            });
            return states;
        } catch (RuntimeException | Error e) {
            states.close();
            throw e;
        }
    }

    /** Puts drawn states, if they are asked for, in the place of the embedding; not where the loop has a state of its own. */
    private void replace(Kernels kernels, HiddenStates states, List<int[]> prompts, Precision precision) {
        if (!model.isInjected() && initial.replacesEmbedding()) {
            draw(kernels, states, prompts.size(), precision);
        }
    }

    /** Puts the loop's own state in the place of what came before it. */
    void enterLoop(Kernels kernels, HiddenStates states, List<int[]> prompts, Precision precision) {
        if (initial.kind() == Initial.Kind.FILE) {
            List<int[]> split =
                    states.chunks().stream().map(HiddenStates.Chunk::members).toList();
            states.takeOver(load(kernels, prompts, split, precision));
        } else if (initial.kind() == Initial.Kind.ZERO) {
            states.chunks()
                    .forEach(chunk -> chunk.replace(kernels, (k, x) -> {
                        Tensor zeros = k.tensors().filled(x.shape(), 0, precision.state());
                        return precision.onCpu() ? zeros : k.tensors().toDevice(zeros, precision.device()); // [B, T, D]
                    }));
        } else {
            draw(kernels, states, prompts.size(), precision);
        }
    }

    private void draw(Kernels kernels, HiddenStates states, int prompts, Precision precision) {
        try (RandomKernels.Generator generator = kernels.random().generator(seed ^ SALT)) {
            for (int prompt = 0; prompt < prompts; prompt++) {
                try (Scope scope = Scope.open()) {
                    Kernels k = kernels.in(scope);
                    Tensor x = states.prompt(k, prompt); // [1, T, D]
                    long[] shape = {x.size(1), x.size(2)};
                    boolean own = initial.kind() == Initial.Kind.DRAWN;
                    Tensor drawn = own
                            ? k.random().truncatedNormal(generator, shape, model.initialDraw())
                            : k.random().normal(generator, shape, 1); // [T, D]
                    Tensor values = precision.onCpu() ? drawn : k.tensors().toDevice(drawn, precision.device());
                    states.set(
                            k,
                            prompt,
                            switch (initial.kind()) {
                                case DRAWN -> k.tensors().convert(values, precision.state());
                                case UNIFORM -> k.embedding().directions(x, values);
                                default -> k.embedding().nearConsensus(x, values, initial.perturbation());
                            });
                }
            }
        }
    }
}
