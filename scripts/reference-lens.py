"""Makes the reference of the logit lens, and of the measures that compare a block's input and output, from saved states.

    consensus attribute CHECKPOINT --redundancy --dtype float64 --passes 1 --prompts CHECKPOINT/prompts.json --out RUN
    python scripts/reference-lens.py RUN CHECKPOINT EXPECTED.json

Needs numpy and safetensors. Reads RUN/model/hidden/depth-*.npy, and the final norm and the head of the checkpoint.
"""

import json
import pathlib
import sys

import numpy
from safetensors import safe_open


def tensors(folder):
    found = {}
    with safe_open(folder / "model.safetensors", "pt") as file:
        for name in file.keys():
            found[name.removeprefix("model.").removeprefix("transformer.")] = file.get_tensor(name).double().numpy()
    return found


def final(x, config, w):
    """The scores of the next token."""
    kind = config["model_type"]
    if kind in ("gpt2", "cohere"):
        eps = config.get("layer_norm_epsilon", config.get("layer_norm_eps"))
        y = (x - x.mean(-1, keepdims=True)) / numpy.sqrt(x.var(-1, keepdims=True) + eps)
        y = y * w["ln_f.weight"] + w["ln_f.bias"] if kind == "gpt2" else y * w["norm.weight"]
    else:
        y = x / numpy.sqrt((x**2).mean(-1, keepdims=True) + config["rms_norm_eps"])
        y = y * (w["norm.weight"] + (kind == "gemma3_text"))
    head = w.get("lm_head.weight", w.get("embed_tokens.weight", w.get("wte.weight")))
    logits = y @ head.T
    if kind == "cohere":
        logits = logits * config["logit_scale"]
    if kind == "granite":
        logits = logits / config["logits_scaling"]
    cap = config.get("final_logit_softcapping")
    return cap * numpy.tanh(logits / cap) if cap else logits


def log_softmax(z):
    z = z - z.max(-1, keepdims=True)
    return z - numpy.log(numpy.exp(z).sum(-1, keepdims=True))


def procrustes(x, y):
    x, y = (z - z.mean(0) for z in (x, y))
    x, y = (z / numpy.linalg.norm(z) for z in (x, y))
    left, values, right = numpy.linalg.svd(x.T @ y)
    rotation, scale = left @ right, values.sum()
    return float(numpy.linalg.norm(scale * x @ rotation - y) ** 2)


def change(x, y):
    u, v = (z / numpy.linalg.norm(z, axis=1, keepdims=True) for z in (x, y))
    cosines = (u * v).sum(1)
    return float(1 - cosines.mean()), float((numpy.arccos(cosines) / numpy.pi).mean())


def main():
    run, checkpoint, to = (pathlib.Path(a) for a in sys.argv[1:])
    config = json.loads((checkpoint / "config.json").read_text())
    w = tensors(checkpoint)
    files = sorted((run / "model/hidden").glob("depth-*.npy"), key=lambda f: int(f.stem.split("-")[1]))
    depths = [[p[~numpy.isnan(p).any(1)] for p in numpy.load(f)] for f in files]
    logs = [[log_softmax(final(p, config, w)) for p in depth] for depth in depths]
    entropy = [[float(-(numpy.exp(p) * p).sum(1).mean()) for p in depth] for depth in logs]
    divergence = [
        [float((numpy.exp(q) * (q - p)).sum(1).mean()) for p, q in zip(depth, logs[-1])] for depth in logs
    ]
    pairs = list(zip(depths, depths[1:]))
    expected = {
        "entropy": [float(numpy.mean(e)) for e in entropy],
        "divergence": [float(numpy.mean(d)) for d in divergence],
        "block-influence": [[change(x, y)[0] for x, y in zip(a, b)] for a, b in pairs],
        "angular-distance": [[change(x, y)[1] for x, y in zip(a, b)] for a, b in pairs],
        "linearity": [[procrustes(x, y) for x, y in zip(a, b)] for a, b in pairs],
    }
    to.write_text(json.dumps(expected) + "\n")


main()
