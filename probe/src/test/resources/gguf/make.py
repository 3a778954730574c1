"""The GGUF files of this folder, with llama.cpp's names and conventions (convert_hf_to_gguf.py), by the gguf package.

usage: make.py REFERENCE_DIR      needs numpy, gguf, safetensors, torch and transformers; no part of the build

REFERENCE_DIR holds tiny-gpt2 and families/tiny-llama ...: each becomes tiny-*.gguf in float32.
types.gguf has a tensor of random bytes for each type, types.safetensors what gguf.dequantize makes of it.
tables.gguf and tables.safetensors the same for the types that go by tables.
quantised.gguf is a llama in eight types, quantised/ the same as Hugging Face keeps it, dequantised.
"""
import json, os, sys
import numpy as np, torch
from gguf import GGMLQuantizationType as T, GGUFWriter, GGML_QUANT_SIZES, dequantize, quantize
from safetensors.torch import load_file, save_file

GATED = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
         "self_attn.qkv_proj": "attn_qkv", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
         "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.gate_up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
         "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
GEMMA2 = {**GATED, "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
          "post_feedforward_layernorm": "post_ffw_norm"}
GPT2 = {"attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
        "ln_1": "attn_norm", "ln_2": "ffn_norm"}
OUTSIDE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "transformer.wte": "token_embd",
           "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm"}

def gguf_name(name, arch):
    base, kind = name.rsplit(".", 1)
    if base in OUTSIDE: return OUTSIDE[base] + "." + kind
    parts = base.split(".")
    table = {"gpt2": GPT2, "gemma2": GEMMA2}.get(arch, GATED)
    return f"blk.{parts[2]}.{table['.'.join(parts[3:])]}.{kind}"

def permute(w, heads):
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)

def metadata(w, arch, c):
    if arch == "gpt2":
        w.add_block_count(c["n_layer"]); w.add_context_length(c["n_positions"]); w.add_embedding_length(c["n_embd"])
        w.add_feed_forward_length(4 * c["n_embd"]); w.add_head_count(c["n_head"]); w.add_layer_norm_eps(c["layer_norm_epsilon"])
        return
    w.add_block_count(c["num_hidden_layers"]); w.add_context_length(c["max_position_embeddings"])
    w.add_embedding_length(c["hidden_size"]); w.add_feed_forward_length(c["intermediate_size"])
    w.add_head_count(c["num_attention_heads"]); w.add_head_count_kv(c["num_key_value_heads"])
    w.add_layer_norm_rms_eps(c["rms_norm_eps"]); w.add_rope_freq_base(10000.0)
    head = c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    if arch in ("llama", "phi3"): w.add_rope_dimension_count(head)
    if head != c["hidden_size"] // c["num_attention_heads"]: w.add_key_length(head); w.add_value_length(head)
    if arch == "gemma2":
        w.add_attn_logit_softcapping(c["attn_logit_softcapping"]); w.add_final_logit_softcapping(c["final_logit_softcapping"])
        w.add_sliding_window(c["sliding_window"])

def convert(folder, out):
    c = json.load(open(os.path.join(folder, "config.json")))
    arch = c["model_type"]
    w = GGUFWriter(out, arch); w.add_name(os.path.basename(folder)); metadata(w, arch, c)
    for name, t in load_file(os.path.join(folder, "model.safetensors")).items():
        a = t.float().numpy(); n = gguf_name(name, arch)
        if arch == "llama" and ".attn_q." in n: a = permute(a, c["num_attention_heads"])
        if arch == "llama" and ".attn_k." in n: a = permute(a, c["num_key_value_heads"])
        if arch.startswith("gemma") and name.endswith("norm.weight"): a = a + 1
        if arch == "gpt2" and a.ndim == 2 and n.startswith("blk."): a = np.ascontiguousarray(a.T)
        w.add_tensor(n, a)
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()

QUANTISED = [T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K]
HALVES = {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q2_K: [80, 82], T.Q3_K: [108], T.Q4_K: [0, 2],
          T.Q5_K: [0, 2], T.Q6_K: [208]}

def types(out):
    random = np.random.default_rng(7)
    w = GGUFWriter(out + ".gguf", "llama"); expected = {}
    def add(name, data, t):
        w.add_tensor(name, data, raw_dtype=t)
        expected[name] = torch.from_numpy(dequantize(data, t).astype(np.float32).copy())
    for t in QUANTISED:
        size, bytes = GGML_QUANT_SIZES[t]
        blocks = random.integers(0, 256, (3, 512 // size * bytes), dtype=np.uint8)
        by_block = blocks.reshape(-1, bytes)
        for at in HALVES[t]: # every finite float16, subnormal ones too
            by_block[:, at + 1] = np.where((by_block[:, at + 1] & 0x7c) == 0x7c, by_block[:, at + 1] & 0xbf, by_block[:, at + 1])
        add(t.name, blocks, t)
    f = random.standard_normal((3, 512)).astype(np.float32)
    add("F32", f, T.F32); add("F16", f.astype(np.float16), T.F16); add("BF16", quantize(f, T.BF16), T.BF16)
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
    save_file(expected, out + ".safetensors")

TABLES = [T.Q8_K, T.IQ1_S, T.IQ1_M, T.IQ2_XXS, T.IQ2_XS, T.IQ2_S, T.IQ3_XXS, T.IQ3_S, T.IQ4_NL, T.IQ4_XS, T.TQ1_0, T.TQ2_0, T.MXFP4,
          T.NVFP4]

def q8_k(blocks):  # the package has none: a float32 scale, 256 signed bytes, sums
    return (blocks[:, :4].copy().view(np.float32) * blocks[:, 4:260].view(np.int8).astype(np.float32)).reshape(1, -1)

def tables(out):
    random = np.random.default_rng(8)
    w = GGUFWriter(out + ".gguf", "llama"); expected = {}
    for t in TABLES:
        size, bytes = GGML_QUANT_SIZES[t]
        blocks = random.integers(0, 256, (512 // size, bytes), dtype=np.uint8)
        if t in (T.MXFP4, T.NVFP4): blocks[:, 0] %= 250 # an exponent
        elif t == T.Q8_K: blocks[:, 3] = 0x3c
        else: # a float16 that is finite
            at = {T.IQ1_M: 55, T.TQ1_0: 53, T.TQ2_0: 65}.get(t, 1)
            blocks[:, at] &= 0xbf
        w.add_tensor(t.name, blocks.reshape(1, -1), raw_dtype=t)
        values = q8_k(blocks) if t == T.Q8_K else dequantize(blocks.reshape(1, -1), t)
        expected[t.name] = torch.from_numpy(values.astype(np.float32).copy())
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
    save_file(expected, out + ".safetensors")

def quantised(out):
    from transformers import LlamaConfig, LlamaForCausalLM
    torch.manual_seed(5)
    c = LlamaConfig(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                    vocab_size=97, max_position_embeddings=64, rms_norm_eps=1e-5, tie_word_embeddings=True)
    m = LlamaForCausalLM(c).float()
    with torch.no_grad():
        for p in m.parameters(): p.add_(torch.randn_like(p) * (0.1 if p.ndim > 1 else 0.3))
    kinds = {"token_embd": T.Q8_0, "attn_q": T.Q4_1, "attn_k": T.Q5_1, "attn_v": T.Q5_0, "attn_output": T.Q4_0, "ffn_gate": T.F16,
             "ffn_up": T.BF16, "ffn_down": T.Q8_0}
    d = {**c.to_dict(), "torch_dtype": "float32"}
    w = GGUFWriter(out + ".gguf", "llama"); metadata(w, "llama", d)
    there = {}
    for name, t in m.state_dict().items():
        if name == "lm_head.weight": continue
        a = t.numpy(); n = gguf_name(name, "llama"); heads = {"attn_q": 4, "attn_k": 2}.get(n.split(".")[-2], 0)
        kind = kinds.get(n.split(".")[-2], T.F32)
        q = quantize(permute(a, heads) if heads else a, kind)
        w.add_tensor(n, q, raw_dtype=kind if kind not in (T.F32, T.F16) else None)
        back = dequantize(q, kind).astype(np.float32)
        if heads: back = back.reshape(heads, -1, 2, 64).swapaxes(1, 2).reshape(back.shape)
        there[name] = torch.from_numpy(np.ascontiguousarray(back))
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
    os.makedirs(out, exist_ok=True)
    save_file(there, out + "/model.safetensors", metadata={"format": "pt"})
    config = dict(model_type="llama", hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
                  num_key_value_heads=2, hidden_act="silu", rms_norm_eps=1e-5, rope_theta=10000.0, max_position_embeddings=64,
                  vocab_size=97, tie_word_embeddings=True)
    json.dump(config, open(out + "/config.json", "w"), indent=2)

def main():
    reference = sys.argv[1]
    here = os.path.dirname(os.path.abspath(__file__))
    convert(f"{reference}/tiny-gpt2", f"{here}/tiny-gpt2.gguf")
    for family in ("llama", "qwen2", "qwen3", "gemma", "gemma2", "phi3"):
        convert(f"{reference}/families/tiny-{family}", f"{here}/tiny-{family}.gguf")
    types(f"{here}/types"); tables(f"{here}/tables"); quantised(f"{here}/quantised")

if __name__ == "__main__": main()
