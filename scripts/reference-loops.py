"""Reference numbers of loops over some of the layers, on transformers' own modules in float64.

usage: reference-loops.py REFERENCE_DIR   (probe/src/test/resources/reference; needs torch and transformers)

The model's list of layers is replaced by the sequence that a loop walks: layers before it once, the looped ones as often as
there are passes, layers after it once. So masks, rotary tables and the final norm are the model's own. Where the final norm
stands between passes, it goes before the first looped layer of every pass but the first. Writes expected-loops.json beside
each checkpoint: the error (eq. 25) at every depth, and the last token's state of each prompt at the end.
"""
import json, os, sys
import torch
from torch import nn
from transformers import AutoConfig, AutoModel, logging

logging.set_verbosity_error()
torch.set_grad_enabled(False)
PASSES = 3
FLOAT32, TO_FLOAT = torch.float32, torch.Tensor.float
CASES = {
    "tiny-gpt2": [("1-1", False, True), ("0-1", True, True), ("1-2", True, False)],
    "tiny-llama": [("1-1", False, True), ("0-1", True, True), ("1-2", True, False)],
    "tiny-bert": [("1-1", False, True), ("0-1", True, True), ("1-2", False, False)],
}


class Zero(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x, *a, **k):
        return x.new_zeros(*x.shape[:-1], self.dim)


class Step(nn.Module):
    """One block of the sequence; notes what it returns."""

    def __init__(self, layer, norm, seen):
        super().__init__()
        self.layer, self.norm, self.seen = layer, norm, seen

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("layer"), name)

    def forward(self, h, *a, **k):
        out = self.layer(h if self.norm is None else self.norm(h), *a, **k)
        self.seen.append(out[0] if isinstance(out, tuple) else out)
        return out


def lift(m):
    """Rotary tables and norms in float64, whatever the modules do in float32."""
    for name, module in list(m.named_modules()):
        if name.endswith("rotary_emb"):
            m.rotary_emb = type(module)(m.config)


def error(h):
    u = h / h.norm(dim=2, keepdim=True)
    return ((u - u[:, :1]) ** 2).sum(2).mean(1) / 2


def run(path, loop, norm_between, feed_forward):
    m = AutoModel.from_pretrained(path, dtype=torch.float64, attn_implementation="eager").eval()
    kind, seen = m.config.model_type, []
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    lift(m)
    holder, name = {"gpt2": (m, "h"), "llama": (m, "layers"), "bert": (getattr(m, "encoder", None), "layer")}[kind]
    layers = list(getattr(holder, name))
    for layer in [] if feed_forward else layers:
        if kind == "bert":
            layer.feed_forward_chunk = lambda x: x
        else:
            layer.mlp = Zero(m.config.hidden_size)
    norm = {"gpt2": lambda: m.ln_f, "llama": lambda: m.norm, "bert": lambda: None}[kind]()
    first, last = map(int, loop.split("-"))
    steps = [Step(layer, None, seen) for layer in layers[:first]]
    for p in range(PASSES):
        for i in range(first, last + 1):
            between = norm if norm_between and p > 0 and i == first else None
            steps.append(Step(layers[i], between, seen))
    steps += [Step(layer, None, seen) for layer in layers[last + 1:]]
    setattr(holder, name, nn.ModuleList(steps))
    m.config.num_hidden_layers = len(steps)
    with open(os.path.join(path, "prompts.json")) as f:
        ids = torch.tensor(json.load(f))
    start = []
    hook = steps[0].register_forward_pre_hook(lambda _, a, k: start.append(a[0] if a else k["hidden_states"]), with_kwargs=True)
    out = m(input_ids=ids, **({} if kind == "bert" else {"use_cache": False})).last_hidden_state
    hook.remove()
    torch.float32 = torch.float = FLOAT32
    torch.Tensor.float = TO_FLOAT
    errors = torch.stack([error(h) for h in [start[0]] + seen], dim=1)
    return {
        "loop": loop,
        "recycle": "final-norm" if norm_between else "raw",
        "feed_forward": feed_forward,
        "passes": PASSES,
        "error": errors.tolist(),
        "last_tokens": out[:, -1].tolist(),
    }


def main():
    for checkpoint, cases in CASES.items():
        path = os.path.join(sys.argv[1], checkpoint)
        print(checkpoint, AutoConfig.from_pretrained(path).num_hidden_layers, "layers")
        with open(os.path.join(path, "expected-loops.json"), "w") as f:
            json.dump([run(path, *case) for case in cases], f)
            f.write("\n")


main()
