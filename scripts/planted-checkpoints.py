"""Makes the checkpoints with a planted answer that `check` and `attribute` are tested on, 4 layers of 32 dimensions each.

    python scripts/planted-checkpoints.py probe/src/test/resources/planted [SEED]

Needs numpy and safetensors. Every matrix has a little noise, so that nothing is exactly 0 or equal; the answer is in what is
added to it:

attention       uniform attention whose values are the tokens themselves: every block draws a token to the mean of those before
feed-forward    the same feed-forward bias in every block, which pulls all tokens to one direction without attention
drift           attention's output bias does the same: the tokens of all prompts agree, and not by what prompts hold
anisotropy      embeddings share a long vector from the start; blocks hardly change them
late            the averaging of `attention`, but so weak that tokens agree only after more than ten passes
sink            the averaging of `attention` from token 2 on; token 1 stands apart, and no token looks at it
encoder         a BERT whose every token sees all and is drawn to the mean of all
never           blocks that add next to nothing

and those that `attribute` is tested on:

one-block       the averaging of `attention`, four times as strong, in the second layer alone
outlier         words all but agree, save in one dimension, which is far larger and of either sign
one-head        the third head of the third layer copies token 1 into every token
"""

import json
import pathlib
import sys

import numpy
from safetensors.numpy import save_file

LAYERS, WIDTH, HEADS, VOCABULARY, CONTEXT = 4, 32, 4, 64, 64
NOISE = 0.004


class Gpt2:
    def __init__(self, rng):
        self.rng = rng
        self.tensors = {
            "wte.weight": rng.standard_normal((VOCABULARY, WIDTH)),
            "wpe.weight": self.noise(CONTEXT, WIDTH),
            "ln_f.weight": numpy.ones(WIDTH),
            "ln_f.bias": numpy.zeros(WIDTH),
        }
        for h in self.blocks():
            for norm in ("ln_1", "ln_2"):
                self.tensors[f"{h}{norm}.weight"] = numpy.ones(WIDTH)
                self.tensors[f"{h}{norm}.bias"] = numpy.zeros(WIDTH)
            self.linear(h + "attn.c_attn", WIDTH, 3 * WIDTH)
            self.linear(h + "attn.c_proj", WIDTH, WIDTH)
            self.linear(h + "mlp.c_fc", WIDTH, 4 * WIDTH)
            self.linear(h + "mlp.c_proj", 4 * WIDTH, WIDTH)

    def blocks(self):
        return [f"h.{layer}." for layer in range(LAYERS)]

    def noise(self, *shape):
        return NOISE * self.rng.standard_normal(shape)

    def linear(self, name, inner, outer):
        self.tensors[name + ".weight"] = self.noise(inner, outer)
        self.tensors[name + ".bias"] = self.noise(outer)

    def direction(self):
        """A unit vector that layer norms do not change: its entries sum to 0."""
        v = self.rng.standard_normal(WIDTH)
        v -= v.mean()
        return v / numpy.linalg.norm(v)

    def averaging(self, strength, layers=range(LAYERS)):
        """Values are the tokens themselves; what attention adds is so many times their mean."""
        for h in [self.blocks()[layer] for layer in layers]:
            self.tensors[h + "attn.c_attn.weight"][:, 2 * WIDTH :] += numpy.eye(WIDTH)
            self.tensors[h + "attn.c_proj.weight"] += strength * numpy.eye(WIDTH)

    def bias(self, name, vector):
        for h in self.blocks():
            self.tensors[h + name] += vector

    config = {
        "model_type": "gpt2",
        "n_layer": LAYERS,
        "n_embd": WIDTH,
        "n_head": HEADS,
        "n_positions": CONTEXT,
        "vocab_size": VOCABULARY,
    }


class Bert:
    config = {
        "model_type": "bert",
        "num_hidden_layers": LAYERS,
        "hidden_size": WIDTH,
        "num_attention_heads": HEADS,
        "intermediate_size": 2 * WIDTH,
        "max_position_embeddings": CONTEXT,
        "vocab_size": VOCABULARY,
        "type_vocab_size": 2,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
    }

    def __init__(self, rng):
        def noise(*shape):
            return NOISE * rng.standard_normal(shape)

        t = self.tensors = {
            "embeddings.word_embeddings.weight": rng.standard_normal((VOCABULARY, WIDTH)),
            "embeddings.position_embeddings.weight": noise(CONTEXT, WIDTH),
            "embeddings.token_type_embeddings.weight": noise(2, WIDTH),
        }
        self.norm("embeddings.LayerNorm")
        for layer in range(LAYERS):
            h = f"encoder.layer.{layer}."
            for name, outer, inner in (
                ("attention.self.query", WIDTH, WIDTH),
                ("attention.self.key", WIDTH, WIDTH),
                ("attention.self.value", WIDTH, WIDTH),
                ("attention.output.dense", WIDTH, WIDTH),
                ("intermediate.dense", 2 * WIDTH, WIDTH),
                ("output.dense", WIDTH, 2 * WIDTH),
            ):
                t[f"{h}{name}.weight"] = noise(outer, inner)
                t[f"{h}{name}.bias"] = noise(outer)
            t[h + "attention.self.value.weight"] += numpy.eye(WIDTH)
            t[h + "attention.output.dense.weight"] += 2 * numpy.eye(WIDTH)
            self.norm(h + "attention.output.LayerNorm")
            self.norm(h + "output.LayerNorm")

    def norm(self, name):
        self.tensors[name + ".weight"] = numpy.ones(WIDTH)
        self.tensors[name + ".bias"] = numpy.zeros(WIDTH)


def sink(rng):
    model = Gpt2(rng)
    model.averaging(3)
    away = model.direction()
    words = model.tensors["wte.weight"]
    words -= numpy.outer(words @ away, away)
    model.tensors["wpe.weight"][0] += 40 * away
    for h in model.blocks():
        weight, bias = model.tensors[h + "attn.c_attn.weight"], model.tensors[h + "attn.c_attn.bias"]
        width = WIDTH // HEADS
        for head in range(HEADS):
            bias[head * width] += 4  # every query asks for the same
            weight[:, WIDTH + head * width] -= 2 * away  # and token 1 has less of it than any other
    return model


def one_head(rng):
    model = Gpt2(rng)
    away = model.direction()
    words = model.tensors["wte.weight"]
    words -= numpy.outer(words @ away, away)
    model.tensors["wpe.weight"][0] += 6 * away
    h, width, head = model.blocks()[2], WIDTH // HEADS, 2
    own = slice(head * width, (head + 1) * width)
    weight, bias = model.tensors[h + "attn.c_attn.weight"], model.tensors[h + "attn.c_attn.bias"]
    bias[head * width] += 8  # every query of this head asks for the same
    weight[:, WIDTH + head * width] += 4 * away  # and token 1 alone has it
    weight[:, 2 * WIDTH :][:, own] += numpy.eye(WIDTH)[:, own]
    model.tensors[h + "attn.c_proj.weight"][own] += 40 * numpy.eye(WIDTH)[own]
    return model


def outlier(rng):
    model = Gpt2(rng)
    words = model.tensors["wte.weight"]
    words *= 0.1
    words += 4 * model.direction()
    words[:, 5] = 60 * rng.standard_normal(VOCABULARY)
    return model


def made(kind, rng):
    if kind == "encoder":
        return Bert(rng)
    if kind == "sink":
        return sink(rng)
    if kind == "outlier":
        return outlier(rng)
    if kind == "one-head":
        return one_head(rng)
    model = Gpt2(rng)
    if kind == "attention":
        model.averaging(3)
    elif kind == "one-block":
        model.averaging(12, [1])
    elif kind == "late":
        model.averaging(0.24)
    elif kind == "feed-forward":
        model.bias("mlp.c_proj.bias", 4 * model.direction())
    elif kind == "drift":
        model.bias("attn.c_proj.bias", 12 * model.direction())
    elif kind == "anisotropy":
        model.tensors["wte.weight"] += 36 * model.direction()
    return model


def main():
    folder, seed = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    kinds = ("attention", "feed-forward", "drift", "anisotropy", "late", "sink", "encoder", "never", "one-block", "one-head", "outlier")
    for number, kind in enumerate(kinds):
        model = made(kind, numpy.random.default_rng([seed, number]))
        into = folder / kind
        into.mkdir(parents=True, exist_ok=True)
        (into / "config.json").write_text(json.dumps(model.config, indent=1) + "\n")
        tensors = {name: numpy.ascontiguousarray(t, dtype=numpy.float16) for name, t in model.tensors.items()}
        save_file(tensors, str(into / "model.safetensors"), metadata={"format": "pt"})


main()
