"""What every model class that transformers' Auto classes can save for a family writes into a checkpoint: names and shapes.

Writes probe/src/test/resources/heads.json, from which a test makes a tiny checkpoint for each class.

    pip install torch transformers; python scripts/reference-heads.py [FAMILY...]

Families that are named are made anew, and the others' entries stay.
"""

import importlib
import json
import pathlib
import sys
import tempfile

import transformers
from safetensors import safe_open
from transformers import AutoConfig
from transformers.models.auto import modeling_auto

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

OUT = pathlib.Path(__file__).parent.parent / "probe/src/test/resources/heads.json"

DECODER = {
    "vocab_size": 8,
    "hidden_size": 4,
    "intermediate_size": 6,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 2,
    "max_position_embeddings": 5,
    "pad_token_id": 0,
}
ENCODER = {k: v for k, v in DECODER.items() if k not in ("num_key_value_heads", "head_dim")}
GPT2 = {"vocab_size": 8, "n_embd": 4, "n_layer": 1, "n_head": 2, "n_positions": 5, "pad_token_id": 0}
GROUPED = {
    "n_routed_experts": 2,
    "num_experts_per_tok": 1,
    "moe_intermediate_size": 3,
    "n_group": 1,
    "topk_group": 1,
    "first_k_dense_replace": 0,
}
LATENT = {
    "num_key_value_heads": 2,
    "q_lora_rank": 3,
    "kv_lora_rank": 3,
    "qk_nope_head_dim": 2,
    "qk_rope_head_dim": 2,
    "v_head_dim": 3,
}
CONFIGS = {
    "albert": ENCODER | {"embedding_size": 3},
    "bert": ENCODER,
    "gemma": DECODER,
    "gemma2": DECODER,
    **{
        family: DECODER
        for family in (
            "apertus arcee cohere cohere2 ernie4_5 exaone4 gemma3_text glm glm4 granite helium hunyuan_v1_dense ministral"
            " ministral3 nanochat nemotron olmo olmo2 olmo3 seed_oss smollm3"
        ).split()
    },
    "stablelm": DECODER | {"hidden_size": 16, "head_dim": 8},
    "gpt2": GPT2,
    "gpt_neo": {
        "vocab_size": 8,
        "hidden_size": 4,
        "num_layers": 2,
        "num_heads": 2,
        "max_position_embeddings": 5,
        "attention_types": [[["global", "local"], 1]],
    },
    "gpt_neox": ENCODER | {"hidden_size": 16},
    "llama": DECODER,
    "mistral": DECODER,
    "opt": {k: v for k, v in ENCODER.items() if k != "intermediate_size"} | {"ffn_dim": 6, "word_embed_proj_dim": 3},
    "phi3": DECODER,
    "qwen2": DECODER,
    "qwen3": DECODER,
    "roberta": ENCODER | {"pad_token_id": 1},
    "phi": {k: v for k, v in DECODER.items() if k != "head_dim"} | {"hidden_size": 8},
    "starcoder2": DECODER,
    "gptj": GPT2 | {"rotary_dim": 2},
    "codegen": GPT2 | {"n_head": 4, "n_embd": 8, "rotary_dim": 2},
    "gpt_bigcode": GPT2,
    "falcon": {k: v for k, v in ENCODER.items() if k != "intermediate_size"},
    "bloom": {"vocab_size": 8, "hidden_size": 4, "n_layer": 1, "n_head": 2, "pad_token_id": 0},
    "mpt": {"vocab_size": 8, "d_model": 4, "n_layers": 1, "n_heads": 2, "max_seq_len": 5, "pad_token_id": 0},
    "openai-gpt": GPT2,
    "camembert": ENCODER | {"pad_token_id": 1},
    "xlm-roberta": ENCODER | {"pad_token_id": 1},
    "electra": ENCODER | {"embedding_size": 3},
    "distilbert": {"vocab_size": 8, "dim": 4, "n_layers": 1, "n_heads": 2, "hidden_dim": 6, "max_position_embeddings": 5},
    "mpnet": ENCODER | {"pad_token_id": 1},
    "esm": ENCODER | {"position_embedding_type": "rotary", "mask_token_id": 2},
    "nomic_bert": ENCODER,
    "eurobert": DECODER,
    "modernbert": ENCODER,
    "deberta-v2": ENCODER | {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "xlnet": {"vocab_size": 8, "d_model": 4, "n_layer": 1, "n_head": 2, "d_inner": 6, "pad_token_id": 0},
    "t5": {"vocab_size": 8, "d_model": 4, "d_kv": 2, "d_ff": 6, "num_layers": 1, "num_heads": 2, "pad_token_id": 0},
    "mixtral": DECODER | {"num_local_experts": 2, "num_experts_per_tok": 1},
    "qwen2_moe": DECODER
    | {"num_experts": 2, "num_experts_per_tok": 1, "moe_intermediate_size": 3, "shared_expert_intermediate_size": 5},
    "qwen3_moe": DECODER | {"num_experts": 2, "num_experts_per_tok": 1, "moe_intermediate_size": 3},
    "olmoe": DECODER | {"num_experts": 2, "num_experts_per_tok": 1},
    "granitemoe": DECODER | {"num_local_experts": 2, "num_experts_per_tok": 1},
    "glm4_moe": DECODER | GROUPED,
    "gpt_oss": DECODER | {"num_local_experts": 2, "num_experts_per_tok": 1},
    "deepseek_v2": DECODER | GROUPED | LATENT | {"n_group": None, "topk_group": None},
    "deepseek_v3": DECODER | GROUPED | LATENT,
    "glm4_moe_lite": DECODER | GROUPED | LATENT,
}

VIT = {
    "hidden_size": 4,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 6,
    "image_size": 8,
    "patch_size": 4,
}
DINO = {k: v for k, v in VIT.items() if k != "intermediate_size"}
CONFIGS |= {
    "vit": VIT,
    "deit": VIT,
    "ijepa": VIT,
    "dinov2": DINO,
    "dinov2_with_registers": DINO,
    "dinov3_vit": VIT | {"num_attention_heads": 1, "num_register_tokens": 1},
    "beit": VIT | {"use_relative_position_bias": True},
    "clip_vision_model": VIT,
    "siglip_vision_model": VIT,
}

CLIP = VIT | {"model_type": "clip_vision_model"}
SIGLIP = CLIP | {"model_type": "siglip_vision_model", "vision_use_head": False}
QWEN = {"depth": 1, "embed_dim": 4, "hidden_size": 4, "intermediate_size": 6, "num_heads": 2, "patch_size": 4, "mlp_ratio": 1}
ONE_ANGLE = {"rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "mrope_section": [1, 0, 0]}}
QWEN |= {"out_hidden_size": 4, "num_position_embeddings": 4, "deepstack_visual_indexes": [0]}
CONFIGS |= {
    **dict.fromkeys(["qwen2_vl_text", "qwen2_5_vl_text", "qwen3_vl_text"], DECODER | ONE_ANGLE),
    "gemma3": {"text_config": DECODER, "vision_config": SIGLIP, "mm_tokens_per_image": 4},
    "llava": {"text_config": DECODER | {"model_type": "llama"}, "vision_config": CLIP},
    "llava_next": {"text_config": DECODER | {"model_type": "mistral"}, "vision_config": CLIP},
    "llava_onevision": {"text_config": DECODER | {"model_type": "qwen2"}, "vision_config": SIGLIP},
    "mistral3": {"text_config": DECODER | {"model_type": "mistral"}, "vision_config": CLIP | {"model_type": "pixtral"}},
    **{name: {"text_config": DECODER | ONE_ANGLE, "vision_config": QWEN} for name in ["qwen2_vl", "qwen2_5_vl", "qwen3_vl"]},
}


# families whose classes stand in another's file, and what of it is theirs
MODULES = {"openai-gpt": "openai", "gemma3_text": "gemma3", "clip_vision_model": "clip", "siglip_vision_model": "siglip"}
MODULES |= {f"{family}_text": family for family in ["qwen2_vl", "qwen2_5_vl", "qwen3_vl"]}


def classes(family):
    """The classes of all tasks: what the family's file offers, and every mapping of an Auto class that knows the family."""
    place = MODULES.get(family, family.replace("-", "_"))
    module = importlib.import_module(f"transformers.models.{place}.modeling_{place}")
    names = {n for n in module.__all__ if not n.endswith("PreTrainedModel") and isinstance(getattr(module, n), type)}
    for mapping in vars(modeling_auto).values():
        if isinstance(mapping, dict) and family in mapping:
            found = mapping[family]
            names.update([found] if isinstance(found, str) else found)
    if "text_config" in CONFIGS[family]:
        names = {n for n in names if "Vision" not in n}
    return sorted(n for n in names if issubclass(getattr(transformers, n, int), transformers.PreTrainedModel))


def saved(name, config):
    """Names and shapes of what the class saves, beside its config."""
    with tempfile.TemporaryDirectory() as folder:
        getattr(transformers, name)(config).save_pretrained(folder)
        with safe_open(pathlib.Path(folder, "model.safetensors"), "pt") as file:
            tensors = {key: file.get_slice(key).get_shape() for key in file.keys()}
        return json.loads(pathlib.Path(folder, "config.json").read_text()), tensors


def main():
    named = sys.argv[1:] or list(CONFIGS)
    entries = []
    if sys.argv[1:]:
        stored = json.loads(OUT.read_text())["checkpoints"]
        entries = [e for e in stored if e["config"]["model_type"] not in named]
    for family in named:
        fields = CONFIGS[family]
        for name in classes(family):
            for tied in [True, False]:
                config = AutoConfig.for_model(family, **fields, tie_word_embeddings=tied, num_labels=3)
                try:
                    written, tensors = saved(name, config)
                except Exception as refusal:
                    print(family, name, type(refusal).__name__, str(refusal)[:100])
                    continue
                for unread in ["id2label", "label2id", "transformers_version"]:
                    written.pop(unread, None)
                entry = {"class": name, "tied": tied, "config": written, "tensors": tensors}
                if not any(e["class"] == name and e["tensors"] == tensors for e in entries):
                    entries.append(entry)
    lines = ",\n".join(" " + json.dumps(entry) for entry in entries)
    OUT.write_text(f'{{"transformers": "{transformers.__version__}", "checkpoints": [\n{lines}]}}\n')
    print(len(entries), "checkpoints")


main()
