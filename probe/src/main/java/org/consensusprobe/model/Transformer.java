package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Draw;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.ExpectedTensor;
import org.consensusprobe.weights.Parts;
import org.consensusprobe.weights.Stack;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.TensorTable;
import org.consensusprobe.weights.Weights;

/**
 * One architecture at one size: which tensors it has, how they are initialised, and what a block does with them.
 *
 * <p>Implementations hold sizes and no weights. Shapes: B prompts, T tokens, D model width.
 */
public interface Transformer extends Parts {
    /** Poolers, and the heads of every task that transformers' classes save beside a model of any family. */
    Pattern TASK_HEADS =
            Pattern.compile("(score|classifier|qa_outputs|lm_head|embed_out|cls|pooler|predictions|sop_classifier"
                    + "|multiple_choice_head|v_head)\\..*");

    /** What classes of transformers that serve many families, such as those for question answering, put before names. */
    List<String> GENERIC_PREFIXES = List.of("transformer.");

    /** The sizes that the rest of the program needs to know. */
    Sizes sizes();

    /** What may stand before the names of tensors in a file. */
    List<String> prefixes();

    /** Names of stored tensors, without a prefix, that are not read, besides {@link #TASK_HEADS}: mask buffers, old tables. */
    List<Pattern> ignorable();

    /**
     * The hidden states that enter the first layer, h0.
     *
     * @param w the embedding tables
     * @param ids int64 [B, T]; of a model that takes {@link #images}, their pixels [B, C, H, W]
     * @param dtype the dtype of hidden states
     * @return [B, T, D]
     */
    Tensor embed(Kernels kernels, Weights w, Tensor ids, DType dtype);

    /**
     * One block, in place.
     *
     * @param f the steps it is written in, which know whether the feed-forward half runs
     * @param w the layer's weights
     * @param x [B, T, D]: the residual stream, overwritten by the block's output
     */
    void block(Forward f, Weights w, int layer, Tensor x);

    /** The norm after the last block: x [B, T, D] -> [B, T, D]. */
    Tensor finalNorm(Forward f, Weights w, Tensor x);

    /** The matrix [V, D] that scores the next token: the token table's name where the head is tied to it. */
    default String headName() {
        return "lm_head.weight";
    }

    @Override
    default List<TensorSpec> head() {
        return List.of(TensorSpec.linear("", headName(), sizes().vocabulary(), sizes().width()));
    }

    /**
     * Scores of the next token, before a softmax.
     *
     * @param w the tensors of {@link #head()}
     * @param x [.., D], after the final norm
     * @return [.., V]
     */
    default Tensor logits(Kernels kernels, Weights w, Tensor x) {
        return kernels.linear(x, w.get(headName()), null);
    }

    /** What a vision model takes; empty for a model of text. */
    default Optional<ImageInput> images() {
        return Optional.empty();
    }

    /** The loop that the model was trained in; empty for one that goes through its layers once. */
    default Optional<OwnLoop> ownLoop() {
        return Optional.empty();
    }

    /**
     * What the gate of a looped model says of every token after a pass: how likely it is the last, given that it was reached.
     *
     * @param w the tensors of {@link #finalNorm()}
     * @param x [B, T, D], after the final norm
     * @return B T probabilities
     */
    default double[] exitGate(Kernels kernels, Weights w, Tensor x) {
        throw new IllegalStateException(sizes().modelType() + " has no gate");
    }

    /**
     * What enters the first looped layer of every pass, in a model whose loop is given what came before it again and again.
     *
     * @param w the weights of the first looped layer
     * @param x [B, T, D], what the pass before handed on
     * @param injected [B, T, D], what the layers before the loop returned
     * @return [B, T, D]
     */
    default Tensor inject(Forward f, Weights w, Tensor x, Tensor injected) {
        throw new IllegalStateException(sizes().modelType() + " has no layers before its loop");
    }

    /** How the state is drawn that enters such a loop, where it is to be drawn. */
    default Draw initialDraw() {
        throw new IllegalStateException(sizes().modelType() + " starts from its embedding");
    }

    /** Whether the loop that the model was trained in is given what came before it in every pass. */
    default boolean isInjected() {
        return ownLoop().filter(OwnLoop::injected).isPresent();
    }

    /**
     * A plan in which the model's own values stand where nothing else was asked for.
     *
     * @throws org.consensusprobe.common.Problem if something was asked for that the model's loop does not have
     */
    default RunPlan fit(RunPlan plan) {
        OwnLoop.requireInitial(plan, isInjected(), sizes().modelType());
        return ownLoop().map(loop -> loop.fit(plan, this)).orElse(plan);
    }

    /**
     * The matrices of one layer's attention.
     *
     * @param w the layer's weights, with or without its feed-forward half
     */
    Projections projections(Kernels kernels, Weights w);

    /**
     * Sizes of a transformer.
     *
     * @param modelType the {@code model_type} of its config
     * @param layers blocks in one pass
     * @param width the model width D
     * @param heads attention heads
     * @param context the longest prompt, in tokens
     * @param vocabulary number of token ids; 0 for a vision model
     * @param inner the feed-forward width
     */
    record Sizes(String modelType, int layers, int width, int heads, int context, int vocabulary, int inner) {}

    /**
     * Values that one block holds at most at a time for each token of a chunk, besides the stream: the larger of what attention
     * and the feed-forward half make. By default normed x, q, k, v, a copy of what a product gets, and heads; normed x and its
     * branch, the inner values, and their copy for a product.
     *
     * @param tokens of a prompt
     */
    default long valuesPerToken(int tokens, boolean feedForward) {
        long inner = feedForward ? 2L * sizes().width() + 2L * sizes().inner() : 0;
        return Math.max(6L * sizes().width(), Forward.perToken(inner, tokens));
    }

    /** The widest window of any layer, in tokens; 0 if no layer has one. */
    default int window() {
        return 0;
    }

    /** Whether a token sees only itself and those before it; in encoders every token sees every token. */
    default boolean causal() {
        return true;
    }

    /** Endings that names of tensors had in old files, and what has become of them. */
    default Map<String, String> oldEndings() {
        return Map.of();
    }

    /** Whether a head's tensor carries the prefix of the other tensors: most, as {@code lm_head.weight}, do not. */
    default boolean headUnderPrefix(TensorSpec spec) {
        return false;
    }

    /**
     * Layers that are mixtures of experts.
     *
     * @param experts of each such layer
     * @param chosen how many of them a token is sent to
     */
    record Mixture(int experts, int chosen) {}

    /** Its mixtures of experts; empty where every token passes all that a layer has. */
    default Optional<Mixture> mixture() {
        return Optional.empty();
    }

    /** Tensors that files may have in place of several: matrices of all experts of a layer in one. */
    default List<Stack> stacks() {
        return List.of();
    }

    /** The head that files keep where it is not tied to the token table. */
    default String ownHeadName() {
        return "lm_head.weight";
    }

    /** What the files of this model contain. */
    default TensorTable.Layout fileLayout() {
        List<ExpectedTensor> expected = allTensors().stream()
                .map(spec -> new ExpectedTensor(spec.name(), spec.shape(), true))
                .toList();
        Set<String> read = expected.stream().map(ExpectedTensor::name).collect(Collectors.toSet());
        List<ExpectedTensor> heads = head().stream()
                .filter(spec -> !read.contains(spec.name()))
                .map(spec -> new ExpectedTensor(spec.name(), spec.shape(), headUnderPrefix(spec)))
                .toList();
        Map<String, ExpectedTensor> tied = head().stream()
                .filter(spec -> read.contains(spec.name()))
                .collect(Collectors.toMap(
                        TensorSpec::name, spec -> new ExpectedTensor(ownHeadName(), spec.shape(), false)));
        List<String> prefixes = new ArrayList<>(prefixes());
        prefixes.addAll(GENERIC_PREFIXES);
        List<Pattern> ignorable = new ArrayList<>(ignorable());
        ignorable.add(TASK_HEADS);
        Map<String, String> endings = new HashMap<>(oldEndings());
        if (causal()) { // it may be the text part of a larger model
            TextPart.prefixes(prefixes()).forEach(prefixes::add);
            ignorable.add(TextPart.BESIDE);
            endings.putAll(TextPart.OLD_HEADS);
        }
        return new TensorTable.Layout(
                expected, heads, tied, prefixes.stream().distinct().toList(), ignorable, endings, stacks());
    }
}
