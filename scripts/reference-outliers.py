"""Writes what numpy makes of transformers' states, keys and values, for the measures of outliers and sinks.

    python scripts/reference-outliers.py        # needs torch, transformers, numpy; writes probe/src/test/resources/outliers/NAME.json

In float64, one pass, of the tests' tiny checkpoints: one with a head a key, one whose heads share keys. Norms of keys are taken
before rotation, which keeps them.
"""

import json
import pathlib

import numpy
import torch
from transformers import AutoModelForCausalLM

ROOT = pathlib.Path(__file__).resolve().parent.parent / "probe/src/test/resources"
PROMPTS = 2


def of_states(x):
    size = numpy.abs(x)
    order = numpy.argsort(-size.reshape(-1), kind="stable")[:5]
    tokens, dimensions = numpy.unravel_index(order, x.shape)
    centred = x - x.mean()
    columns = (x**2).mean(0)
    terms = numpy.sort((x**2).sum(0))[::-1]
    return {
        "largest-activations": x.reshape(-1)[order].tolist(),
        "largest-activations-to-median": (size.reshape(-1)[order] / numpy.median(size)).tolist(),
        "largest-activations-token": (tokens + 1).tolist(),
        "largest-activations-dimension": dimensions.tolist(),
        "kurtosis": [
            float((centred**4).mean() / (centred**2).mean() ** 2),
            float((columns**2).mean() / columns.mean() ** 2),
        ],
        "norm-share": [float(terms[0] / terms.sum()), float(terms[:5].sum() / terms.sum())],
    }


def of_vectors(x, groups, heads):
    """Norms of x [T, G d] by head: of token 1, and the mean of the others."""
    norms = numpy.linalg.norm(x.reshape(len(x), groups, -1), axis=-1)
    both = numpy.stack([norms[0], norms[1:].mean(0)], 1)
    return numpy.repeat(both, heads // groups, 0).reshape(-1).tolist()


def by_layer(model):
    """Keys and values of every layer, by hooks, in lists that fill when the model runs."""
    keys, values = [], []
    if model.config.model_type == "gpt2":
        width = model.config.n_embd
        for block in model.transformer.h:
            block.attn.c_attn.register_forward_hook(lambda m, i, y: keys.append(y[0, :, width : 2 * width].numpy()))
            block.attn.c_attn.register_forward_hook(lambda m, i, y: values.append(y[0, :, 2 * width :].numpy()))
        return keys, values, model.transformer.h, model.config.n_head, model.config.n_head
    for block in model.model.layers:
        block.self_attn.k_proj.register_forward_hook(lambda m, i, y: keys.append(y[0].numpy()))
        block.self_attn.v_proj.register_forward_hook(lambda m, i, y: values.append(y[0].numpy()))
    config = model.config
    return keys, values, model.model.layers, config.num_key_value_heads, config.num_attention_heads


@torch.no_grad()
def main():
    (ROOT / "outliers").mkdir(exist_ok=True)
    folders = (ROOT / "reference/tiny-gpt2", ROOT / "reference/tiny-llama")
    models = [AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval() for folder in folders]
    torch.set_default_dtype(torch.float64)  # also what modules do in float32 whatever the model's dtype
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    for folder, model in zip(folders, models):
        if hasattr(model, "model"):
            model.model.rotary_emb = type(model.model.rotary_emb)(model.config)
        keys, values, blocks, groups, heads = by_layer(model)
        states = []
        blocks[0].register_forward_pre_hook(lambda m, args: states.append(args[0][0].numpy().copy()))
        for block in blocks:
            block.register_forward_hook(lambda m, i, y: states.append((y[0] if isinstance(y, tuple) else y)[0].numpy().copy()))
        expected = []
        for ids in json.loads((folder / "prompts.json").read_text())[:PROMPTS]:
            for filled in (keys, values, states):
                filled.clear()
            model(torch.tensor([ids]), use_cache=False)
            depths = [of_states(x) for x in states]
            for depth, k, v in zip(depths[1:], keys, values):
                depth["key-norm"] = of_vectors(k, groups, heads)
                depth["value-norm"] = of_vectors(v, groups, heads)
            expected.append(depths)
        (ROOT / "outliers" / (folder.name + ".json")).write_text(json.dumps({"prompts": expected}) + "\n")


main()
