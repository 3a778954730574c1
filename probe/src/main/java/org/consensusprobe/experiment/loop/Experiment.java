package org.consensusprobe.experiment.loop;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.doctor.SelfTest;
import org.consensusprobe.doctor.Setting;
import org.consensusprobe.doctor.Trust;
import org.consensusprobe.doctor.Verdict;
import org.consensusprobe.doctor.Verdicts;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.NativeHeap;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.WeightSource;

/**
 * One run, prepared: everything that can be wrong with its plan and its files is found before it starts.
 */
public final class Experiment implements AutoCloseable {
    private final Subject subject;
    private final RunPlan plan;
    private final Machine machine;
    private final Inputs inputs;
    private final List<int[]> prompts;
    private final InitialStates initial;
    private final StatesOut out;
    private final Torch torch;
    private final Numerics numerics;
    private final MemoryPlan memory;
    private final Scope scope = Scope.open();
    private final Kernels kernels;
    private final WeightSource source;
    private final Trust trust;

    private Experiment(Subject subject, RunPlan asked, Machine machine, Inputs inputs, Torch torch) {
        this.subject = subject;
        this.plan = subject.transformer().fit(asked);
        this.machine = machine;
        Transformer.Sizes sizes = subject.transformer().sizes();
        plan.ingredients().requireHeads(subject.name(), sizes.heads());
        plan.ingredients().requireLayers(sizes.layers());
        plan.ingredients().requireDimensions(subject.name(), sizes.width());
        requireInjection(subject.transformer());
        plan.ingredients()
                .requireExperts(subject.name(), subject.transformer().mixture().isPresent());
        this.inputs = inputs;
        this.prompts = inputs.ids();
        this.initial = InitialStates.of(plan, prompts, subject.transformer(), subject.name());
        this.torch = torch;
        this.numerics = Numerics.choose(plan.dtype(), machine.device(), torch);
        this.source = subject.weights(plan, numerics.precision());
        this.memory =
                MemoryPlan.of(subject.transformer(), plan, machine, numerics.precision(), prompts, source::isMapped);
        NativeHeap.prepareFor(inputs.longest(), MemoryPlan.expandedBytes(subject.transformer(), numerics.precision()));
        this.out = new StatesOut(plan, subject.transformer(), prompts, numerics.precision());
        this.kernels = Kernels.forDevice(scope, numerics.precision().device());
        this.trust = Trust.require(
                Verdicts.ofUser(), Setting.of(numerics.precision(), kernels, torch), machine.forceDevice());
    }

    /** What is given to every pass enters through weights of the loop's first layer. */
    private void requireInjection(Transformer transformer) {
        plan.passes().loop().filter(loop -> transformer.isInjected()).ifPresent(loop -> {
            if (plan.passes().skipped().contains(loop.first())) {
                throw Problem.input(
                        "--skip-blocks %s: the block of layer %d is where the model's loop takes in what every pass is given;"
                                + " it cannot be left out.%nLeave out its halves: --skip-attention %2$d --skip-feed-forward %2$d.",
                        plan.passes().skipped().stream().map(String::valueOf).collect(Collectors.joining(",")),
                        loop.first());
            }
        });
    }

    /**
     * Prepares a run.
     *
     * @param prompts token ids of each prompt, each within the model's vocabulary and context
     * @throws org.consensusprobe.common.Problem if plan, files and machine do not fit together
     */
    public static Experiment prepare(Subject subject, RunPlan plan, Machine machine, List<int[]> prompts) {
        return prepare(subject, plan, machine, Inputs.of(prompts));
    }

    /** As {@link #prepare(Subject, RunPlan, Machine, List)}, of ids or images. */
    public static Experiment prepare(Subject subject, RunPlan plan, Machine machine, Inputs inputs) {
        return new Experiment(subject, plan, machine, inputs, Torch.start(machine.threads()));
    }

    /** Takes the hidden states of one prompt, [T, D] in row-major order, in exact float64 values. */
    @FunctionalInterface
    public interface HiddenSink {
        void accept(int prompt, double[] states);
    }

    /**
     * What a run yields besides what its listener saw.
     *
     * @param floor the largest error that equal tokens reached within the first pass
     * @param blockSeconds time in blocks
     * @param waitingSeconds time in which blocks waited for weights
     * @param measureSeconds time in measures
     * @param route the way that was gone: with as many passes as it took
     * @param settledIn the pass, from 1, in which each prompt settled; 0 for one that did not, or was not watched
     */
    public record Outcome(
            double floor,
            double blockSeconds,
            double waitingSeconds,
            double measureSeconds,
            Route route,
            int[] settledIn) {}

    /**
     * Runs all passes.
     *
     * @param hidden where the states after the last pass and its final norm go; null to drop them
     * @param cancelled asked before every block; true ends the run
     * @throws org.consensusprobe.common.Problem if activations are not finite, or the run is cancelled
     */
    public Outcome run(RunListener listener, HiddenSink hidden, BooleanSupplier cancelled) {
        return run(listener, hidden, cancelled, ResumeStore.NONE);
    }

    /** As {@link #run(RunListener, HiddenSink, BooleanSupplier)}, from the store's state on if it has one. */
    public Outcome run(RunListener listener, HiddenSink hidden, BooleanSupplier cancelled, ResumeStore store) {
        (memory.hasRoomForTest(subject.transformer())
                        ? trust.settle(System.getenv(), this::testOfFirstBlock)
                        : trust.known())
                .ifPresent(listener::onTrust);
        RecycledPasses passes = new RecycledPasses(
                subject.transformer(), plan, inputs, kernels, numerics.precision(), initial, out, cancelled);
        try (HiddenStates states = passes.run(source, memory, listener, store)) {
            out.atEnd(kernels, states);
            if (hidden != null) {
                for (int i = 0; i < prompts.size(); i++) {
                    try (Scope temporary = Scope.open()) {
                        Kernels k = kernels.in(temporary);
                        Tensor x = k.tensors().convert(states.prompt(k, i), DType.FLOAT64); // [1, T, D]
                        hidden.accept(
                                i,
                                (numerics.precision().onCpu() ? x : k.tensors().toDevice(x, "cpu")).toDoubles());
                    }
                }
            }
        }
        return passes.outcome();
    }

    private Verdict testOfFirstBlock() {
        int layer = plan.route(subject.transformer().layers()).at(1).layer();
        return SelfTest.firstBlock(
                numerics.precision(), kernels, subject.transformer(), source, plan.ingredients(), layer, prompts);
    }

    /** The map of a pass, which the caller closes before the experiment. */
    public LoopMap map() {
        return new LoopMap(subject.transformer(), plan, inputs, kernels, numerics.precision(), source, memory);
    }

    /** The same run with parts left out, to be done before the experiment is closed. */
    public Ablation ablation() {
        return new Ablation(
                subject.transformer(), plan, inputs, kernels, numerics.precision(), initial, source, memory);
    }

    /** What states of the run would say of the next token, to be asked before the experiment is closed. */
    public Lens lens() {
        return new Lens(subject.transformer(), plan.ingredients(), kernels, numerics.precision(), source, memory);
    }

    /** How the run uses the machine. */
    public Machine machine() {
        return machine;
    }

    /** Device and dtypes. */
    public Numerics numerics() {
        return numerics;
    }

    /** What the run starts from. */
    public InitialStates initial() {
        return initial;
    }

    /** The states that the run keeps on its way; a run that keeps any has to be given their directory. */
    public StatesOut statesOut() {
        return out;
    }

    /** The kernels' source files. */
    public String kernelSources() {
        return kernels.sources();
    }

    /** What the run holds in memory. */
    public MemoryPlan memory() {
        return memory;
    }

    /** The engine. */
    public Torch torch() {
        return torch;
    }

    @Override
    public void close() {
        source.close();
        scope.close();
        NativeHeap.trim();
    }
}
