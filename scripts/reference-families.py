"""Tiny checkpoints of families of models, and what transformers' own modules give on them in float64.

Writes folders below probe/src/test/resources/families, each named FAMILY-WHAT: config.json, weights in bfloat16 drawn so that
every bias and norm shows, prompts.json, and for 4 passes with and without feed-forward the error of every prompt and block
output (1 - mean cosine to token 1), the hidden states after the last pass, and of models that score tokens the mean entropy of
the next token after each pass. A test holds the program to every folder that is there.

A pass is all layers and the final norm; its output enters the first layer of the next pass as it is, in place of what the model
would make of the ids: a hook replaces it, so that masks, rotary tables, windows, experts and caps are the model's own. What the
modules do in float32 whatever the model's dtype (rotary tables, norms, scores, softmax) is done in float64. Checked on the way:
the first pass is the model's own forward, and tokens see only those before them.

    pip install torch transformers; python scripts/reference-families.py [FAMILY...]
"""

import json
import pathlib
import shutil
import sys
import tempfile
import warnings

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

OUT = pathlib.Path(__file__).parent.parent / "probe/src/test/resources/families"
PASSES = 4
PROMPTS, TOKENS = 2, 18

# 16 wide, 2 heads of 8 over 1 of keys and values
TINY = {
    "vocab_size": 64,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
# the same with heads of another number and size, and ends of its own
OTHER = TINY | {
    "vocab_size": 50,
    "hidden_size": 24,
    "intermediate_size": 20,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
YARN = {"rope_type": "yarn", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 16}

MIXTURE = {"num_local_experts": 6, "num_experts_per_tok": 2}
GROUPED = {
    "n_routed_experts": 6,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 10,
    "n_shared_experts": 1,
    "n_group": 1,
    "topk_group": 1,
    "first_k_dense_replace": 1,
}
LATENT = {
    "num_key_value_heads": 2,
    "q_lora_rank": 12,
    "kv_lora_rank": 8,
    "qk_nope_head_dim": 6,
    "qk_rope_head_dim": 4,
    "v_head_dim": 8,
}

FAMILIES = {
    "gemma3_text": {
        "windows": TINY
        | {
            "num_hidden_layers": 4,
            "head_dim": 8,
            "sliding_window": 5,
            "sliding_window_pattern": 3,
            "query_pre_attn_scalar": 20,
            "rope_theta": 5000.0,
            "rope_local_base_freq": 300.0,
            "rope_scaling": {"rope_type": "linear", "factor": 2.0},
        },
        "caps": OTHER
        | {
            "head_dim": 10,
            "sliding_window": 7,
            "layer_types": ["full_attention", "sliding_attention"],
            "hidden_activation": "gelu",
            "attention_bias": True,
            "tie_word_embeddings": False,
            "final_logit_softcapping": 1.5,
            "attn_logit_softcapping": 0.5,
            "rms_norm_eps": 1e-3,
            "rope_parameters": {
                "full_attention": YARN,
                "sliding_attention": {"rope_type": "default", "rope_theta": 200.0},
            },
        },
    },
    "olmo": {
        "clip": TINY | {"clip_qkv": 0.7, "num_key_value_heads": 2},
        "bias": OTHER | {"attention_bias": True, "tie_word_embeddings": True, "head_dim": 4, "hidden_act": "relu"},
    },
    "olmo2": {
        "plain": TINY,
        "bias": OTHER
        | {"attention_bias": True, "tie_word_embeddings": True, "rms_norm_eps": 1e-3, "rope_parameters": LLAMA3},
    },
    "olmo3": {
        "scaled": TINY | {"num_hidden_layers": 4, "sliding_window": 5, "rope_theta": 700.0, "rope_scaling": YARN},
        "types": OTHER
        | {
            "sliding_window": 4,
            "layer_types": ["full_attention", "sliding_attention"],
            "attention_bias": True,
            "tie_word_embeddings": True,
        },
    },
    "smollm3": {
        "plain": TINY | {"num_hidden_layers": 5},
        "windows": OTHER
        | {
            "num_hidden_layers": 3,
            "use_sliding_window": True,
            "sliding_window": 5,
            "no_rope_layers": [1, 0, 1],
            "attention_bias": True,
            "mlp_bias": True,
            "tie_word_embeddings": False,
        },
    },
    "granite": {
        "multipliers": TINY
        | {
            "embedding_multiplier": 3.0,
            "logits_scaling": 2.5,
            "residual_multiplier": 0.4,
            "attention_multiplier": 0.2,
            "tie_word_embeddings": True,
        },
        "bias": OTHER | {"attention_bias": True, "mlp_bias": True, "attention_multiplier": 0.5, "head_dim": 8},
    },
    "cohere": {
        "plain": TINY | {"logit_scale": 0.25},
        "norms": OTHER | {"use_qk_norm": True, "attention_bias": True, "tie_word_embeddings": False, "layer_norm_eps": 1e-3},
    },
    "cohere2": {
        "windows": TINY | {"num_hidden_layers": 4, "sliding_window": 5, "sliding_window_pattern": 3},
        "types": OTHER
        | {
            "sliding_window": 7,
            "layer_types": ["full_attention", "sliding_attention"],
            "attention_bias": True,
            "tie_word_embeddings": False,
            "logit_scale": 0.5,
        },
    },
    "glm": {
        "plain": TINY | {"head_dim": 8},
        "whole": OTHER
        | {"head_dim": 10, "attention_bias": False, "partial_rotary_factor": 1.0, "tie_word_embeddings": True},
    },
    "glm4": {
        "plain": TINY | {"head_dim": 8, "rms_norm_eps": 1e-3},
        "whole": OTHER
        | {"head_dim": 10, "attention_bias": False, "partial_rotary_factor": 0.8, "tie_word_embeddings": True},
    },
    "exaone4": {
        "windows": TINY | {"num_hidden_layers": 4, "sliding_window": 5, "sliding_window_pattern": 3},
        "whole": OTHER
        | {
            "sliding_window": None,
            "layer_types": ["full_attention"] * 2,
            "tie_word_embeddings": True,
            "rms_norm_eps": 1e-3,
            "rope_parameters": LLAMA3,
        },
    },
    "ministral": {
        "windows": TINY | {"head_dim": 8, "sliding_window": 5, "layer_types": ["full_attention"] + ["sliding_attention"] * 2},
        "heads": OTHER | {"head_dim": 10, "sliding_window": 6, "tie_word_embeddings": True},
    },
    "ministral3": {
        "yarn": TINY
        | {
            "head_dim": 8,
            "rope_parameters": YARN | {"original_max_position_embeddings": 4, "llama_4_scaling_beta": 0.3},
        },
        "window": OTHER
        | {
            "head_dim": 10,
            "sliding_window": 6,
            "tie_word_embeddings": True,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 500.0,
                "llama_4_scaling_beta": 0.1,
                "original_max_position_embeddings": 7,
            },
        },
    },
    "nemotron": {
        "plain": TINY,
        "bias": OTHER
        | {
            "head_dim": 10,
            "attention_bias": True,
            "mlp_bias": True,
            "hidden_act": "gelu",
            "partial_rotary_factor": 0.8,
            "norm_eps": 1e-3,
            "tie_word_embeddings": True,
        },
    },
    "seed_oss": {
        "plain": TINY | {"head_dim": 8},
        "bias": OTHER
        | {
            "head_dim": 10,
            "attention_bias": False,
            "attention_out_bias": True,
            "mlp_bias": True,
            "tie_word_embeddings": True,
        },
    },
    "arcee": {
        "plain": TINY | {"rope_parameters": YARN},
        "bias": OTHER | {"attention_bias": True, "mlp_bias": True, "head_dim": 10, "tie_word_embeddings": True},
    },
    "apertus": {
        "plain": TINY,
        "bias": OTHER | {"attention_bias": True, "hidden_act": "relu2", "head_dim": 10, "tie_word_embeddings": True},
    },
    "hunyuan_v1_dense": {
        "alpha": TINY
        | {"head_dim": 8, "rope_parameters": {"rope_type": "dynamic", "rope_theta": 500.0, "alpha": 50.0, "factor": 1.0}},
        "bias": OTHER | {"attention_bias": True, "head_dim": 10, "tie_word_embeddings": True},
    },
    "ernie4_5": {
        "plain": TINY | {"head_dim": 8},
        "bias": OTHER | {"use_bias": True, "head_dim": 10, "tie_word_embeddings": False},
    },
    "helium": {
        "plain": TINY | {"head_dim": 8},
        "bias": OTHER | {"attention_bias": True, "mlp_bias": True, "head_dim": 6, "tie_word_embeddings": True},
    },
    "nanochat": {
        "plain": TINY | {"num_key_value_heads": 2},
        "bias": OTHER
        | {
            "attention_bias": True,
            "hidden_act": "silu",
            "final_logit_softcapping": 1.2,
            "tie_word_embeddings": True,
        },
    },
    "stablelm": {
        "parallel": TINY | {"use_parallel_residual": True, "partial_rotary_factor": 0.5},
        "norms": OTHER
        | {
            "num_attention_heads": 2,
            "partial_rotary_factor": 0.5,
            "qk_layernorm": True,
            "use_qkv_bias": True,
            "layer_norm_eps": 1e-3,
            "tie_word_embeddings": True,
        },
    },
    "mixtral": {
        "plain": TINY | MIXTURE | {"intermediate_size": 16},
        "window": OTHER
        | MIXTURE
        | {"num_local_experts": 4, "num_experts_per_tok": 3, "sliding_window": 5, "head_dim": 10, "tie_word_embeddings": True},
    },
    "qwen2_moe": {
        "plain": TINY | MIXTURE | {"num_experts": 5, "moe_intermediate_size": 12, "shared_expert_intermediate_size": 10},
        "sparse": OTHER
        | {
            "num_hidden_layers": 4,
            "num_experts": 4,
            "num_experts_per_tok": 3,
            "moe_intermediate_size": 8,
            "shared_expert_intermediate_size": 12,
            "decoder_sparse_step": 2,
            "mlp_only_layers": [3],
            "norm_topk_prob": True,
            "qkv_bias": False,
            "use_sliding_window": True,
            "sliding_window": 5,
            "max_window_layers": 3,
            "tie_word_embeddings": True,
        },
    },
    "qwen3_moe": {
        "plain": TINY | MIXTURE | {"num_experts": 6, "moe_intermediate_size": 10, "norm_topk_prob": True, "head_dim": 8},
        "sparse": OTHER
        | {
            "num_hidden_layers": 3,
            "num_experts": 4,
            "num_experts_per_tok": 1,
            "moe_intermediate_size": 8,
            "decoder_sparse_step": 2,
            "attention_bias": True,
            "use_sliding_window": True,
            "sliding_window": 6,
            "head_dim": 10,
            "tie_word_embeddings": True,
        },
    },
    "olmoe": {
        "plain": TINY | MIXTURE | {"num_experts": 6, "intermediate_size": 10, "num_key_value_heads": 2},
        "clip": OTHER
        | {
            "num_experts": 4,
            "num_experts_per_tok": 3,
            "intermediate_size": 8,
            "norm_topk_prob": True,
            "attention_bias": True,
            "clip_qkv": 0.6,
            "tie_word_embeddings": True,
        },
    },
    "granitemoe": {
        "multipliers": TINY
        | MIXTURE
        | {
            "intermediate_size": 10,
            "embedding_multiplier": 3.0,
            "logits_scaling": 2.5,
            "residual_multiplier": 0.4,
            "attention_multiplier": 0.2,
            "tie_word_embeddings": True,
        },
        "bias": OTHER
        | {
            "num_local_experts": 3,
            "num_experts_per_tok": 2,
            "intermediate_size": 12,
            "attention_bias": True,
            "attention_multiplier": 0.5,
        },
    },
    "glm4_moe": {
        "plain": TINY | GROUPED | {"head_dim": 8, "use_qk_norm": True, "attention_bias": True},
        "groups": OTHER
        | GROUPED
        | {
            "head_dim": 10,
            "n_routed_experts": 8,
            "n_group": 4,
            "topk_group": 2,
            "num_experts_per_tok": 3,
            "n_shared_experts": 2,
            "norm_topk_prob": False,
            "routed_scaling_factor": 1.7,
            "partial_rotary_factor": 0.8,
            "first_k_dense_replace": 0,
            "tie_word_embeddings": True,
        },
    },
    "gpt_oss": {
        "plain": TINY | MIXTURE | {"head_dim": 8, "intermediate_size": 10, "sliding_window": 5},
        "types": OTHER
        | {
            "num_local_experts": 4,
            "num_experts_per_tok": 3,
            "intermediate_size": 8,
            "head_dim": 10,
            "sliding_window": 7,
            "layer_types": ["full_attention", "sliding_attention"],
            "attention_bias": False,
            "rms_norm_eps": 1e-3,
            "rope_parameters": LLAMA3,
            "tie_word_embeddings": True,
        },
        # blocks of 32 inputs
        "mxfp4": OTHER | MIXTURE | {"hidden_size": 32, "intermediate_size": 32, "head_dim": 8, "sliding_window": 5, "mxfp4": True},
    },
    "deepseek_v2": {
        "plain": TINY
        | GROUPED
        | LATENT
        | {"attention_bias": True, "topk_method": "greedy", "n_group": None, "topk_group": None, "routed_scaling_factor": 1.3},
        "groups": OTHER
        | GROUPED
        | LATENT
        | {
            "num_key_value_heads": 4,
            "q_lora_rank": None,
            "v_head_dim": 10,
            "qk_nope_head_dim": 4,
            "qk_rope_head_dim": 6,
            "n_routed_experts": 6,
            "n_group": 3,
            "topk_group": 2,
            "topk_method": "group_limited_greedy",
            "n_shared_experts": 2,
            "mlp_bias": True,
            "first_k_dense_replace": 0,
            "rope_parameters": YARN | {"mscale": 0.7, "mscale_all_dim": 0.6},
            "tie_word_embeddings": True,
        },
    },
    "deepseek_v3": {
        "plain": TINY | GROUPED | LATENT | {"attention_bias": True},
        "groups": OTHER
        | GROUPED
        | LATENT
        | {
            "num_key_value_heads": 4,
            "q_lora_rank": None,
            "v_head_dim": 6,
            "n_routed_experts": 8,
            "n_group": 4,
            "topk_group": 2,
            "norm_topk_prob": False,
            "rope_interleave": False,
            "first_k_dense_replace": 0,
            "rope_parameters": YARN | {"mscale": 1.0, "mscale_all_dim": 1.0},
            "tie_word_embeddings": True,
        },
    },
    "glm4_moe_lite": {
        "plain": TINY | GROUPED | LATENT | {"attention_bias": True, "rms_norm_eps": 1e-3},
        "types": OTHER
        | GROUPED
        | LATENT
        | {
            "num_hidden_layers": 3,
            "num_key_value_heads": 4,
            "v_head_dim": 10,
            "mlp_layer_types": ["sparse", "dense", "sparse"],
            "rope_interleave": False,
            "routed_scaling_factor": 0.8,
            "tie_word_embeddings": True,
        },
    },
}

CLIP = {
    "hidden_size": 8,
    "intermediate_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 4,
}
SIGLIP = CLIP | {"model_type": "siglip_vision_model", "vision_use_head": False}
PIXTRAL = CLIP | {"model_type": "pixtral", "head_dim": 4}
QWEN2_VISION = {"depth": 1, "embed_dim": 8, "num_heads": 2, "mlp_ratio": 1, "patch_size": 4}
QWEN_VISION = {"depth": 1, "hidden_size": 8, "intermediate_size": 8, "num_heads": 2, "patch_size": 4}
MROPE = {"rope_type": "default", "rope_theta": 500.0, "mrope_section": [1, 2, 1]}

# models whose text part is run, with the fields of that in text_config; "older" is no field: names and places of older files
WHOLE = {
    "gemma3": {
        "windows": {
            "text_config": FAMILIES["gemma3_text"]["windows"],
            "vision_config": SIGLIP,
            "mm_tokens_per_image": 4,
        },
        "older": {
            "text_config": FAMILIES["gemma3_text"]["caps"],
            "vision_config": SIGLIP,
            "mm_tokens_per_image": 4,
            "tie_word_embeddings": False,
            "older": True,
        },
    },
    "llava": {
        "older": {
            "text_config": TINY | {"model_type": "llama", "tie_word_embeddings": True, "rope_parameters": LLAMA3},
            "vision_config": CLIP | {"model_type": "clip_vision_model"},
            "older": True,
        },
        "mistral": {
            "text_config": OTHER | {"model_type": "mistral", "head_dim": 10, "sliding_window": 5},
            "vision_config": CLIP | {"model_type": "clip_vision_model"},
        },
    },
    "llava_next": {
        "older": {
            "text_config": TINY | {"model_type": "llama", "attention_bias": True, "tie_word_embeddings": True},
            "vision_config": CLIP | {"model_type": "clip_vision_model"},
            "older": True,
        },
        "qwen2": {
            "text_config": OTHER | {"model_type": "qwen2"},
            "vision_config": CLIP | {"model_type": "clip_vision_model"},
            "tie_word_embeddings": True,
        },
    },
    "llava_onevision": {
        "older": {
            "text_config": TINY | {"model_type": "qwen2", "tie_word_embeddings": True},
            "vision_config": SIGLIP,
            "older": True,
        },
        "windows": {
            "text_config": OTHER
            | {"model_type": "qwen2", "use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1},
            "vision_config": SIGLIP,
        },
    },
    "mistral3": {
        "older": {
            "text_config": TINY | {"model_type": "mistral", "head_dim": 8, "sliding_window": None},
            "vision_config": PIXTRAL,
            "tie_word_embeddings": False,
            "older": True,
        },
        "growing": {
            "text_config": FAMILIES["ministral3"]["window"] | {"model_type": "ministral3"},
            "vision_config": PIXTRAL,
        },
    },
    "qwen2_vl": {
        "older": {
            "text_config": TINY | {"rope_parameters": MROPE | {"rope_type": "mrope"}},
            "vision_config": QWEN2_VISION | {"hidden_size": 16},
            "older": True,
        },
        "windows": {
            "text_config": OTHER
            | {
                "use_sliding_window": True,
                "sliding_window": 5,
                "max_window_layers": 1,
                "rope_parameters": YARN | {"mrope_section": [1, 0, 2]},
            },
            "vision_config": QWEN2_VISION | {"hidden_size": 24},
            "tie_word_embeddings": True,
        },
    },
    "qwen2_5_vl": {
        "older": {
            "text_config": TINY | {"tie_word_embeddings": True, "rope_parameters": MROPE | {"rope_type": "mrope"}},
            "vision_config": QWEN_VISION | {"out_hidden_size": 16},
            "older": True,
        },
        "windows": {
            "text_config": OTHER
            | {
                "use_sliding_window": True,
                "sliding_window": 4,
                "max_window_layers": 0,
                "rms_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 300.0, "mrope_section": [1, 1, 1]},
            },
            "vision_config": QWEN_VISION | {"out_hidden_size": 24},
        },
    },
    "qwen3_vl": {
        "plain": {
            "text_config": TINY | {"head_dim": 8, "rope_parameters": MROPE | {"mrope_interleaved": True}},
            "vision_config": QWEN_VISION
            | {"out_hidden_size": 16, "num_position_embeddings": 4, "deepstack_visual_indexes": [0]},
            "tie_word_embeddings": True,
        },
        "bias": {
            "text_config": OTHER | {"head_dim": 10, "attention_bias": True, "rms_norm_eps": 1e-3, "rope_parameters": YARN},
            "vision_config": QWEN_VISION
            | {"out_hidden_size": 24, "num_position_embeddings": 4, "deepstack_visual_indexes": []},
        },
    },
}


class Nothing(nn.Module):
    """In place of a feed-forward layer: zeros."""

    def forward(self, x, *rest, **named):
        return torch.zeros_like(x)


class NothingTwice(Nothing):
    """The same of a layer that returns its router's scores, too."""

    def forward(self, x, *rest, **named):
        return super().forward(x), None


def drawn(family, name, fields):
    """A model whose values are bfloat16's: matrices at the scale of their width, biases and norms away from 0 and 1."""
    torch.manual_seed(sum(map(ord, family + name)))
    older = fields.get("older", False)
    fields = {key: value for key, value in fields.items() if key not in ("older", "mxfp4")}
    auto = AutoModelForImageTextToText if family in WHOLE else AutoModelForCausalLM
    model = auto.from_config(AutoConfig.for_model(family, **fields))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1 and parameter.shape[-1] > 1:
                parameter.normal_(0, 1 / parameter.shape[-1] ** 0.5)
            else:
                parameter.add_(torch.randn_like(parameter), alpha=0.3)
        for buffer_name, buffer in model.named_buffers():
            if buffer_name.endswith("e_score_correction_bias"):
                buffer.normal_(0, 0.3)
        model.get_input_embeddings().weight.mul_(2)
    return model.to(torch.bfloat16), older


def microscaled(model):
    """Gives a gpt_oss's experts values that MXFP4 can keep, and returns how it keeps them."""
    parts = {}
    for name, parameter in model.named_parameters():
        if name.endswith(("experts.gate_up_proj", "experts.down_proj")):
            experts, inputs, outputs = parameter.shape
            blocks = torch.randint(0, 256, (experts, outputs, inputs // 32, 16), dtype=torch.uint8)
            scales = torch.randint(121, 125, (experts, outputs, inputs // 32), dtype=torch.uint8)
            with torch.no_grad():
                parameter.copy_(convert_moe_packed_tensors(blocks, scales))
            parts |= {name + "_blocks": blocks, name + "_scales": scales}
    return parts


def pack(folder, parts):
    """Keeps the experts of a folder so."""
    whole = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in whole.items() if name + "_blocks" not in parts}
    save_file(kept | parts, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "mxfp4"}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def lift(model):
    """float64 throughout, also where modules ask for float32."""
    torch.set_default_dtype(torch.float64)
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    for name, module in list(model.named_modules()):
        if name.endswith("rotary_emb"):
            model.get_submodule(name.rpartition(".")[0]).rotary_emb = type(module)(text_of(model))
        if hasattr(module, "scalar_embed_scale"):
            module.embed_scale = torch.tensor(float(module.scalar_embed_scale))


def text_of(model):
    return model.config.get_text_config()


def layers_of(model):
    whole = getattr(model.base_model, "language_model", model.base_model)
    lists = [m for m in whole.modules() if isinstance(m, nn.ModuleList)]
    return max(lists, key=lambda m: len(m) if len(m) == text_of(model).num_hidden_layers else 0)


def first(output):
    return output[0] if isinstance(output, tuple) else output


def error(h):
    u = h / h.norm(dim=2, keepdim=True)
    return ((u - u[:, :1]) ** 2).sum(2).mean(1) / 2


def entropy(logits):
    p = torch.log_softmax(logits, -1)
    return -(p.exp() * p).sum(-1).mean(1)


class Passes:
    """A model whose first layer can be given hidden states."""

    def __init__(self, model):
        self.model = model
        self.given = None
        self.entered = None
        self.outputs = []
        layers = layers_of(model)
        layers[0].register_forward_pre_hook(self.enter, with_kwargs=True)
        for layer in layers:
            layer.register_forward_hook(lambda _, i, output: self.outputs.append(first(output)))

    def enter(self, _, args, named):
        own = args[0] if args else named["hidden_states"]
        self.entered = own if self.given is None else self.given
        if args:
            return (self.entered, *args[1:]), named
        return args, named | {"hidden_states": self.entered}

    def run(self, ids, given=None):
        self.given = given
        self.outputs.clear()
        return self.model.base_model(input_ids=ids, use_cache=False).last_hidden_state


def record(model, ids, folder, name):
    native = model(input_ids=ids, use_cache=False).logits
    passes = Passes(model)
    passes.run(ids)
    errors, entropies = [error(passes.entered)], []
    h = start = passes.entered.clone()
    for number in range(PASSES):
        h = passes.run(ids, h)
        errors += [error(x) for x in passes.outputs]
        passes.given = h_before = None
        logits = scores(model, h)
        entropies.append(entropy(logits))
        if number == 0:
            assert torch.allclose(logits, native, rtol=1e-9, atol=1e-10), "the first pass is not the model's own forward"
    assert len(errors) == 1 + PASSES * text_of(model).num_hidden_layers
    other = start.clone()
    other[:, -1] += torch.randn_like(other[:, -1])
    assert torch.equal(passes.run(ids, other)[:, :-1].isfinite(), passes.run(ids, start)[:, :-1].isfinite())
    seen = (passes.run(ids, other) - passes.run(ids, start))[:, :-1].abs().max()
    assert seen < 1e-12, f"not causal: {seen}"
    np.save(folder / f"{name}.npy", torch.stack(errors, 1).numpy())
    np.save(folder / f"{name}-hidden.npy", h.numpy())
    np.save(folder / f"{name}-output-entropy.npy", torch.stack(entropies, 1).numpy())
    return errors[-1].mean()


def scores(model, h):
    """The model's scores of the next token from given hidden states after the final norm."""
    hook = model.base_model.register_forward_hook(lambda _, i, output: swapped(output, h))
    logits = model(input_ids=torch.zeros(h.shape[:2], dtype=torch.long), use_cache=False).logits
    hook.remove()
    return logits


def swapped(output, h):
    output.last_hidden_state = h
    return output


def spread(file):
    """The fields of the text part beside those of the whole, as files of 2024 have them."""
    config = json.loads(file.read_text())
    text = config.pop("text_config")
    rope = text.pop("rope_parameters")
    text |= {"rope_theta": rope["rope_theta"], "rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]}}
    file.write_text(json.dumps(text | config, indent=2) + "\n")


def make(family, name, fields, folder):
    shutil.rmtree(folder, ignore_errors=True)
    model, older = drawn(family, name, fields)
    parts = microscaled(model) if fields.get("mxfp4") else {}
    model.save_pretrained(folder, save_original_format=older or family not in WHOLE)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if older and family.startswith("qwen2"):
        spread(folder / "config.json")
    ids = torch.randint(3, text_of(model).vocab_size, (PROMPTS, TOKENS))
    (folder / "prompts.json").write_text(json.dumps(ids.tolist()))
    ends = []
    for feed_forward in [True, False]:
        model = type(model).from_pretrained(
            folder, dtype=torch.float64, attn_implementation="eager", experts_implementation="eager"
        ).eval()
        lift(model)
        if not feed_forward:
            for layer in layers_of(model):
                name = "mlp" if hasattr(layer, "mlp") else "block_sparse_moe"
                setattr(layer, name, Nothing() if family != "gpt_oss" else NothingTwice())
        ends.append(record(model, ids, folder, "expected-trained" + ("" if feed_forward else "-no-feed-forward")))
    if parts:
        pack(folder, parts)
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{folder.name:28s} {size:6d} bytes, error after {PASSES} passes {ends[0]:.3g}, no feed-forward {ends[1]:.3g}")


def main():
    torch.set_grad_enabled(False)
    single, dtype = torch.float32, torch.get_default_dtype()
    as_float = torch.Tensor.float
    for family, variants in (FAMILIES | WHOLE).items():
        if len(sys.argv) == 1 or family in sys.argv[1:]:
            for name, fields in variants.items():
                make(family, name, fields, OUT / f"{family}-{name}")
                torch.set_default_dtype(dtype)
                torch.float32 = torch.float = single
                torch.Tensor.float = as_float


main()
