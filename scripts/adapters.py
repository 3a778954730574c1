#!/usr/bin/env python3
"""Writes probe/src/test/resources/adapters: tiny adapters as PEFT saves them, and what PEFT's merge makes of their models.

usage: adapters.py   (needs torch, transformers, peft, safetensors)

Models are those of probe/src/test/resources/reference and families. Beside each adapter: expected.safetensors, every 11th entry (row-major)
of each tensor that merge_and_unload in float64 changes, and "error", eq. 25 at the depths of one pass over the model's prompts,
with modules' islands of float32 lifted.
"""
import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, logging

logging.set_verbosity_error()
RESOURCES = Path(__file__).parent.parent / "probe/src/test/resources"
FLOAT32, FLOAT, TO_FLOAT = torch.float32, torch.float, torch.Tensor.float
STRIDE = 11

CASES = {
    "gpt2-lora": ("tiny-gpt2", dict(
        r=4, lora_alpha=6, target_modules=["c_attn", "c_proj", "c_fc"], fan_in_fan_out=True, layers_to_transform=[0, 2],
        rank_pattern={"attn.c_proj": 2, r"h\.2\.mlp\.c_fc": 3}, alpha_pattern={"c_attn": 9, ".*mlp.c_proj": 1})),
    "gpt2-dora": ("tiny-gpt2", dict(
        r=3, lora_alpha=5, target_modules=["c_attn", "mlp.c_proj", "wte"], use_dora=True, fan_in_fan_out=True)),
    "gpt2-biases": ("tiny-gpt2", dict(
        r=2, lora_alpha=2, target_modules=["c_attn", "wpe"], lora_bias=False, bias="all", fan_in_fan_out=True)),
    "gpt2-lora-bias": ("tiny-gpt2", dict(
        r=2, lora_alpha=3, target_modules=["c_fc"], lora_bias=True, fan_in_fan_out=True)),
    "llama-rslora": ("tiny-llama", dict(
        r=4, lora_alpha=6, use_rslora=True, target_modules="all-linear", modules_to_save=["lm_head", "norm"])),
    "llama-dora": ("tiny-llama", dict(
        r=2, lora_alpha=4, use_dora=True, use_rslora=True, target_modules=["q_proj", "down_proj", "lm_head"],
        rank_pattern={"down_proj": 5})),
    "bert-lora": ("tiny-bert", dict(
        task_type="SEQ_CLS", r=2, lora_alpha=4, target_modules=["query", "value", "output.dense"])),
    # the vision tower's q_proj and fc1 are changed too
    "gemma3-lora": ("gemma3-older", dict(r=2, lora_alpha=3, target_modules=["q_proj", "down_proj", "fc1"])),
}


def lift(m):
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    for name, module in list(m.named_modules()):
        if name.endswith("rotary_emb"):
            m.get_submodule(name.rpartition(".")[0]).rotary_emb = type(module)(m.config.get_text_config())
        if hasattr(module, "scalar_embed_scale"):
            module.embed_scale = torch.tensor(float(module.scalar_embed_scale), dtype=torch.float64)


def lower():
    torch.float32, torch.float, torch.Tensor.float = FLOAT32, FLOAT, TO_FLOAT


def error(h):
    u = h / h.norm(dim=2, keepdim=True)
    return ((u - u[:, :1]) ** 2).sum(2).mean(1) / 2


@torch.no_grad()
def curve(model, prompts):
    base = model.base_model
    layers = {"gpt2": lambda: base.h, "llama": lambda: base.layers, "bert": lambda: base.encoder.layer,
              "gemma3": lambda: base.language_model.layers}[model.config.model_type]()
    seen = []
    layers[0].register_forward_pre_hook(
        lambda _, a, k: seen.append(error(a[0] if a else k["hidden_states"])), with_kwargs=True)
    for layer in layers:
        layer.register_forward_hook(lambda _, i, o: seen.append(error(o[0] if isinstance(o, tuple) else o)))
    base(input_ids=prompts)
    return torch.stack(seen, 1)


def make(name, checkpoint, options):
    folder = RESOURCES / "adapters" / name
    place = "reference" if (RESOURCES / "reference" / checkpoint).exists() else "families"
    path = RESOURCES / place / checkpoint
    kind = AutoModelForSequenceClassification if options.get("task_type") == "SEQ_CLS" else AutoModelForCausalLM
    load = lambda dtype: kind.from_pretrained(path, dtype=dtype, attn_implementation="eager").eval()
    torch.manual_seed(7)
    base = load(torch.float32)
    before = {k: v.clone() for k, v in base.double().state_dict().items()}
    model = get_peft_model(load(torch.float32), LoraConfig(**options))
    with torch.no_grad():
        for key, p in model.named_parameters():
            if "lora_magnitude" in key:
                p.mul_(torch.rand_like(p) + 0.5)
            elif "lora_" in key:
                p.copy_(torch.randn_like(p) * 0.2)
            elif p.requires_grad:
                p.add_(torch.randn_like(p) * 0.1)
    as_bin = name == "llama-rslora"
    model.save_pretrained(folder, safe_serialization=not as_bin)
    if as_bin:  # some releases of PEFT save safetensors all the same
        file = folder / "adapter_model.safetensors"
        if file.exists():
            torch.save(load_file(file), folder / "adapter_model.bin")
            file.unlink()
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = f"{place}/{checkpoint}"
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n")

    wide = load(torch.float32).double()
    merged = PeftModel.from_pretrained(wide, folder, autocast_adapter_dtype=False).double().merge_and_unload().eval()
    lift(merged)
    after = merged.state_dict()
    not_in_files = ["lm_head.weight"] if merged.config.tie_word_embeddings else []
    expected = {
        k: v.flatten()[::STRIDE].clone()
        for k, v in after.items()
        if k in before and k not in not_in_files and not k.startswith(("classifier", "bert.pooler", "model.vision_tower")) and not torch.equal(v, before[k])
    }
    prompts = torch.tensor(json.loads((path / "prompts.json").read_text()))
    expected["error"] = curve(merged, prompts)
    lower()
    save_file({k: v.contiguous() for k, v in expected.items()}, folder / "expected.safetensors")
    print(name, len(expected), "tensors", sum(f.stat().st_size for f in folder.iterdir()), "bytes", expected["error"][0, -1].item())


if __name__ == "__main__":
    for case, (checkpoint, options) in CASES.items():
        if len(sys.argv) < 2 or case in sys.argv[1:]:
            make(case, checkpoint, options)
