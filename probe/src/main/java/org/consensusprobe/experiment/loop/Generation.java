package org.consensusprobe.experiment.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.StateMeasure;
import org.consensusprobe.model.Forward;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.prompts.CPythonRandom;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/**
 * Text after recycled passes: every step sends all tokens so far through the plan's passes, and the head scores the next
 * token from the last token's state after the last pass and its final norm, or from those of several passes as the model's gate
 * has it ({@link Exit}).
 *
 * <p>Nothing is cached from step to step: recycling changes the states of all tokens. Each prompt draws from a generator of
 * its own, Python's {@code random.Random(seed + prompt).random()}, so that prompts do not touch each other's text.
 */
public final class Generation implements AutoCloseable {
    private final Transformer model;
    private final RunPlan plan;
    private final Walk walk;
    private final PassEnd ends;
    private final Sampling sampling;
    private final Exit exit;
    private final int steps;
    private final Numerics numerics;
    private final MemoryPlan memory;
    private final WeightSource source;
    private final Scope scope = Scope.open();
    private final Kernels kernels;
    private final StateMeasure error;
    private final List<int[]> texts;
    private final int[] promptLengths;

    /**
     * Prepares the continuation of prompts.
     *
     * @param prompts token ids of each prompt
     * @param steps tokens to add to each
     * @param exit from which pass a token is scored; one that reads a gate goes with models that have one
     * @throws Problem if the model has no head, a text would outgrow its context, or plan and machine do not fit together
     */
    public static Generation prepare(
            Subject subject,
            RunPlan plan,
            Machine machine,
            List<int[]> prompts,
            int steps,
            Sampling sampling,
            Exit exit) {
        requireFit(subject, prompts, steps);
        Transformer transformer = subject.transformer();
        plan.ingredients().requireHeads(subject.name(), transformer.sizes().heads());
        plan.ingredients().requireDimensions(subject.name(), transformer.sizes().width());
        plan.ingredients().requireExperts(subject.name(), transformer.mixture().isPresent());
        return new Generation(subject, plan, machine, prompts, steps, sampling, exit, Torch.start(machine.threads()));
    }

    private Generation(
            Subject subject,
            RunPlan asked,
            Machine machine,
            List<int[]> prompts,
            int steps,
            Sampling sampling,
            Exit exit,
            Torch torch) {
        this.model = subject.transformer();
        this.plan = model.fit(asked.with(Fields.MEASURES, List.of())); // the error alone is told
        this.sampling = sampling;
        this.exit = exit;
        this.steps = steps;
        this.texts = new ArrayList<>(prompts);
        this.promptLengths = prompts.stream().mapToInt(p -> p.length).toArray();
        this.numerics = Numerics.choose(plan.dtype(), machine.device(), torch);
        List<int[]> grown =
                prompts.stream().map(p -> Arrays.copyOf(p, p.length + steps)).toList();
        this.source = subject.weights(plan, numerics.precision());
        this.memory = MemoryPlan.of(model, plan, machine, numerics.precision(), grown, source::isMapped);
        this.kernels = Kernels.forDevice(scope, numerics.precision().device());
        this.error = Measures.error(plan.similarity());
        this.walk = new Walk(model, plan, kernels);
        // nothing is recorded from pass to pass
        this.ends =
                new PassEnd(walk, List.of(), new Measure.Sizes(1, 1), kernels, numerics.precision(), new StageTimes());
    }

    private static void requireFit(Subject subject, List<int[]> prompts, int steps) {
        if (subject.transformer().head().isEmpty()) {
            throw Problem.input(
                    "%s: a %s model scores no next token; text needs a decoder.",
                    subject.name(), subject.transformer().sizes().modelType());
        }
        int longest = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
        int context = subject.transformer().sizes().context();
        if ((long) longest + steps > context) {
            throw Problem.input(
                    "A prompt of %d tokens and %d more are over the context of %s, %d tokens. Use fewer --tokens or a shorter prompt.",
                    longest, steps, subject.name(), context);
        }
    }

    /**
     * One token that was added.
     *
     * @param token its id
     * @param probability the model's for it, before the nucleus is cut out
     * @param entropy of the next token's distribution after each pass that ran, in nats, [passes]
     * @param errors eq. 25 over all tokens so far, on the embedding and after every block, [blocks + 1]
     */
    public record Step(int token, double probability, double[] entropy, double[] errors) {}

    /** Told when a step of all prompts is done; called on the run's thread. */
    @FunctionalInterface
    public interface StepListener {
        void onStep(int step, List<Step> ofPrompts);
    }

    /**
     * Adds tokens.
     *
     * @param cancelled asked before every block; true ends it
     * @return the steps of each prompt, [prompts][steps]
     * @throws Problem if activations are not finite, or it is cancelled
     */
    public List<List<Step>> run(long seed, StepListener listener, BooleanSupplier cancelled) {
        List<CPythonRandom> generators = IntStream.range(0, texts.size())
                .mapToObj(i -> new CPythonRandom(seed + i))
                .toList();
        List<List<Step>> all = new ArrayList<>();
        texts.forEach(text -> all.add(new ArrayList<>()));
        try (LayerFeed feed = new LayerFeed(
                        source, kernels, model, walk.route(), steps, 0, memory.residentLayers(), memory.readsAhead());
                Scope tables = Scope.open()) {
            Weights embeddings = feed.embeddings(tables);
            for (int step = 0; step < steps; step++) {
                List<Step> made = step(feed, embeddings, generators, cancelled);
                for (int i = 0; i < made.size(); i++) {
                    all.get(i).add(made.get(i));
                    int[] longer = Arrays.copyOf(texts.get(i), texts.get(i).length + 1);
                    longer[longer.length - 1] = made.get(i).token();
                    texts.set(i, longer);
                }
                listener.onStep(step, made);
            }
        }
        return all;
    }

    /** The prompt's tokens and those added so far. */
    public int[] text(int prompt) {
        return texts.get(prompt).clone();
    }

    /** What is done, with the model's own values where nothing else was asked for. */
    public RunPlan plan() {
        return plan;
    }

    /** How many tokens of a text are its prompt's. */
    public int promptLength(int prompt) {
        return promptLengths[prompt];
    }

    private List<Step> step(
            LayerFeed feed, Weights embeddings, List<CPythonRandom> generators, BooleanSupplier cancelled) {
        List<int[]> split = ChunkRule.split(texts, plan.arithmetic().chunk().orElse(0));
        walk.restart();
        double[][] errors = new double[texts.size()][walk.route().blocks() + 1];
        double[][] entropy = new double[texts.size()][walk.route().passes()];
        List<Exit.Scores> scores = texts.stream().map(text -> exit.scores()).toList();
        try (HiddenStates states =
                        HiddenStates.embed(kernels, model, embeddings, Inputs.of(texts), split, numerics.precision());
                PassTrail trail = PassTrail.of(plan, texts, PassTrail.Facts.of(model))) {
            record(states, errors, 0);
            for (int depth = 1; depth <= walk.route().blocks(); depth++) {
                if (cancelled.getAsBoolean()) {
                    throw Problem.interrupted("Interrupted; %d of %d tokens were made.", tokensMade(), steps);
                }
                if (depth - 1 == walk.route().first()) {
                    ends.begin(states, trail, InitialStates.of(plan, texts, model, ""), texts);
                }
                try (LayerFeed.Layer layer = feed.next()) {
                    if (walk.isInjected() && walk.beginsPass(depth - 1)) {
                        walk.inject(states, layer.weights(), trail.injected());
                    }
                    walk.block(states, layer, RoutingTrail.watch(trail.routing(), layer.index()));
                    record(states, errors, depth);
                    if (walk.route().endsPass(depth)) {
                        endPass(feed, depth, states, trail, layer.finalNorm());
                    }
                    Route route = walk.route();
                    int pass = route.at(depth).pass();
                    if (pass == route.passes() - 1 ? depth == route.blocks() : route.endsPass(depth)) {
                        score(feed.head(pass), layer.finalNorm(), states, depth, (prompt, ofPass, gate) -> {
                            scores.get(prompt).add(ofPass, gate, pass == route.passes() - 1);
                            entropy[prompt][pass] = Sampling.entropy(sampling.distribution(ofPass));
                        });
                    }
                }
            }
        }
        Route gone = walk.route();
        List<Step> made = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            double[] distribution = sampling.distribution(scores.get(i).get());
            int token = sampling.choose(distribution, generators.get(i)::random);
            made.add(new Step(
                    token,
                    distribution[token],
                    Arrays.copyOf(entropy[i], gone.passes()),
                    Arrays.copyOf(errors[i], gone.blocks() + 1)));
        }
        return made;
    }

    private void endPass(LayerFeed feed, int depth, HiddenStates states, PassTrail trail, Weights finalNorm) {
        int planned = walk.route().passes();
        int pass = walk.route().at(depth).pass();
        ends.end(pass, states, trail, finalNorm, new RunListener() {});
        ends.leave(pass, states, finalNorm);
        if (walk.route().passes() < planned) {
            feed.follow(walk.route());
        }
    }

    private int tokensMade() {
        return texts.get(0).length - promptLengths[0];
    }

    private void record(HiddenStates states, double[][] errors, int depth) {
        double[] values = error.of(kernels, states.snapshot());
        for (int i = 0; i < values.length; i++) {
            if (Double.isNaN(values[i])) {
                throw Problem.failed(
                        "The error of prompt %d at depth %d is not a number. Try --dtype float32 or float64; if it stays,"
                                + " the checkpoint is at fault.",
                        i + 1, depth);
            }
            errors[i][depth] = values[i];
        }
    }

    /** Takes what a pass says of a prompt's next token: scores [V], and how likely the gate ends there; 1 without a gate. */
    @FunctionalInterface
    private interface Scored {
        void take(int prompt, double[] scores, double gate);
    }

    /** The scores of every prompt's next token, from its last token behind the final norm. */
    private void score(Weights head, Weights norm, HiddenStates states, int depth, Scored scored) {
        boolean normed = walk.route().endsPass(depth) && walk.handsOnNormed(depth);
        boolean gated = exit.kind() != Exit.Kind.LAST;
        try (Scope temporary = Scope.open()) {
            Kernels k = kernels.in(temporary);
            for (HiddenStates.Chunk chunk : states.chunks()) {
                Tensor end = k.measures().fromToken(chunk.x(), (int) chunk.x().size(1) - 1); // [B, 1, D]
                Tensor x = normed ? end : model.finalNorm(forward(k), norm, end); // [B, 1, D]
                double[] gates = gated ? model.exitGate(k, norm, x) : null;
                for (int i = 0; i < chunk.members().length; i++) {
                    Tensor logits = model.logits(k, head, k.tensors().rows(x, i, i + 1L)); // [1, 1, V]
                    Tensor wide = k.tensors().convert(logits, DType.FLOAT64);
                    scored.take(
                            chunk.members()[i],
                            (numerics.precision().onCpu() ? wide : k.tensors().toDevice(wide, "cpu")).toDoubles(),
                            gated ? gates[i] : 1);
                }
            }
        }
    }

    private Forward forward(Kernels k) {
        return new Forward(k, plan.ingredients());
    }

    @Override
    public void close() {
        source.close();
        scope.close();
    }
}
