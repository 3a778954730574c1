#!/usr/bin/env python3
"""The kernels of consensus on a CUDA machine: right, and how fast beside transformers. Needs torch; transformers for the rival.

    ./consensus kernels bench/gpu/kernels.pt      where the program is: 100 kB, to be carried with this file
    python measure.py kernels.pt                  on the other machine, some minutes; --device cpu tries the script itself

First every kernel against itself in float64 on the CPU, whose numbers the program's own tests hold to transformers: in
float32 (TF32 off), and with matrices in bfloat16 and float16 under float32 states, as runs have them. Then a block of GPT-2 XL and
one of GPT-Neo 2.7B, 10 prompts of 200 tokens, in turn with transformers' block, eager and compiled, and the card's best
product of the same shapes. Writes OUT.md and OUT.json; exit code 1 if a kernel is off.
"""

import argparse
import json
import math
import platform
import sys
import time
from pathlib import Path
from statistics import median

import torch

BATCH, TOKENS = 10, 200
MODELS = {
    "gpt2-xl": {"width": 1600, "heads": 25, "inner": 6400, "scale": 0.125, "biased": True},
    "gpt-neo-2.7b": {"width": 2560, "heads": 20, "inner": 10240, "scale": 1.0, "biased": False},
}
HALVES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
CALL = (True, 0.0, 1.0, 1, None, None)  # token 1 seen, no cap, beta 1, one thread, no bias, no sinks


def drawn(generator, *shape, scale=1.0):
    return torch.randn(*shape, generator=generator, dtype=torch.float64) * scale


def cases(matrix):
    """Name, call, arguments and summed terms of every kernel that blocks and the default measures are made of; drawn on the CPU.

    A call takes the kernels and arguments that may be written over. Matrices are (tensor, dtype) pairs to be rounded.
    """
    g = torch.Generator().manual_seed(11)
    b, t, h, d = 2, 32, 4, 64
    x, y, v = (drawn(g, b, t, d) for _ in range(3))
    gain, bias = drawn(g, d), drawn(g, d)
    for n in (3, 1024):
        wide, w, c, out = drawn(g, 1, n, 768), drawn(g, 1536, 768, scale=768**-0.5), drawn(g, 1536), drawn(g, 1, n, 1536)
        yield f"product, {n} rows", lambda k, a, m, z: k.linear(a, m, z), [wide, (w, matrix), c], 768
        yield f"product added, {n} rows", lambda k, r, a, m, z: k.add_linear(r, a, m, z), [out, wide, (w, matrix), c], 768
        for name in ("gelu_tanh", "gelu_erf", "relu", "silu"):
            yield f"product with {name}, {n} rows", lambda k, a, m, z, f=name: k.linear_activation(a, m, z, f, 1), [wide, (w, matrix), c], 768
    for name in ("gelu_tanh", "gelu_erf", "gelu_fast", "gelu_quick", "relu", "relu_squared", "silu", "sigmoid", "tanh"):
        yield name, lambda k, a, f=name: k.activation(a, f, 1), [x * 2], 1
    yield "LayerNorm", lambda k, a, w, z: k.layer_norm(a, w, z, 1e-5), [x, gain, bias], 1
    yield "RMSNorm", lambda k, a, w: k.rms_norm(a, w, 1e-5), [x, gain], 1
    angles = torch.arange(t)[:, None] * 1e4 ** (-torch.arange(6.0, dtype=torch.float64) / 6)
    table = torch.stack([angles.cos(), angles.sin()])
    for name in ("rotate", "rotate_pairs"):
        yield name, lambda k, a, p=table, f=name: getattr(k, f)(a, p, h), [x], 1
    s = 1 / math.sqrt(d / h)
    for name, causal, window, scale, cap in (("causal", True, 0, s, 0.0), ("full", False, 0, s, 0.0), ("causal, not scaled", True, 0, 1.0, 0.0),
                                             ("window", True, 8, s, 0.0), ("capped", True, 0, s, 2.0)):
        call = lambda k, q, e, f, c=causal, w=window, z=scale, p=cap: k.attention(q, e, f, h, h, z, c, w, True, p, 1.0, 1, None, None)  # noqa: E731
        yield f"attention, {name}", call, [x, y, v], t
    grouped = lambda k, q, e, f: k.attention(q, e, f, h, h // 2, s, True, 0, *CALL)  # noqa: E731
    yield "attention, grouped", grouped, [x, y[..., : d // 2].contiguous(), v[..., : d // 2].contiguous()], t
    for name in ("error", "error_projected", "order", "to_first_token", "spread_and_norm"):
        yield name, lambda k, a, f=name: getattr(k, f)(a), [x], 1
    near = x[:, :1] + 1e-3 * y
    yield "error, near consensus", lambda k, a: k.error(a), [near], 1e3


def largest_error(case, kernels, device):
    """Of one kernel, its largest difference from float64 over the largest value; and what rounding allows."""
    _, call, arguments, terms = case
    here, there, units = [], [], set()
    for a in arguments:
        tensor, dtype = a if isinstance(a, tuple) else (a, torch.float32)
        units.add(torch.finfo(dtype).eps)
        rounded = tensor.to(dtype)
        there.append(rounded.to(device))
        here.append(rounded.double())
    with torch.no_grad():
        right = call(kernels["cpu"], *here)
        found = call(kernels[device], *there).cpu().double()
    allowed = 16 * min(units) * math.sqrt(terms)
    if len(units) > 1:  # states are rounded to the matrix's dtype before, its result after the product
        allowed += 4 * max(units)
    return float((found - right).abs().max() / right.abs().max()), allowed


def check(kernels, device):
    """Every kernel in every dtype: rows [name, dtype, error, allowed]."""
    rows = []
    for name, dtype in HALVES.items():
        for case in cases(dtype):
            if name != "float32" and not any(isinstance(a, tuple) for a in case[2]):
                continue  # states stay float32
            error, allowed = largest_error(case, kernels, device)
            rows.append({"kernel": case[0], "dtype": name, "error": error, "allowed": allowed})
    memory, generator = torch.empty(4096), kernels["cpu"].generator(7)
    draw = kernels["cpu"].normal(memory, generator, 0.02)
    moved = draw.to(device).cpu()
    rows.append({"kernel": "draws, made on the CPU", "dtype": "float32", "error": float((moved - draw).abs().max()), "allowed": 0.0})
    return rows


class OurBlock:
    """A block of GPT-2's or GPT-Neo's form through the kernels: float32 states, matrices in a dtype."""

    def __init__(self, kernels, shape, dtype, device):
        self.k, self.heads, self.scale = kernels, shape["heads"], shape["scale"]
        d, f = shape["width"], shape["inner"]
        matrix = lambda o, i: (torch.randn(o, i) * 0.02).to(device, dtype)  # noqa: E731
        vector = lambda n: torch.zeros(n, device=device)  # noqa: E731
        self.norms = [(torch.ones(d, device=device), vector(d)) for _ in range(2)]
        self.qkv, self.qkv_bias = [matrix(d, d) for _ in range(3)], [vector(d) if shape["biased"] else None] * 3
        if shape["biased"]:  # GPT-2 has them in one matrix
            self.qkv, self.qkv_bias = [matrix(3 * d, d)], [vector(3 * d)]
        self.out, self.up, self.down = (matrix(d, d), vector(d)), (matrix(f, d), vector(f)), (matrix(d, f), vector(d))

    def __call__(self, x):
        k, d = self.k, x.shape[2]
        h = k.layer_norm(x, *self.norms[0], 1e-5)
        parts = [k.linear(h, w, b) for w, b in zip(self.qkv, self.qkv_bias)]
        q, key, v = parts if len(parts) == 3 else (parts[0][..., i * d : (i + 1) * d] for i in range(3))
        a = k.attention(q, key, v, self.heads, self.heads, self.scale, True, 0, *CALL)
        x = k.add_linear(x, a, *self.out)
        m = k.linear_activation(k.layer_norm(x, *self.norms[1], 1e-5), *self.up, "gelu_tanh", 1)
        return k.add_linear(x, m, *self.down)


def their_block(name, shape, dtype, device):
    from transformers import GPT2Config, GPTNeoConfig
    from transformers.models.gpt2.modeling_gpt2 import GPT2Block
    from transformers.models.gpt_neo.modeling_gpt_neo import GPTNeoBlock

    if name == "gpt2-xl":
        config = GPT2Config(n_embd=shape["width"], n_head=shape["heads"], n_layer=1, attn_implementation="sdpa")
        block = GPT2Block(config, layer_idx=0)
    else:
        config = GPTNeoConfig(hidden_size=shape["width"], num_heads=shape["heads"], num_layers=2, attention_types=[[["global", "local"], 1]],
                              attn_implementation="eager")
        block = GPTNeoBlock(config, layer_id=0)
    return block.to(device, dtype).eval()


def first(out):
    return out[0] if isinstance(out, tuple) else out


def seconds(call, device):
    if device == "cuda":
        torch.cuda.synchronize()
    began = time.perf_counter()
    call()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


def best_product(shape, dtype, device, rounds):
    """FLOP a second of the fastest of the block's products."""
    d, f, rates = shape["width"], shape["inner"], []
    for i, o in ((d, d), (d, f), (f, d)):
        x, w = torch.randn(BATCH * TOKENS, i, device=device, dtype=dtype), torch.randn(o, i, device=device, dtype=dtype)
        torch.nn.functional.linear(x, w)
        rates.append(2 * BATCH * TOKENS * i * o / median(seconds(lambda: torch.nn.functional.linear(x, w), device) for _ in range(rounds)))
    return max(rates)


def speed(name, shape, dtype_name, kernels, device, rounds):
    dtype, d, f = HALVES[dtype_name], shape["width"], shape["inner"]
    states = torch.randn(BATCH, TOKENS, d, device=device)
    ours = OurBlock(kernels[device], shape, dtype, device)
    ways = {"ours": lambda: ours(states.clone())}
    try:
        theirs, rounded = their_block(name, shape, dtype, device), states.to(dtype)
        ways["eager"] = lambda: first(theirs(rounded))
        compiled = torch.compile(theirs, dynamic=False)
        ways["compiled"] = lambda: first(compiled(rounded))
    except ImportError:
        print("transformers is not here: no rival", file=sys.stderr)
    with torch.no_grad():
        for way in list(ways):
            try:
                for _ in range(3):
                    ways[way]()
            except Exception as e:  # noqa: BLE001 - a compiler that is not there must not end the rest
                print(f"{name} {dtype_name} {way}: left out ({type(e).__name__})", file=sys.stderr)
                del ways[way]
        taken = {way: [] for way in ways}
        for _ in range(rounds):  # in turn
            for way, call in ways.items():
                taken[way].append(seconds(call, device))
        best = best_product(shape, dtype, device, rounds)
    flop = 2 * BATCH * TOKENS * (4 * d * d + 2 * d * f) + 4 * d * BATCH * TOKENS * (TOKENS + 1) / 2
    return {"model": name, "dtype": dtype_name, "seconds": {w: median(s) for w, s in taken.items()}, "best_product_flops": best,
            "share": {w: flop / median(s) / best for w, s in taken.items()}}


def markdown(data):
    lines = [f"# Kernels on {data['device']}\n", "| kernel | matrices | largest error | allowed | |", "|---|---|---:|---:|---|"]
    lines += [f"| {r['kernel']} | {r['dtype']} | {r['error']:.1e} | {r['allowed']:.1e} | {'' if r['error'] <= r['allowed'] else 'OFF'} |"
              for r in data["kernels"]]
    lines += ["\n| block | matrices | ours ms | eager ms | compiled ms | faster than the best rival by | ours of best product |",
              "|---|---|---:|---:|---:|---:|---:|"]
    for r in data["blocks"]:
        s = r["seconds"]
        rivals = [s[w] for w in ("eager", "compiled") if w in s]
        cells = [f"{s[w] * 1e3:.2f}" if w in s else "–" for w in ("ours", "eager", "compiled")]
        lines.append(f"| {r['model']} | {r['dtype']} | {' | '.join(cells)} | {min(rivals) / s['ours']:.2f} |" if rivals else
                     f"| {r['model']} | {r['dtype']} | {' | '.join(cells)} | – |")
        lines[-1] += f" {r['share']['ours']:.0%} |"
    return "\n".join(lines) + "\n"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("archive", help="what \"consensus kernels FILE\" wrote")
    p.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    p.add_argument("--rounds", type=int, default=20, help="timed calls of a block (%(default)s)")
    p.add_argument("--models", default=",".join(MODELS), help="(%(default)s)")
    p.add_argument("--dtypes", default=",".join(HALVES), help="of blocks (%(default)s)")
    p.add_argument("--out", default="gpu", help="OUT.md and OUT.json (%(default)s)")
    args = p.parse_args()
    models, dtypes = args.models.split(","), args.dtypes.split(",")
    if args.rounds < 1 or not set(models) <= set(MODELS) or not set(dtypes) <= set(HALVES):
        p.error(f"--rounds needs 1 or more; --models are {','.join(MODELS)}; --dtypes {','.join(HALVES)}")
    if args.device == "cuda" and not torch.cuda.is_available():
        sys.exit("measure.py: this torch has no CUDA device; --device cpu tries the script itself")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch._C._set_graph_executor_optimize(False)  # as the program has it: kernels are not fused anew after some calls
    try:
        kernels = {device: torch.jit.load(args.archive, map_location=device) for device in {"cpu", args.device}}
    except (RuntimeError, ValueError, OSError) as e:
        sys.exit(f"measure.py: {args.archive}: {str(e).splitlines()[0]}")
    card = torch.cuda.get_device_name() if args.device == "cuda" else f"the CPU ({platform.machine()})"
    data = {"device": card, "torch": torch.__version__, "cuda": torch.version.cuda, "kernels": check(kernels, args.device), "blocks": []}
    off = [r for r in data["kernels"] if not r["error"] <= r["allowed"]]
    print(f"{len(data['kernels'])} kernel calls, {len(off)} off" + "".join(f"\n  {r['kernel']} {r['dtype']}: {r['error']:.1e}" for r in off))
    for name in models:
        for dtype in dtypes:
            data["blocks"].append(speed(name, MODELS[name], dtype, kernels, args.device, args.rounds))
            shown = ", ".join(f"{w} {s * 1e3:.2f} ms" for w, s in data["blocks"][-1]["seconds"].items())
            print(f"{name} {dtype}: {shown}", flush=True)
    Path(f"{args.out}.md").write_text(markdown(data))
    Path(f"{args.out}.json").write_text(json.dumps(data, indent=1) + "\n")
    print(f"written to {args.out}.md and {args.out}.json")
    return 1 if off else 0


if __name__ == "__main__":
    sys.exit(main())
