"""What transformers' config classes make of fields that are absent, null or empty.

Writes probe/src/test/resources/configs.json. "bases" has tiny configs of every family and the same with every field said
outright; "cases" what a change of one field means: the fields outright that differ from the base's, or null where transformers
refuses to make the model or to run it.

    pip install torch transformers; python scripts/reference-configs.py [FAMILY...]

Families that are named are made anew, and the others' entries stay.
"""

import copy
import functools
import json
import pathlib
import sys
import tempfile
import warnings

import torch
import transformers
from transformers import AutoConfig, AutoModel

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

OUT = pathlib.Path(__file__).parent.parent / "probe/src/test/resources/configs.json"

ROPE = {"rope_type": "default", "rope_theta": 5000.0}
SCALED = {
    "linear": {"rope_type": "linear", "rope_theta": 5000.0, "factor": 2.0},
    "dynamic": {"rope_type": "dynamic", "rope_theta": 5000.0, "factor": 2.0},
    "llama3": {
        "rope_type": "llama3",
        "rope_theta": 5000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
    },
    "yarn": {
        "rope_type": "yarn",
        "rope_theta": 5000.0,
        "factor": 4.0,
        "original_max_position_embeddings": 16,
        "attention_factor": 1.1,
        "beta_fast": 8.0,
        "beta_slow": 2.0,
        "mscale": 0.7,
        "mscale_all_dim": 0.6,
        "truncate": False,
    },
    "longrope": {
        "rope_type": "longrope",
        "rope_theta": 5000.0,
        "factor": 4.0,
        "original_max_position_embeddings": 16,
        "attention_factor": 1.1,
        "short_factor": [1.0, 1.1, 1.2],
        "long_factor": [1.5, 2.0, 3.0],
    },
}

DECODER = {
    "vocab_size": 64,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 6,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,
    "rms_norm_eps": 1e-4,
    "tie_word_embeddings": True,
    "rope_parameters": ROPE,
}
QWEN = {
    "hidden_act": "gelu",
    "use_sliding_window": True,
    "sliding_window": 8,
    "max_window_layers": 1,
    "layer_types": ["sliding_attention", "full_attention"],
}
BERT = {
    "vocab_size": 64,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "hidden_act": "relu",
    "max_position_embeddings": 64,
    "type_vocab_size": 3,
    "initializer_range": 0.3,
    "layer_norm_eps": 1e-4,
    "is_decoder": False,
    "add_cross_attention": False,
}

WINDOWS = {"sliding_window": 8, "layer_types": ["full_attention", "sliding_attention"]}
KINDS = {
    "rope_parameters": {
        "full_attention": {"rope_type": "linear", "rope_theta": 5000.0, "factor": 2.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 300.0},
    }
}
PART = {"rope_parameters": ROPE | {"partial_rotary_factor": 0.5}}
BARE = {k: v for k, v in DECODER.items() if k != "rms_norm_eps"}
BIAS = {"hidden_act": "gelu", "attention_bias": True}

# the fields of every family, with values that are not the class's own where that is possible
BASES = {
    "llama": DECODER | {"hidden_act": "gelu", "attention_bias": True, "mlp_bias": True},
    "mistral": DECODER | {"hidden_act": "gelu", "sliding_window": 8},
    "qwen2": DECODER | QWEN,
    "qwen3": DECODER | QWEN | {"attention_bias": True},
    "gemma": DECODER
    | {"hidden_act": "relu", "attention_bias": True, "use_bidirectional_attention": False},
    "gemma2": DECODER
    | {
        "hidden_activation": "relu",
        "attention_bias": True,
        "query_pre_attn_scalar": 16,
        "sliding_window": 8,
        "layer_types": ["full_attention", "sliding_attention"],
        "final_logit_softcapping": 5.0,
        "attn_logit_softcapping": 4.0,
        "use_bidirectional_attention": False,
    },
    "gemma3_text": DECODER
    | WINDOWS
    | KINDS
    | {
        "hidden_activation": "relu",
        "attention_bias": True,
        "query_pre_attn_scalar": 16,
        "final_logit_softcapping": 5.0,
        "attn_logit_softcapping": 4.0,
        "use_bidirectional_attention": False,
    },
    "olmo": BARE | BIAS | {"clip_qkv": 0.5},
    "olmo2": DECODER | BIAS,
    "olmo3": DECODER | BIAS | WINDOWS | KINDS,
    "smollm3": DECODER
    | BIAS
    | {
        "mlp_bias": True,
        "use_sliding_window": True,
        "sliding_window": 8,
        "no_rope_layers": [1, 0],
        "no_rope_layer_interval": 2,
        "layer_types": ["sliding_attention", "full_attention"],
    },
    "granite": DECODER
    | BIAS
    | {
        "mlp_bias": True,
        "embedding_multiplier": 2.0,
        "logits_scaling": 3.0,
        "residual_multiplier": 0.5,
        "attention_multiplier": 0.25,
    },
    "cohere": BARE | BIAS | {"layer_norm_eps": 1e-4, "logit_scale": 0.5, "use_qk_norm": True},
    "cohere2": BARE | BIAS | WINDOWS | {"layer_norm_eps": 1e-4, "logit_scale": 0.5},
    "glm": DECODER | BIAS | PART | {"attention_bias": False},
    "glm4": DECODER | BIAS | PART | {"attention_bias": False},
    "exaone4": DECODER | WINDOWS | {"hidden_act": "gelu"},
    "ministral": DECODER | WINDOWS | {"hidden_act": "gelu"},
    "ministral3": DECODER
    | {
        "hidden_act": "gelu",
        "sliding_window": 8,
        "rope_parameters": {
            "rope_type": "yarn",
            "rope_theta": 5000.0,
            "factor": 4.0,
            "original_max_position_embeddings": 16,
            "llama_4_scaling_beta": 0.2,
        },
    },
    "nemotron": BARE | BIAS | PART | {"mlp_bias": True, "norm_eps": 1e-4},
    "seed_oss": DECODER | BIAS | {"attention_bias": False, "attention_out_bias": True, "mlp_bias": True},
    "arcee": DECODER | BIAS | {"mlp_bias": True},
    "apertus": DECODER | BIAS,
    "hunyuan_v1_dense": DECODER
    | BIAS
    | {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 5000.0, "factor": 1.0, "alpha": 50.0}},
    "ernie4_5": DECODER | {"hidden_act": "gelu", "use_bias": True},
    "helium": DECODER | BIAS | {"mlp_bias": True},
    "nanochat": DECODER | BIAS | {"final_logit_softcapping": 5.0},
    "stablelm": BARE
    | PART
    | {
        "hidden_size": 32,
        "head_dim": 8,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-4,
        "use_qkv_bias": True,
        "qk_layernorm": True,
        "use_parallel_residual": True,
    },
    "phi3": DECODER | {"hidden_act": "gelu", "original_max_position_embeddings": 16, "sliding_window": 8},
    "gpt_neox": {
        "vocab_size": 64,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 40,
        "hidden_act": "relu",
        "max_position_embeddings": 64,
        "initializer_range": 0.3,
        "layer_norm_eps": 1e-4,
        "tie_word_embeddings": True,
        "use_parallel_residual": False,
        "attention_bias": False,
        "rope_parameters": ROPE | {"partial_rotary_factor": 0.5},
    },
    "gpt2": {
        "vocab_size": 64,
        "n_positions": 64,
        "n_embd": 24,
        "n_layer": 2,
        "n_head": 4,
        "n_inner": 40,
        "activation_function": "relu",
        "layer_norm_epsilon": 1e-4,
        "initializer_range": 0.3,
        "scale_attn_weights": False,
        "scale_attn_by_inverse_layer_idx": True,
        "tie_word_embeddings": False,
        "add_cross_attention": False,
    },
    "gpt_neo": {
        "vocab_size": 64,
        "max_position_embeddings": 64,
        "hidden_size": 24,
        "num_layers": 24,
        "attention_types": [[["local", "global"], 12]],
        "num_heads": 4,
        "intermediate_size": 40,
        "window_size": 8,
        "activation_function": "relu",
        "layer_norm_epsilon": 1e-4,
        "initializer_range": 0.3,
        "tie_word_embeddings": False,
    },
    "opt": {
        "vocab_size": 64,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "ffn_dim": 40,
        "max_position_embeddings": 64,
        "do_layer_norm_before": True,
        "_remove_final_layer_norm": True,
        "word_embed_proj_dim": 16,
        "num_attention_heads": 4,
        "activation_function": "gelu",
        "init_std": 0.3,
        "enable_bias": False,
        "layer_norm_elementwise_affine": False,
        "tie_word_embeddings": False,
    },
    "bert": BERT,
    "roberta": BERT | {"pad_token_id": 3},
    "albert": {k: v for k, v in BERT.items() if k not in ("is_decoder", "add_cross_attention")}
    | {"num_hidden_groups": 2, "embedding_size": 16, "inner_group_num": 2, "hidden_act": "gelu"},
}

GPTJ = {
    "vocab_size": 64,
    "n_positions": 64,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "rotary_dim": 4,
    "n_inner": 40,
    "activation_function": "relu",
    "layer_norm_epsilon": 1e-4,
    "initializer_range": 0.3,
    "tie_word_embeddings": True,
}
PLAIN = {k: v for k, v in DECODER.items() if k not in ("rms_norm_eps", "head_dim")}
BASES |= {
    "phi": PLAIN | {"hidden_size": 32, "hidden_act": "relu", "layer_norm_eps": 1e-4, "qk_layernorm": True},
    "starcoder2": PLAIN
    | {"hidden_act": "relu", "norm_epsilon": 1e-4, "sliding_window": 8, "use_bias": False, "tie_word_embeddings": False},
    "gptj": GPTJ,
    "codegen": GPTJ,
    "gpt_bigcode": {k: v for k, v in GPTJ.items() if k != "rotary_dim"}
    | {
        "scale_attn_weights": False,
        "multi_query": False,
        "add_cross_attention": False,
        "tie_word_embeddings": False,
    },
    "falcon": {
        "vocab_size": 64,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_ln_in_parallel_attn": 1,
        "layer_norm_epsilon": 1e-4,
        "initializer_range": 0.3,
        "num_kv_heads": 2,
        "alibi": False,
        "new_decoder_architecture": True,
        "multi_query": False,
        "parallel_attn": True,
        "bias": True,
        "max_position_embeddings": 64,
        "rope_parameters": ROPE,
        "ffn_hidden_size": 40,
        "activation": "relu",
        "tie_word_embeddings": False,
    },
    "bloom": {
        "vocab_size": 64,
        "hidden_size": 24,
        "n_layer": 3,
        "n_head": 4,
        "layer_norm_epsilon": 1e-4,
        "initializer_range": 0.3,
        "apply_residual_connection_post_layernorm": True,
        "pretraining_tp": 2,
        "slow_but_exact": False,
        "tie_word_embeddings": False,
    },
    "mpt": {
        "vocab_size": 64,
        "d_model": 24,
        "n_heads": 4,
        "n_layers": 2,
        "max_seq_len": 64,
        "layer_norm_epsilon": 1e-4,
        "initializer_range": 0.3,
        "attn_config": {"clip_qkv": 0.5, "softmax_scale": 0.7},
        "tie_word_embeddings": False,
    },
    "openai-gpt": {
        "vocab_size": 64,
        "n_positions": 64,
        "n_embd": 24,
        "n_layer": 2,
        "n_head": 4,
        "afn": "relu",
        "layer_norm_epsilon": 1e-4,
        "initializer_range": 0.3,
        "tie_word_embeddings": False,
    },
}

ENCODER = {k: v for k, v in BERT.items() if k not in ("is_decoder", "add_cross_attention", "type_vocab_size")}
BASES |= {
    "camembert": BERT | {"pad_token_id": 3},
    "xlm-roberta": BERT | {"pad_token_id": 3},
    "electra": BERT | {"embedding_size": 16},
    "distilbert": {
        "vocab_size": 64,
        "max_position_embeddings": 64,
        "n_layers": 2,
        "n_heads": 4,
        "dim": 24,
        "hidden_dim": 40,
        "activation": "relu",
        "initializer_range": 0.3,
    },
    "mpnet": ENCODER | {"relative_attention_num_buckets": 40},
    "esm": {k: v for k, v in ENCODER.items() if k != "hidden_act"}
    | {
        "pad_token_id": 3,
        "mask_token_id": 5,
        "position_embedding_type": "rotary",
        "rope_theta": 500.0,
        "emb_layer_norm_before": True,
        "token_dropout": True,
        "is_decoder": False,
        "add_cross_attention": False,
        "is_folding_model": False,
    },
    "nomic_bert": ENCODER | {"type_vocab_size": 3, "head_dim": 8, "rope_parameters": ROPE},
    "eurobert": {k: v for k, v in DECODER.items() if k != "tie_word_embeddings"}
    | {"hidden_act": "relu", "attention_bias": True, "mlp_bias": True},
    "modernbert": {
        "vocab_size": 64,
        "hidden_size": 24,
        "intermediate_size": 40,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "hidden_activation": "relu",
        "max_position_embeddings": 64,
        "initializer_range": 0.3,
        "norm_eps": 1e-4,
        "norm_bias": True,
        "attention_bias": True,
        "layer_types": ["sliding_attention", "full_attention", "full_attention", "sliding_attention"],
        "local_attention": 9,
        "mlp_bias": True,
        "rope_parameters": {"full_attention": ROPE, "sliding_attention": {"rope_type": "default", "rope_theta": 77.0}},
    },
    "deberta-v2": ENCODER
    | {
        "type_vocab_size": 3,
        "relative_attention": True,
        "max_relative_positions": 20,
        "position_buckets": 8,
        "position_biased_input": False,
        "pos_att_type": ["p2c"],
        "norm_rel_ebd": "layer_norm",
        "share_att_key": True,
        "embedding_size": 16,
        "attention_head_size": 6,
        "conv_kernel_size": 0,
    },
    "xlnet": {
        "vocab_size": 64,
        "d_model": 24,
        "n_layer": 2,
        "n_head": 4,
        "d_inner": 40,
        "d_head": 6,
        "ff_activation": "relu",
        "attn_type": "uni",
        "initializer_range": 0.3,
        "layer_norm_eps": 1e-4,
        "bi_data": False,
        "clamp_len": 5,
        "same_length": False,
    },
    "t5": {
        "vocab_size": 64,
        "d_model": 24,
        "d_kv": 5,
        "d_ff": 40,
        "num_layers": 2,
        "num_heads": 4,
        "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 20,
        "layer_norm_epsilon": 1e-4,
        "initializer_factor": 0.7,
        "feed_forward_proj": "gated-silu",
        "is_decoder": False,
    },
}
GROUPED = {
    "hidden_act": "gelu",
    "attention_bias": True,
    "n_routed_experts": 8,
    "num_experts_per_tok": 3,
    "moe_intermediate_size": 12,
    "n_shared_experts": 2,
    "n_group": 4,
    "topk_group": 2,
    "routed_scaling_factor": 1.5,
    "norm_topk_prob": False,
    "num_nextn_predict_layers": 2,
}
LATENT = {k: v for k, v in DECODER.items() if k != "head_dim"} | {
    "num_key_value_heads": 4,
    "q_lora_rank": 12,
    "kv_lora_rank": 8,
    "qk_nope_head_dim": 6,
    "qk_rope_head_dim": 4,
    "v_head_dim": 8,
}
BASES |= {
    "mixtral": DECODER | {"hidden_act": "gelu", "sliding_window": 8, "num_local_experts": 4, "num_experts_per_tok": 3},
    "qwen2_moe": DECODER
    | QWEN
    | {
        "layer_types": ["full_attention", "sliding_attention"],
        "num_experts": 4,
        "num_experts_per_tok": 3,
        "moe_intermediate_size": 12,
        "shared_expert_intermediate_size": 12,
        "decoder_sparse_step": 2,
        "mlp_only_layers": [0],
        "norm_topk_prob": True,
        "qkv_bias": False,
    },
    "qwen3_moe": DECODER
    | BIAS
    | {
        "use_sliding_window": True,
        "sliding_window": 8,
        "num_experts": 4,
        "num_experts_per_tok": 3,
        "moe_intermediate_size": 12,
        "decoder_sparse_step": 2,
        "mlp_only_layers": [0],
        "norm_topk_prob": True,
    },
    "olmoe": DECODER | BIAS | {"num_experts": 4, "num_experts_per_tok": 3, "norm_topk_prob": True, "clip_qkv": 0.5},
    "granitemoe": DECODER
    | BIAS
    | {
        "num_local_experts": 4,
        "num_experts_per_tok": 3,
        "embedding_multiplier": 2.0,
        "logits_scaling": 3.0,
        "residual_multiplier": 0.5,
        "attention_multiplier": 0.25,
    },
    "glm4_moe": DECODER | GROUPED | PART | {"use_qk_norm": True, "first_k_dense_replace": 0},
    "gpt_oss": DECODER | WINDOWS | {"attention_bias": False, "num_local_experts": 4, "num_experts_per_tok": 3},
    "deepseek_v2": LATENT
    | {k: v for k, v in GROUPED.items() if k not in ("norm_topk_prob", "num_nextn_predict_layers")}
    | {"topk_method": "group_limited_greedy", "mlp_bias": True, "first_k_dense_replace": 1},
    "deepseek_v3": LATENT | GROUPED | {"rope_interleave": False, "first_k_dense_replace": 1},
    "glm4_moe_lite": LATENT
    | {k: v for k, v in GROUPED.items() if k != "num_nextn_predict_layers"}
    | {"rope_interleave": False, "mlp_layer_types": ["sparse", "dense"]},
}
MIXTURES = ["mixtral", "qwen2_moe", "qwen3_moe", "olmoe", "granitemoe", "glm4_moe", "gpt_oss", "deepseek_v2", "deepseek_v3",
            "glm4_moe_lite"]
VIT = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "hidden_act": "relu",
    "initializer_range": 0.3,
    "layer_norm_eps": 1e-4,
    "image_size": [8, 12],
    "patch_size": [4, 6],
    "num_channels": 2,
    "qkv_bias": False,
}
DINO = {k: v for k, v in VIT.items() if k != "intermediate_size"} | {
    "image_size": 12,
    "patch_size": 4,
    "mlp_ratio": 2,
    "layerscale_value": 0.5,
    "use_swiglu_ffn": True,
}
VISION = {
    "vit": VIT,
    "deit": VIT,
    "ijepa": VIT,
    "dinov2": DINO,
    "dinov2_with_registers": DINO | {"num_register_tokens": 2},
    "dinov3_vit": {k: v for k, v in VIT.items() if k != "qkv_bias"}
    | {
        "num_attention_heads": 3,
        "rope_theta": 30.0,
        "query_bias": False,
        "key_bias": True,
        "value_bias": False,
        "proj_bias": False,
        "mlp_bias": False,
        "use_gated_mlp": True,
        "layerscale_value": 0.5,
        "num_register_tokens": 2,
    },
    "beit": {k: v for k, v in VIT.items() if k != "qkv_bias"}
    | {
        "image_size": 12,
        "patch_size": 4,
        "use_absolute_position_embeddings": True,
        "use_relative_position_bias": True,
        "use_shared_relative_position_bias": True,
        "layer_scale_init_value": 0.3,
        "use_mean_pooling": False,
    },
    "clip_vision_model": {k: v for k, v in VIT.items() if k not in ("qkv_bias", "image_size", "patch_size")}
    | {"image_size": 12, "patch_size": 4, "initializer_factor": 0.7},
    "siglip_vision_model": {k: v for k, v in VIT.items() if k not in ("qkv_bias", "initializer_range", "image_size", "patch_size")}
    | {"image_size": 12, "patch_size": 4},
}
BASES |= VISION

QWEN2_VL = {k: v for k, v in DECODER.items() if k not in ("head_dim", "tie_word_embeddings")} | QWEN
SECTIONS = {"rope_parameters": ROPE | {"mrope_section": [1, 1, 1]}}
LLAMA_PART = DECODER | {"hidden_act": "gelu", "attention_bias": True, "mlp_bias": True}
MISTRAL_PART = DECODER | {"hidden_act": "gelu", "sliding_window": 8}
QWEN2_PART = {k: v for k, v in (DECODER | QWEN).items() if k != "head_dim"}
GEMMA3_PART = {k: v for k, v in BASES["gemma3_text"].items() if k != "tie_word_embeddings"}
# models whose text part is run
WHOLE = {
    "gemma3": {"text_config": GEMMA3_PART, "tie_word_embeddings": False},
    "llava": {"text_config": LLAMA_PART | {"model_type": "llama"}, "tie_word_embeddings": False},
    "llava_next": {"text_config": MISTRAL_PART | {"model_type": "mistral"}, "tie_word_embeddings": True},
    "llava_onevision": {"text_config": QWEN2_PART | {"model_type": "qwen2"}, "tie_word_embeddings": False},
    "mistral3": {"text_config": MISTRAL_PART | {"model_type": "mistral"}, "tie_word_embeddings": False},
    "qwen2_vl": {"text_config": QWEN2_VL | SECTIONS, "tie_word_embeddings": True},
    "qwen2_5_vl": {"text_config": QWEN2_VL | SECTIONS, "tie_word_embeddings": True},
    "qwen3_vl": {
        "text_config": {k: v for k, v in DECODER.items() if k != "tie_word_embeddings"}
        | {"hidden_act": "gelu", "attention_bias": True},
        "tie_word_embeddings": True,
    },
}
BASES |= WHOLE
BASES |= {
    "qwen2_vl_text": QWEN2_VL | SECTIONS | {"tie_word_embeddings": True},
    "qwen2_5_vl_text": QWEN2_VL | SECTIONS | {"tie_word_embeddings": True},
    "qwen3_vl_text": WHOLE["qwen3_vl"]["text_config"] | {"tie_word_embeddings": True},
}
# what getattr gives where the class has no field of that name
UNSAID = {"position_buckets": -1, "conv_kernel_size": 0, "norm_rel_ebd": "none", "share_att_key": False, "tie_word_embeddings": False}
# classes other than AutoModel's
MODELS = {"t5": transformers.T5EncoderModel}

# fields that older files have, beside the newer ones
GPT2_NAMES = ["hidden_size", "max_position_embeddings", "num_attention_heads", "num_hidden_layers"]
LEGACY = {
    "distilbert": ["hidden_size", "num_attention_heads", "num_hidden_layers"],
    "camembert": ["position_embedding_type"],
    "xlm-roberta": ["position_embedding_type"],
    "electra": ["position_embedding_type"],
    "modernbert": ["global_rope_theta", "local_rope_theta", "global_attn_every_n_layers", "rope_scaling"],
    "xlnet": ["hidden_size", "num_attention_heads", "num_hidden_layers"],
    "t5": ["hidden_size", "num_attention_heads", "num_hidden_layers", "head_dim", "n_positions"],
    "nomic_bert": ["rope_scaling", "rope_theta", "partial_rotary_factor"],
    "eurobert": ["rope_scaling", "rope_theta", "partial_rotary_factor"],
    "phi": ["head_dim"],
    "starcoder2": ["head_dim"],
    "gptj": GPT2_NAMES,
    "codegen": GPT2_NAMES,
    "gpt_bigcode": GPT2_NAMES,
    "openai-gpt": GPT2_NAMES,
    "falcon": ["n_embed", "rope_scaling", "rope_theta", "partial_rotary_factor"],
    "bloom": ["n_embed", "seq_length", "num_attention_heads", "num_hidden_layers"],
    "mpt": ["hidden_size", "num_attention_heads", "num_hidden_layers"],
    "rotary": ["rope_scaling", "rope_theta", "partial_rotary_factor", "is_causal"],
    "gpt_neox": ["rope_scaling", "rope_theta", "rotary_emb_base", "rotary_pct", "partial_rotary_factor"],
    "gemma": ["hidden_activation"],
    "gpt_neo": ["attention_layers", "num_attention_heads", "num_hidden_layers"],
    "gpt2": ["hidden_size", "max_position_embeddings", "num_attention_heads", "num_hidden_layers"],
    "bert": ["position_embedding_type"],
    "roberta": ["position_embedding_type"],
    "albert": ["position_embedding_type"],
    "mistral": ["layer_types"],
    "gemma3_text": ["rope_local_base_freq", "sliding_window_pattern"],
    "olmo3": ["sliding_window_pattern"],
    "cohere2": ["sliding_window_pattern"],
    "exaone4": ["sliding_window_pattern"],
    "mixtral": ["num_experts"],
    "qwen3_moe": ["num_local_experts"],
    "olmoe": ["num_local_experts"],
    "gpt_oss": ["num_experts"],
    "glm4_moe": ["num_local_experts"],
    "deepseek_v2": ["num_experts"],
    "deepseek_v3": ["num_local_experts"],
    "glm4_moe_lite": ["num_local_experts", "head_dim"],
    "qwen2_vl_text": ["head_dim"],
    "qwen2_5_vl_text": ["head_dim"],
}
NOT_ROTARY = ["gpt_neox", "gpt2", "gpt_neo", "opt", "bert", "roberta", "albert", "gptj", "codegen", "gpt_bigcode", "falcon", "bloom", "mpt", "openai-gpt", "camembert", "xlm-roberta", "electra",
              "distilbert", "mpnet", "esm", "nomic_bert", "eurobert", "modernbert", "deberta-v2", "xlnet", "t5"]
ROTARY = [family for family in BASES if family not in NOT_ROTARY and family not in VISION and family not in WHOLE]
# what files without rope_parameters say in their place
OLD = {
    "gemma3_text": {"rope_local_base_freq": 300.0, "rope_scaling": {"rope_type": "linear", "factor": 2.0}},
    "olmo3": {"rope_scaling": {"rope_type": "linear", "factor": 2.0}},
    "hunyuan_v1_dense": {"rope_scaling": {"type": "dynamic", "factor": 1.0, "alpha": 50.0}},
    "ministral3": {"rope_scaling": {"type": "yarn", "factor": 4.0, "llama_4_scaling_beta": 0.2}},
    "glm": {"partial_rotary_factor": 0.5},
    "glm4": {"partial_rotary_factor": 0.5},
    "glm4_moe": {"partial_rotary_factor": 0.5},
    "nemotron": {"partial_rotary_factor": 0.5},
    "stablelm": {"partial_rotary_factor": 0.5},
}
# not the program's to read, but models of 64 tokens need them
BESIDE = {name: {"pad_token_id": 0} for name in ["phi3", "smollm3", "glm", "glm4", "eurobert", "modernbert"]}
TOWER = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 16, "patch_size": 4}
QWEN_TOWER = {"depth": 1, "embed_dim": 8, "hidden_size": 24, "intermediate_size": 8, "num_heads": 2, "patch_size": 4, "mlp_ratio": 1,
              "out_hidden_size": 24, "num_position_embeddings": 4, "deepstack_visual_indexes": [0]}
BESIDE |= {name: {"vision_config": QWEN_TOWER if "qwen" in name else TOWER} for name in WHOLE}
BESIDE["mistral3"] = {"vision_config": TOWER | {"model_type": "pixtral"}}


def given(config):
    """Token ids, or the pixels of an image."""
    if not hasattr(config, "image_size"):
        return torch.arange(24)[None] % config.get_text_config().vocab_size
    size = config.image_size if isinstance(config.image_size, list) else [config.image_size] * 2
    return torch.zeros(1, config.num_channels, *size)


def made(config):
    """The config as transformers' class completes it; None where it, its model or a run of its model is refused."""
    config = BESIDE.get(config["model_type"], {}) | config
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "config.json").write_text(json.dumps(config))
        try:
            complete = AutoConfig.from_pretrained(folder)
            make = MODELS.get(config["model_type"], AutoModel.from_config)
            if config["model_type"] in MIXTURES:
                make = functools.partial(make, experts_implementation="eager")
            with torch.device("meta"):
                model = make(complete)
            if sum(p.numel() for p in model.parameters()) < 2_000_000:
                with torch.no_grad():
                    make(complete).eval()(given(complete))
            return complete
        except Exception as refusal:
            print(config["model_type"], type(refusal).__name__, str(refusal).replace("\n", " ")[:150])
            return None


def outright(family, complete, fields):
    """Every field as the class has it, under today's names."""
    said = {"model_type": family}
    for field in fields:
        value = getattr(complete, field, UNSAID.get(field))
        if field in ("embedding_size", "attention_head_size") and not hasattr(complete, field):
            heads = complete.num_attention_heads if field == "attention_head_size" else 1
            value = complete.hidden_size // heads
        if field == "head_dim" and value is None:
            value = complete.hidden_size // complete.num_attention_heads
        said[field] = {k: getattr(value, k, None) for k in fields[field]} if hasattr(value, "to_dict") else value
    if family in ["glm", "glm4", "glm4_moe"]:  # the whole head where the class has none, but a half where a file has none
        said["rope_parameters"].setdefault("partial_rotary_factor", 1.0)
    return json.loads(json.dumps(said))


def changed(config, path, change):
    config = copy.deepcopy(config)
    inner = config
    for key in path[:-1]:
        inner = inner[key]
    if change == "absent":
        inner.pop(path[-1], None)
    else:
        inner[path[-1]] = json.loads(change)
    return config


def empties(value):
    yield "absent"
    yield "null"
    yield "{}"
    if isinstance(value, list):
        yield "[]"
    if isinstance(value, str):
        yield '""'


def paths(config):
    for key, value in config.items():
        yield (key,), value
        if isinstance(value, dict):
            yield from (((key, inner), v) for inner, v in value.items())


class Table:
    def __init__(self):
        self.bases = {}
        self.cases = []

    def add(self, name, config, fields, legacy=()):
        """A base, and the changes of its fields."""
        family = name.split(" ")[0]
        config = {"model_type": family} | config
        complete = made(config)
        if complete is None:
            return
        base = outright(family, complete, fields)
        self.bases[name] = {"config": config, "outright": base}
        for path, value in [*paths(config), *(((key,), "") for key in legacy)]:
            for change in empties(value):
                if path != ("model_type",) and not (change == "absent" and path[0] in legacy):
                    self.case(name, base, path, change, changed(config, path, change), fields)

    def case(self, name, base, path, change, config, fields):
        complete = made(config)
        means = None
        if complete is not None:
            means = {k: v for k, v in outright(base["model_type"], complete, fields).items() if v != base[k]}
        self.cases.append({"base": name, "field": ".".join(path), "is": change, "means": means})


    def write(self):
        order = {name: place for place, name in enumerate(BASES)}
        place = lambda name: order.get(name.split(" ")[0], len(order))
        bases = {name: self.bases[name] for name in sorted(self.bases, key=place)}
        bases = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in bases.items())
        cases = ",\n".join(" " + json.dumps(c) for c in sorted(self.cases, key=lambda c: place(c["base"])))
        OUT.write_text(
            f'{{"transformers": "{transformers.__version__}",\n"bases": {{\n{bases}}},\n"cases": [\n{cases}]}}\n'
        )
        refused = sum(c["means"] is None for c in self.cases)
        print(len(self.cases), "cases,", refused, "refused")


def add_family(table, name, base):
    rotary = name in ROTARY
    table.add(name, base, base, LEGACY.get(name, []) + (LEGACY["rotary"] if rotary else []))
    everything = {"model_type": name}
    table.case(name, table.bases[name]["outright"], ("everything",), "absent", everything, base)
    bare = {k: v for k, v in base.items() if k != "rope_parameters"}
    if rotary:
        table.add(name + " old", bare | {"rope_theta": 5000.0, "rope_scaling": None} | OLD.get(name, {}), base)
        table.add(name + " mixed", bare | {"rope_theta": 5000.0, "rope_parameters": {"rope_type": "default"}}, base)
    if name == "gpt_neox":
        table.add(name + " old", bare | {"rotary_emb_base": 5000, "rotary_pct": 0.5, "rope_scaling": None}, base)
        linear = {"type": "linear", "factor": 2.0}
        table.add(name + " old linear", bare | {"rotary_emb_base": 5000, "rotary_pct": 0.5, "rope_scaling": linear}, base)
    if name in ["qwen2_vl", "qwen2_5_vl"]:
        table.add(name + " flat", base["text_config"] | {"tie_word_embeddings": True}, base)
    if name in ["gpt2", "gpt_neo"]:
        other = {"gpt2": {"n_embd": "hidden_size", "n_head": "num_attention_heads", "n_layer": "num_hidden_layers"}}
        other["gpt2"]["n_positions"] = "max_position_embeddings"
        other["gpt_neo"] = {"num_heads": "num_attention_heads", "num_layers": "num_hidden_layers"}
        table.add(name + " aliases", {other[name].get(k, k): v for k, v in base.items()}, base)


def add_scaled(table, name, base):
    """The rotary types, in today's place and in that of older files."""
    bare = {k: v for k, v in base.items() if k != "rope_parameters"}
    for kind, rope in SCALED.items():
        if name != "phi3" or kind == "longrope":
            table.add(f"{name} {kind}", bare | {"rope_parameters": rope}, base)
            inner = {("type" if k == "rope_type" else k): v for k, v in rope.items() if k != "rope_theta"}
            table.add(f"{name} {kind} old", bare | {"rope_scaling": inner, "rope_theta": 5000.0}, base)


def main():
    named = sys.argv[1:] or list(BASES)
    table = Table()
    if sys.argv[1:]:
        stored = json.loads(OUT.read_text())
        table.bases = {k: v for k, v in stored["bases"].items() if k.split(" ")[0] not in named}
        table.cases = [c for c in stored["cases"] if c["base"].split(" ")[0] not in named]
    for name in named:
        add_family(table, name, BASES[name])
        if name in ["llama", "phi3"]:
            add_scaled(table, name, BASES[name])
        table.write()


main()
