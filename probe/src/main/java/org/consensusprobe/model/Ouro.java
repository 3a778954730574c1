package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Ouro, {@code model_type} "ouro", a looped language model (Zhu et al. 2025): Llama's attention and gated feed-forward with
 * a norm before and after each half, inside the skip. Trained to go through its layers {@code total_ut_steps} times, the
 * final norm ending each pass, which is this program's plain run of so many passes. After each of them a gate, a linear map of
 * the normed state, says how likely it is the last.
 */
final class Ouro extends RotaryDecoder {
    private static final String GATE = "early_exit_gate";
    private static final int MOST_PASSES = 1_000_000;

    private final Rotary rotary;
    private final List<Integer> windows;
    private final OwnLoop loop;

    private Ouro(DecoderConfig config, Rotary rotary, Mlp mlp, List<Integer> windows, int passes) {
        super(config, Norm.RMS, mlp);
        this.rotary = rotary;
        this.windows = windows;
        this.loop = new OwnLoop(0, config.layers() - 1, passes, true, false);
    }

    static Ouro of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f,
                "ouro",
                DecoderConfig.Defaults.of(151_936, 4096, 22_016, 32, 32, 32_768).withKeyValueHeads(32, true));
        f.implementedOnly("early_exit_step", (Object) null);
        f.optionalNumber("early_exit_threshold"); // when generate of its own class ends; here --exit says it
        return new Ouro(
                config,
                config.wholeRotary(f),
                Mlp.gated(config, false, activation(f, "hidden_act", "silu")),
                Qwen2.switchableWindows(f, config.layers()),
                f.integerOr("total_ut_steps", 4, 1, MOST_PASSES));
    }

    @Override
    public Optional<OwnLoop> ownLoop() {
        return Optional.of(loop);
    }

    /** With the gate, which reads what the norm returns. */
    @Override
    public List<TensorSpec> finalNorm() {
        List<TensorSpec> specs = new ArrayList<>(super.finalNorm());
        specs.add(TensorSpec.state("", GATE + ".weight", 1, c.width()));
        specs.add(TensorSpec.state("", GATE + ".bias", 1));
        return specs;
    }

    @Override
    public double[] exitGate(Kernels k, Weights w, Tensor x) {
        return k.measures().reduce("gate", x, w.get(GATE + ".weight"), w.get(GATE + ".bias"));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, false, false);
        specs.addAll(norm(h, "input_layernorm_2"));
        if (feedForward) {
            specs.addAll(norm(h, "post_attention_layernorm"));
            specs.addAll(mlp.tensors(h));
            specs.addAll(norm(h, "post_attention_layernorm_2"));
        }
        return specs;
    }

    // the branches before the norms that end them
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + 3L * c.width();
    }

    @Override
    public int window() {
        return Windows.widest(windows);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(windows.get(layer)), (q, which, n) -> g.rotate(q, n, rotary));
        }); // [B, T, H d]
        addNormedAttention(f, w, x, heads, "input_layernorm_2");
        addNormedFeedForward(f, w, x, "post_attention_layernorm", "post_attention_layernorm_2");
    }
}
