"""Tiny checkpoints of vision models, with what transformers' own modules give on them in float64.

    python scripts/reference-families-images.py [NAME...]    # needs torch and transformers; writes probe/src/test/resources/families/NAME

As scripts/reference-families-others.py, with pixels.npy (float32, as they enter the model) in place of prompts.json.
"""

import importlib.util
import pathlib

import numpy
import torch

place = pathlib.Path(__file__).with_name("reference-families-others.py")
spec = importlib.util.spec_from_file_location("others", place)
others = importlib.util.module_from_spec(spec)
spec.loader.exec_module(others)


def pixels(folder, fields, how):
    """Pixels as the model takes them: of its own size, or another."""
    size = how.get("size", fields["image_size"])
    height, width = size if isinstance(size, list) else (size, size)
    values = numpy.random.default_rng(3).standard_normal((3, fields.get("num_channels", 3), height, width))
    numpy.save(folder / "pixels.npy", values.astype(numpy.float32))
    return {"pixel_values": torch.tensor(values.astype(numpy.float32)).double()}


VIT = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "image_size": 12,
    "patch_size": 4,
}
DINO = {k: v for k, v in VIT.items() if k != "intermediate_size"} | {"mlp_ratio": 2}
MLP = {"without": others.without("mlp"), "inputs": pixels}
LAYERS = MLP | {"layers": "layers"}
ENCODER = MLP | {"layers": "encoder.layer"}
DINO3 = MLP | {"layers": "model.layer"}
CLIP = MLP | {"layers": "encoder.layers"}

others.CASES = {
    "vit-plain": ("vit", VIT, LAYERS | {"class": "ViTForImageClassification"}),
    "vit-oblong": (
        "vit",
        VIT
        | {
            "num_attention_heads": 4,
            "qkv_bias": False,
            "hidden_act": "relu",
            "layer_norm_eps": 1e-3,
            "image_size": [8, 18],
            "patch_size": [4, 6],
            "num_channels": 1,
        },
        LAYERS,
    ),
    "deit-plain": ("deit", VIT, LAYERS | {"class": "DeiTForImageClassificationWithTeacher"}),
    "deit-heads": (
        "deit",
        VIT | {"num_attention_heads": 2, "qkv_bias": False, "image_size": 15, "patch_size": 4, "num_hidden_layers": 3},
        LAYERS,
    ),
    "dinov2-plain": ("dinov2", DINO, ENCODER | {"class": "Dinov2ForImageClassification"}),
    "dinov2-other-size": (
        "dinov2",
        DINO
        | {
            "num_attention_heads": 4,
            "use_swiglu_ffn": True,
            "qkv_bias": False,
            "layerscale_value": 0.5,
            "use_mask_token": False,
        },
        ENCODER | {"size": 21},
    ),
    "dinov2_with_registers-plain": (
        "dinov2_with_registers",
        DINO | {"num_register_tokens": 3},
        ENCODER | {"class": "Dinov2WithRegistersForImageClassification"},
    ),
    "dinov2_with_registers-smaller": (
        "dinov2_with_registers",
        DINO
        | {
            "num_register_tokens": 2,
            "num_attention_heads": 4,
            "image_size": 20,
            "use_swiglu_ffn": True,
            "layer_norm_eps": 1e-3,
        },
        ENCODER | {"size": 12},
    ),
    "dinov3_vit-plain": ("dinov3_vit", VIT | {"num_register_tokens": 2, "num_attention_heads": 2}, DINO3),
    "dinov3_vit-gated": (
        "dinov3_vit",
        VIT
        | {
            "num_attention_heads": 3,
            "use_gated_mlp": True,
            "hidden_act": "silu",
            "query_bias": False,
            "key_bias": True,
            "value_bias": False,
            "proj_bias": False,
            "mlp_bias": False,
            "rope_theta": 30.0,
            "image_size": [8, 12],
            "layerscale_value": 0.5,
        },
        DINO3,
    ),
    "beit-shared-bias": (
        "beit",
        VIT | {"use_shared_relative_position_bias": True, "use_mean_pooling": True},
        LAYERS | {"class": "BeitForImageClassification"},
    ),
    "beit-own-bias": (
        "beit",
        VIT
        | {
            "num_attention_heads": 4,
            "use_relative_position_bias": True,
            "use_absolute_position_embeddings": True,
            "use_mean_pooling": False,
            "layer_scale_init_value": 0.0,
            "use_mask_token": True,
            "layer_norm_eps": 1e-3,
        },
        LAYERS,
    ),
    "clip_vision_model-plain": ("clip_vision_model", VIT, CLIP | {"class": "CLIPVisionModel"}),
    "clip_vision_model-gelu": (
        "clip_vision_model",
        VIT | {"num_attention_heads": 4, "hidden_act": "gelu", "layer_norm_eps": 1e-3, "image_size": 14},
        CLIP | {"class": "CLIPVisionModel"},
    ),
    "siglip_vision_model-plain": ("siglip_vision_model", VIT, CLIP | {"class": "SiglipVisionModel"}),
    "siglip_vision_model-heads": (
        "siglip_vision_model",
        VIT | {"num_attention_heads": 4, "hidden_act": "relu", "layer_norm_eps": 1e-3, "vision_use_head": False},
        CLIP | {"class": "SiglipVisionModel"},
    ),
    "ijepa-plain": ("ijepa", VIT, LAYERS | {"class": "IJepaForImageClassification"}),
    "ijepa-heads": (
        "ijepa",
        VIT | {"num_attention_heads": 4, "qkv_bias": False, "hidden_act": "gelu_new", "image_size": [8, 12]},
        LAYERS,
    ),
}

if __name__ == "__main__":
    others.main()
