"""Writes what transformers' modules give with each knob turned, in float64, for the tests' tiny checkpoints.

    python scripts/reference-knobs.py        # needs torch and transformers; writes expected-knobs.json beside each checkpoint

The attention of every block is replaced by softmax(beta (scale q k' + mask)) v written out with the modules' own projections,
which for neutral knobs is first held against the modules themselves. Skips and norms are changed by hooks of the same kind.
"""

import copy
import json
import pathlib

import numpy
import torch
from transformers import AutoConfig, AutoModelForCausalLM

ROOT = pathlib.Path(__file__).resolve().parent.parent / "probe/src/test/resources/reference"
PASSES = 3
KNOBS = {
    "neutral": {},
    "mask full": {"mask": "full"},
    "mask causal": {"mask": "causal"},
    "mask window:3": {"mask": "window:3"},
    "beta 2.5": {"beta": 2.5},
    "beta 0": {"beta": 0.0},
    "beta -1": {"beta": -1.0},
    "mask full, beta 0.3": {"mask": "full", "beta": 0.3},
    "attention-scale 0.25": {"attention_scale": 0.25},
    "no-skip": {"skip": False},
    "no-norm": {"norm": False},
    "heads 1,3": {"heads": [1, 3]},
    "no-sink": {"sink": False},
    "no-sink, mask full": {"sink": False, "mask": "full"},
    "no-sink, mask window:3, beta 0.3": {"sink": False, "mask": "window:3", "beta": 0.3},
    "no-sink, beta -1": {"sink": False, "beta": -1.0},
    "clamp-outliers 1": {"clamp": 1},
    "clamp-outliers 5, no-sink": {"clamp": 5, "sink": False},
    "all at once": {"mask": "window:5", "beta": 1.5, "attention_scale": 2.0, "skip": False, "norm": False, "heads": [0, 2, 3]},
}


def seen(mask, tokens, own_window):
    i, j = torch.arange(tokens)[:, None], torch.arange(tokens)[None, :]
    if mask == "full":
        return torch.ones(tokens, tokens, dtype=torch.bool)
    window = int(mask.split(":")[1]) if mask.startswith("window") else own_window
    return (i >= j) & (i - j < window)


def attention(model, layer, a, knobs):
    """The branch that attention adds, for a [T, D] behind the norm."""
    block = model.transformer.h[layer]
    config = model.config
    if config.model_type == "gpt2":
        q, k, v = block.attn.c_attn(a[None])[0].split(config.n_embd, dim=-1)
        heads, window = config.n_head, 1 << 30
        scale = (config.n_embd // heads) ** -0.5
        project = block.attn.c_proj
    else:
        inner = block.attn.attention
        q, k, v = inner.q_proj(a), inner.k_proj(a), inner.v_proj(a)
        heads, scale = config.num_heads, 1.0
        window = config.window_size if config.attention_layers[layer] == "local" else 1 << 30
        project = inner.out_proj
    split = lambda x: x.view(x.shape[0], heads, -1).transpose(0, 1)  # [H, T, d]
    scores = split(q) @ split(k).transpose(1, 2) * scale * knobs.get("beta", 1.0)
    allowed = seen(knobs.get("mask", "own"), a.shape[0], window)
    if not knobs.get("sink", True):
        allowed[1:, 0] = False
    scores = scores.masked_fill(~allowed, float("-inf"))
    out = torch.softmax(scores, -1) @ split(v)
    for head in range(heads):
        if head not in knobs.get("heads", range(heads)):
            out[head] = 0
    out = out.transpose(0, 1).reshape(a.shape)
    return project(out[None])[0] * knobs.get("attention_scale", 1.0)


def norm(module, x, knobs):
    return module(x) if knobs.get("norm", True) else x * module.weight + module.bias


def error(x):
    u = x / x.norm(dim=-1, keepdim=True)
    return float(((u - u[0]) ** 2).sum(-1).mul(0.5).mean())


def clamp(x, count):
    """The dimensions with the largest activations, set to their median over tokens."""
    values = x.numpy().copy()
    for d in numpy.argsort(-numpy.abs(values).max(0), kind="stable")[:count]:
        values[:, d] = numpy.median(values[:, d])
    return torch.from_numpy(values)


def run(model, ids, knobs):
    t = model.transformer
    x = t.wte.weight[ids] + t.wpe.weight[: len(ids)]
    curve = [error(x)]
    for _ in range(PASSES):
        for layer, block in enumerate(t.h):
            skip = knobs.get("skip", True)
            branch = attention(model, layer, norm(block.ln_1, x, knobs), knobs)
            x = x + branch if skip else branch
            m = block.mlp(norm(block.ln_2, x, knobs)[None])[0]
            x = x + m if skip else m
            x = clamp(x, knobs.get("clamp", 0))
            curve.append(error(x))
        x = norm(t.ln_f, x, knobs)
    return curve, x


def own(model, ids, full=False):
    """The same with the modules' own forward, for neutral knobs or a full mask."""
    t = model.transformer
    x = (t.wte.weight[ids] + t.wpe.weight[: len(ids)])[None]
    mask = torch.zeros(1, 1, len(ids), len(ids), dtype=x.dtype) if full else None
    for _ in range(PASSES):
        x = t(inputs_embeds=x - t.wpe.weight[: len(ids)], attention_mask=mask, use_cache=False).last_hidden_state
    return x[0]


def with_beta(model, beta):
    """A copy whose queries are multiplied by beta."""
    hot = copy.deepcopy(model)
    for block in hot.transformer.h:
        if hot.config.model_type == "gpt2":
            block.attn.c_attn.weight[:, : hot.config.n_embd] *= beta
            block.attn.c_attn.bias[: hot.config.n_embd] *= beta
        else:
            block.attn.attention.q_proj.weight *= beta
    return hot


def require_same(model, prompts, tolerance):
    """Holds the written-out attention against the modules, as far as they have the knob."""
    hot = with_beta(model, 2.5)
    apart = {"neutral": 0.0, "beta 2.5": 0.0}
    for p in map(torch.tensor, prompts):
        apart["neutral"] = max(apart["neutral"], float((own(model, p) - run(model, p, {})[1]).abs().max()))
        apart["beta 2.5"] = max(apart["beta 2.5"], float((own(hot, p) - run(model, p, {"beta": 2.5})[1]).abs().max()))
        if model.config.model_type == "gpt2":  # GPT-Neo's module masks by itself, whatever it is given
            difference = (own(model, p, full=True) - run(model, p, {"mask": "full"})[1]).abs().max()
            apart["mask full"] = max(apart.get("mask full", 0.0), float(difference))
    print(model.config.model_type, "differs from the modules' own forward by", apart)
    assert max(apart.values()) < tolerance


@torch.no_grad()
def main():
    for name in ("tiny-gpt2", "tiny-gpt-neo"):
        folder = ROOT / name
        config = AutoConfig.from_pretrained(folder)
        config._attn_implementation = "eager"
        model = AutoModelForCausalLM.from_pretrained(folder, config=config, dtype=torch.float64).eval()
        prompts = json.loads((folder / "prompts.json").read_text())
        # GPT-Neo's module takes scores in float32 whatever the dtype
        require_same(model, prompts, 1e-10 if name == "tiny-gpt2" else 1e-4)
        expected = {}
        for words, knobs in KNOBS.items():
            rows = [run(model, torch.tensor(p), knobs) for p in prompts]
            expected[words] = {
                "error": [curve for curve, _ in rows],
                "hidden_first": [x[0, :8].tolist() for _, x in rows],
            }
        (folder / "expected-knobs.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
