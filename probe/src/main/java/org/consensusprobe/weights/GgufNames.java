package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Hugging Face names of an architecture's tensors by llama.cpp's ({@code gguf-py/gguf/tensor_mapping.py}), and what
 * llama.cpp's conversion changes in them ({@code convert_hf_to_gguf.py}).
 */
final class GgufNames {
    /** {@code blk.3.attn_q.weight}: layer, what, weight or bias. */
    private static final Pattern IN_LAYER = Pattern.compile("blk\\.(\\d{1,6})\\.(\\w+)\\.(weight|bias)");

    private static final Pattern OUTSIDE = Pattern.compile("(\\w+)\\.(weight|bias)");

    /** Tensors that say something of rotary positions; the config has it. */
    private static final Pattern ROTARY = Pattern.compile(
            "(rope_freqs|rope_factors_(long|short)|blk\\.\\d{1,6}\\.(attn_rot_embd|rope_freqs))\\.weight");

    private final String layers;
    private final Map<String, String> names;
    private final Map<String, Convention> conventions;

    private GgufNames(String layers, Map<String, String> names, Map<String, Convention> conventions) {
        this.layers = layers;
        this.names = names;
        this.conventions = conventions;
    }

    /** What a tensor is called there, and how the file keeps it otherwise. */
    record HuggingFace(String name, Convention convention) {}

    /** The names of an architecture at the sizes of a config. */
    static GgufNames of(GgufArchitecture architecture, JsonNode config) {
        return switch (architecture) {
            case LLAMA -> new GgufNames(
                    "model.layers.",
                    gated(),
                    Map.of(
                            "attn_q",
                                    Convention.rotaryPairs(
                                            config.path("num_attention_heads").asInt()),
                            "attn_k",
                                    Convention.rotaryPairs(
                                            config.path("num_key_value_heads").asInt())));
            case QWEN2, QWEN3 -> new GgufNames("model.layers.", gated(), Map.of());
            case PHI3 -> phi3();
            case GEMMA -> new GgufNames(
                    "model.layers.",
                    gated(),
                    Map.of(
                            "attn_norm", Convention.ONE_ADDED,
                            "ffn_norm", Convention.ONE_ADDED,
                            "output_norm", Convention.ONE_ADDED));
            case GEMMA2 -> gemma2();
            case GPT2 -> gpt2();
        };
    }

    /** Whether a tensor is no weight but says something of the model. */
    boolean isMetadata(String name) {
        return ROTARY.matcher(name).matches();
    }

    /** The name there; the file's own where it is not known. */
    HuggingFace huggingFace(String name) {
        Matcher inLayer = IN_LAYER.matcher(name);
        if (inLayer.matches() && names.containsKey(inLayer.group(2))) {
            String there = layers + inLayer.group(1) + "." + names.get(inLayer.group(2)) + "." + inLayer.group(3);
            return new HuggingFace(there, convention(inLayer.group(2), inLayer.group(3)));
        }
        Matcher outside = OUTSIDE.matcher(name);
        if (outside.matches() && names.containsKey(outside.group(1))) {
            return new HuggingFace(
                    names.get(outside.group(1)) + "." + outside.group(2),
                    convention(outside.group(1), outside.group(2)));
        }
        return new HuggingFace(name, Convention.HUGGING_FACE);
    }

    private Convention convention(String what, String kind) {
        Convention convention = conventions.getOrDefault(what, Convention.HUGGING_FACE);
        boolean vector = kind.equals("bias");
        return vector && convention.equals(Convention.TRANSPOSED) ? Convention.HUGGING_FACE : convention;
    }

    /** Llama and those that keep its names. */
    private static Map<String, String> gated() {
        return Map.ofEntries(
                Map.entry("token_embd", "model.embed_tokens"),
                Map.entry("output_norm", "model.norm"),
                Map.entry("output", "lm_head"),
                Map.entry("attn_norm", "input_layernorm"),
                Map.entry("attn_q", "self_attn.q_proj"),
                Map.entry("attn_k", "self_attn.k_proj"),
                Map.entry("attn_v", "self_attn.v_proj"),
                Map.entry("attn_qkv", "self_attn.qkv_proj"),
                Map.entry("attn_output", "self_attn.o_proj"),
                Map.entry("attn_q_norm", "self_attn.q_norm"),
                Map.entry("attn_k_norm", "self_attn.k_norm"),
                Map.entry("ffn_norm", "post_attention_layernorm"),
                Map.entry("ffn_gate", "mlp.gate_proj"),
                Map.entry("ffn_up", "mlp.up_proj"),
                Map.entry("ffn_down", "mlp.down_proj"));
    }

    private static GgufNames phi3() {
        Map<String, String> names = new HashMap<>(gated());
        names.remove("ffn_gate");
        names.put("ffn_up", "mlp.gate_up_proj"); // one matrix, the gate's rows first
        return new GgufNames("model.layers.", names, Map.of());
    }

    private static GgufNames gemma2() {
        Map<String, String> names = new HashMap<>(gated());
        names.put("post_attention_norm", "post_attention_layernorm");
        names.put("ffn_norm", "pre_feedforward_layernorm");
        names.put("post_ffw_norm", "post_feedforward_layernorm");
        return new GgufNames(
                "model.layers.",
                names,
                Map.of(
                        "attn_norm", Convention.ONE_ADDED,
                        "post_attention_norm", Convention.ONE_ADDED,
                        "ffn_norm", Convention.ONE_ADDED,
                        "post_ffw_norm", Convention.ONE_ADDED,
                        "output_norm", Convention.ONE_ADDED));
    }

    private static GgufNames gpt2() {
        return new GgufNames(
                "transformer.h.",
                Map.ofEntries(
                        Map.entry("token_embd", "transformer.wte"),
                        Map.entry("position_embd", "transformer.wpe"),
                        Map.entry("output_norm", "transformer.ln_f"),
                        Map.entry("output", "lm_head"),
                        Map.entry("attn_norm", "ln_1"),
                        Map.entry("attn_qkv", "attn.c_attn"),
                        Map.entry("attn_output", "attn.c_proj"),
                        Map.entry("ffn_norm", "ln_2"),
                        Map.entry("ffn_up", "mlp.c_fc"),
                        Map.entry("ffn_down", "mlp.c_proj")),
                Map.of(
                        "attn_qkv", Convention.TRANSPOSED,
                        "attn_output", Convention.TRANSPOSED,
                        "ffn_up", Convention.TRANSPOSED,
                        "ffn_down", Convention.TRANSPOSED));
    }
}
