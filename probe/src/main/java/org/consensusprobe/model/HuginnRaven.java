package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Draw;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Huginn, {@code model_type} "huginn_raven", a model of recurrent depth (Geiping et al. 2025, arXiv 2502.05171): a prelude of blocks
 * makes e of the embedding, a core is gone through {@code mean_recurrence} times, a coda reads what it leaves. Before every pass an
 * adapter, which belongs to the first core layer here, makes one state of the core's own and e. The final norm stands behind
 * the core and again behind the coda.
 *
 * <p>Blocks have a norm before each half, and one after it and its skip.
 */
final class HuginnRaven implements Transformer {
    private static final int MAX_SIZE = 1 << 22;
    private static final int MOST_LAYERS = 100_000;
    private static final int MOST_PASSES = 1_000_000;
    private static final String ADAPTER = "adapter";
    private static final String QK_BIAS = "attn.qk_bias";
    /** Draws are cut off at so many standard deviations. */
    private static final double CUT = 3;

    private final int width;
    private final int heads;
    private final int inner;
    private final int context;
    private final int vocabulary;
    private final int prelude;
    private final int core;
    private final int coda;
    private final double eps;
    private final boolean adapterBias;
    private final boolean queryKeyBias;
    private final boolean tiedHead;
    private final double outDeviation;
    private final double startDeviation;
    private final Rotary rotary;
    private final OwnLoop loop;

    private HuginnRaven(JsonFields f) {
        refuseOthers(f);
        width = size(f, "n_embd", "hidden_size", 5280);
        heads = size(f, "n_heads", "num_attention_heads", 55);
        if (width % heads != 0 || width / heads % 2 != 0) {
            throw f.refused(
                    f.has("n_heads") ? "n_heads" : "num_attention_heads",
                    "a divisor of n_embd, " + width + ", that leaves heads of an even size");
        }
        if (f.has("num_key_value_heads") && f.positiveInt("num_key_value_heads", MAX_SIZE) != heads) {
            throw f.refused("num_key_value_heads", "as many as query heads, " + heads);
        }
        inner = f.positiveIntOr("intermediate_size", 17_920, MAX_SIZE);
        context = f.positiveIntOr("block_size", 4096, Integer.MAX_VALUE);
        vocabulary = f.positiveIntOr("padded_vocab_size", f.positiveIntOr("vocab_size", 65_536, 1 << 26), 1 << 26);
        prelude = f.integerOr("n_layers_in_prelude", 2, 0, MOST_LAYERS);
        core = f.positiveIntOr("n_layers_in_recurrent_block", 4, MOST_LAYERS);
        coda = f.integerOr("n_layers_in_coda", 2, 0, MOST_LAYERS);
        eps = f.positiveNumberOr("norm_eps", 1e-6);
        adapterBias = f.boolOr("bias", false);
        queryKeyBias = f.boolOr("qk_bias", true);
        tiedHead = f.boolOr("tie_embeddings", true);
        f.implementedOnly("tie_word_embeddings", tiedHead, null);
        int passes = f.positiveIntOr("mean_recurrence", 32, MOST_PASSES);
        int depth = f.positiveIntOr(
                "effective_expected_depth",
                (int) Math.min(Integer.MAX_VALUE, prelude + coda + (long) core * passes),
                Integer.MAX_VALUE);
        outDeviation = initializerRange() / Math.sqrt(2.0 * depth);
        startDeviation = f.filledObject("init_values")
                .flatMap(values -> values.optionalNumber("std"))
                .orElse(initializerRange());
        rotary = Rotary.of(f, f, f.positiveNumberOr("rope_base", 50_000), width / heads, width / heads, context);
        loop = OwnLoop.injected(prelude, prelude + core - 1, passes);
    }

    static HuginnRaven of(JsonFields f) {
        return new HuginnRaven(f);
    }

    /** What the public file has no other form of, and what is noise. */
    private static void refuseOthers(JsonFields f) {
        f.implementedOnly("architecture_class_name", "RecurrentGPT", null);
        f.implementedOnly("block_class_name", "SandwichBlock", null);
        f.implementedOnly("norm_class_name", "RMSNorm_llama", null);
        f.implementedOnly("mlp_class_name", "GatedMLP", null);
        f.implementedOnly("nonlin_name", "SiLU", null);
        f.implementedOnly("injection_type", "linear", null);
        f.implementedOnly("test_time_noise", 0, null);
        f.implementedOnly("rope_scaling", (Object) null);
    }

    /** A size by its own name or the one that transformers maps to it. */
    private static int size(JsonFields f, String name, String general, int fallback) {
        int own = f.positiveIntOr(name, f.positiveIntOr(general, fallback, MAX_SIZE), MAX_SIZE);
        if (f.has(general) && f.positiveInt(general, MAX_SIZE) != own) {
            throw f.refused(general, name + ", " + own);
        }
        return own;
    }

    @Override
    public Sizes sizes() {
        return new Sizes("huginn_raven", layers(), width, heads, context, vocabulary, inner);
    }

    @Override
    public int layers() {
        return prelude + core + coda;
    }

    @Override
    public Optional<OwnLoop> ownLoop() {
        return Optional.of(loop);
    }

    @Override
    public List<String> prefixes() {
        return List.of("transformer.");
    }

    /** The table of rotary positions. */
    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("freqs_cis"));
    }

    @Override
    public double initializerRange() {
        return Math.sqrt(2.0 / (5 * width));
    }

    @Override
    public Draw draw(TensorSpec spec) {
        double out = spec.role().endsWith("proj.weight") || spec.role().equals("mlp.fc.weight")
                ? outDeviation
                : initializerRange();
        double first = spec.role().equals("mlp.fc.weight") ? initializerRange() : out; // the gate; the rest of it is up
        return new Draw(first, out, CUT);
    }

    @Override
    public Draw initialDraw() {
        double deviation = startDeviation * Math.sqrt(width);
        return new Draw(deviation, deviation, CUT);
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(TensorSpec.state("", "wte.weight", vocabulary, width));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = part(layer);
        List<TensorSpec> specs = new ArrayList<>(List.of(
                TensorSpec.gain(h, "norm_1.weight", width),
                TensorSpec.linear(h, "attn.Wqkv.weight", 3L * width, width),
                TensorSpec.linear(h, "attn.proj.weight", width, width),
                TensorSpec.gain(h, "norm_2.weight", width)));
        if (queryKeyBias) {
            specs.add(TensorSpec.bias(h, QK_BIAS, 2, 1, heads, width / heads));
        }
        if (feedForward) {
            specs.add(TensorSpec.gain(h, "norm_3.weight", width));
            specs.add(TensorSpec.linear(h, "mlp.fc.weight", 2L * inner, width));
            specs.add(TensorSpec.linear(h, "mlp.proj.weight", width, inner));
            specs.add(TensorSpec.gain(h, "norm_4.weight", width));
        }
        if (layer == prelude) {
            specs.add(TensorSpec.linear("", ADAPTER + ".weight", width, 2L * width));
            if (adapterBias) {
                specs.add(TensorSpec.bias("", ADAPTER + ".bias", width));
            }
        }
        return specs;
    }

    private String part(int layer) {
        if (layer < prelude) {
            return "prelude." + layer + ".";
        }
        return layer < prelude + core
                ? "core_block." + (layer - prelude) + "."
                : "coda." + (layer - prelude - core) + ".";
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return List.of(TensorSpec.gain("", "ln_f.weight", width));
    }

    @Override
    public String headName() {
        return tiedHead ? "wte.weight" : "lm_head.weight";
    }

    // normed x, q, k, v with their copies, heads; normed x and its branch, the inner values twice; x beside e, and both
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long branch = feedForward ? 3L * width + 3L * inner : 0;
        return Math.max(9L * width, Forward.perToken(branch, tokens));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("wte.weight"), ids, Math.sqrt(width), dtype); // [B, T, D]
    }

    @Override
    public Tensor inject(Forward f, Weights w, Tensor x, Tensor injected) {
        Tensor both = f.kernels().beside(x, injected); // [B, T, 2 D]
        return f.linear(both, w.get(ADAPTER + ".weight"), w.orNull(ADAPTER + ".bias")); // [B, T, D]
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> attention(g, w, x)); // [B, T, D]
        f.add(x, f.attentionBranch(x, f.linear(heads, w.get("attn.proj.weight"), null)));
        normalise(f, w, "norm_2.weight", x);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = g.rmsNorm(part, w.get("norm_3.weight"), eps); // [B, t, D]
                Tensor fc = w.get("mlp.fc.weight"); // [2 F, D]
                Tensor gate = g.kernels().tensors().rowsView(fc, 0, inner); // [F, D]
                Tensor up = g.kernels().tensors().rowsView(fc, inner, 2L * inner); // [F, D]
                Tensor values = g.gated(m, gate, null, up, null, Activation.SILU); // [B, t, F]
                g.addFeedForward(part, values, w.get("mlp.proj.weight"), null);
                normalise(g, w, "norm_4.weight", part);
            });
        }
    }

    private Tensor attention(Forward f, Weights w, Tensor x) {
        Kernels k = f.kernels();
        Tensor a = f.rmsNorm(x, w.get("norm_1.weight"), eps); // [B, T, D]
        Tensor qkv = f.linear(a, w.get("attn.Wqkv.weight"), null); // [B, T, 3 D]
        Tensor query = biased(k, w, k.columns(qkv, 0, width), 0); // [B, T, D]
        Tensor key = biased(k, w, k.columns(qkv, width, 2L * width), 1); // [B, T, D]
        Tensor value = k.columns(qkv, 2L * width, 3L * width); // [B, T, D]
        AttentionShape shape = new AttentionShape(heads, heads, 1 / Math.sqrt(width / (double) heads), true, 0, 0, 1);
        return f.attention(rotated(f, query), rotated(f, key), value, shape); // [B, T, D]
    }

    /** Entries 2i and 2i + 1 of each head are turned together; they come to lie as i and n + i, which leaves all scores alone. */
    private Tensor rotated(Forward f, Tensor x) {
        Kernels k = f.kernels();
        long[] whole = x.shape();
        long[] halves = {whole[0], whole[1], heads, width / heads / 2};
        Tensor pairs = k.tensors().reshape(x, new long[] {whole[0], whole[1], width / 2, 2}); // [B, T, H n, 2]
        Tensor even = k.tensors().reshape(k.columns(pairs, 0, 1), halves); // [B, T, H, n]
        Tensor odd = k.tensors().reshape(k.columns(pairs, 1, 2), halves); // [B, T, H, n]
        return f.rotate(k.tensors().reshape(k.beside(even, odd), whole), heads, rotary); // [B, T, D]
    }

    /** A query or key [B, T, D] with the bias of its heads, [D]. */
    private Tensor biased(Kernels k, Weights w, Tensor x, long which) {
        if (!queryKeyBias) {
            return x;
        }
        Tensor bias =
                k.tensors().reshape(k.tensors().rowsView(w.get(QK_BIAS), which, which + 1), new long[] {width}); // [D]
        return k.affine(x, null, bias); // [B, T, D]
    }

    private void normalise(Forward f, Weights w, String gain, Tensor x) {
        try (Tensor normed = f.rmsNorm(x, w.get(gain), eps)) { // [B, T, D]
            f.kernels().overwrite(x, normed);
        }
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return f.rmsNorm(x, w.get("ln_f.weight"), eps); // [B, T, D]
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        Tensor qkv = w.get("attn.Wqkv.weight"); // [3 D, D]
        return new Projections(
                k.tensors().rows(qkv, 0, width),
                k.tensors().rows(qkv, width, 2L * width),
                k.tensors().rows(qkv, 2L * width, 3L * width),
                w.get("attn.proj.weight"),
                heads,
                heads,
                Optional.of(w.get("norm_1.weight")),
                false);
    }
}
