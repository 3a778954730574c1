"""Sizes of the models that are measured: their tensors, their matrix products, their arithmetic."""

import json
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Tensor:
    """A stored tensor: its name in the file, its shape, and mean and deviation of trained-like values."""

    name: str
    shape: tuple
    mean: float
    std: float
    layer: int  # -1: belongs to no layer


@dataclass(frozen=True)
class Shape:
    """A known model, at its own depth or at another one."""

    alias: str
    config: dict
    native_layers: int

    @classmethod
    def named(cls, alias, layers=None):
        facts = json.loads((HOME / "models" / f"{alias}.json").read_text())
        if "config" not in facts:
            facts["config"] = json.loads((HOME / "models" / facts["directory"] / "config.json").read_text())
        config = dict(facts["config"])
        gpt2 = config["model_type"] == "gpt2"
        key = "n_layer" if gpt2 else "num_layers"
        native = config[key]
        if layers is not None:
            config[key] = layers
            if not gpt2:
                # whole turns of the pattern, then what is left of one
                kinds = attention_kinds(facts["config"])[:layers]
                if len(kinds) < layers:
                    raise ValueError(f"{alias} has {len(kinds)} layers; {layers} asked for")
                config["attention_types"] = [[[kind], 1] for kind in kinds]
        return cls(alias, config, native)

    @property
    def gpt2(self):
        return self.config["model_type"] == "gpt2"

    @property
    def layers(self):
        return self.config["n_layer" if self.gpt2 else "num_layers"]

    @property
    def width(self):
        return self.config["n_embd" if self.gpt2 else "hidden_size"]

    @property
    def inner(self):
        return self.config.get("n_inner" if self.gpt2 else "intermediate_size") or 4 * self.width

    @property
    def context(self):
        return self.config["n_positions" if self.gpt2 else "max_position_embeddings"]

    def products(self, feed_forward):
        """Matrix products of one block, as (name, in, out)."""
        d, f = self.width, self.inner
        if self.gpt2:
            attention = [("c_attn", d, 3 * d), ("c_proj", d, d)]
        else:
            attention = [("q_proj", d, d), ("k_proj", d, d), ("v_proj", d, d), ("out_proj", d, d)]
        return attention + ([("c_fc", d, f), ("mlp.c_proj", f, d)] if feed_forward else [])

    def gflop_per_pass(self, prompts, tokens, feed_forward):
        """Arithmetic of one pass in units of 1e9: every product of the blocks, a multiply-add counted as two.

        Per layer 2 N sum(in * out) for N tokens in all, and per prompt 2 * 2 D sum_i seen(i) for scores and weighted
        values, where token i sees seen(i) = min(i, window) tokens: the causal half, not the full square. Embedding,
        norms, activation, softmax, residual sums and the measure are not counted.
        """
        matrices = 2 * prompts * tokens * sum(i * o for _, i, o in self.products(feed_forward))
        total = 0
        for kind in attention_kinds(self.config):
            window = self.config["window_size"] if kind == "local" else tokens
            seen = sum(min(i, window) for i in range(1, tokens + 1))
            total += matrices + prompts * 4 * self.width * seen
        return total * 1e-9

    def tensors(self):
        """Every tensor of a checkpoint, in file order."""
        d, f = self.width, self.inner
        deviation = self.config["initializer_range"]
        scaled = deviation / (2 * self.native_layers) ** 0.5
        prefix = "" if self.gpt2 else "transformer."  # as the hub's files have it

        def norm(part, layer):
            return [
                Tensor(f"{part}.weight", (d,), 1, 0.1, layer),
                Tensor(f"{part}.bias", (d,), 0, deviation, layer),
            ]

        def matrix(part, i, o, std, layer, bias=True):
            shape = (i, o) if self.gpt2 else (o, i)
            tensors = [Tensor(f"{part}.weight", shape, 0, std, layer)]
            return tensors + ([Tensor(f"{part}.bias", (o,), 0, deviation, layer)] if bias else [])

        found = [
            Tensor(f"{prefix}wte.weight", (self.config["vocab_size"], d), 0, deviation, -1),
            Tensor(f"{prefix}wpe.weight", (self.context, d), 0, deviation, -1),
        ]
        for n in range(self.layers):
            h = f"{prefix}h.{n}"
            found += norm(f"{h}.ln_1", n)
            if self.gpt2:
                found += matrix(f"{h}.attn.c_attn", d, 3 * d, deviation, n)
                found += matrix(f"{h}.attn.c_proj", d, d, scaled, n)
            else:
                for name in ("q_proj", "k_proj", "v_proj"):
                    found += matrix(f"{h}.attn.attention.{name}", d, d, deviation, n, bias=False)
                found += matrix(f"{h}.attn.attention.out_proj", d, d, scaled, n)
            found += norm(f"{h}.ln_2", n)
            found += matrix(f"{h}.mlp.c_fc", d, f, deviation, n)
            found += matrix(f"{h}.mlp.c_proj", f, d, scaled, n)
        return found + norm(f"{prefix}ln_f", -1)

    def bytes(self):
        """Size of a float32 checkpoint."""
        total = 0
        for tensor in self.tensors():
            elements = 4
            for size in tensor.shape:
                elements *= size
            total += elements
        return total


def attention_kinds(config):
    """"global" or "local" for every layer."""
    if config["model_type"] == "gpt2":
        return ["global"] * config["n_layer"]
    return [kind for kinds, times in config["attention_types"] for _ in range(times) for kind in kinds]
