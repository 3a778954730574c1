"""The best matrix-product rate that this Python's torch reaches: every way to multiply, in the shapes of a model.

usage: product_rates.py ROWS INxOUT,INxOUT,... DTYPE,DTYPE,... THREADS SECONDS TURNS

The first turn times every way in every shape and dtype, the others the best one of each shape, for SECONDS. Prints a line
"turn" at the end of each, and at last JSON: for each turn a list of {dtype, way, in, out, gflops}, medians of its calls.
"""

import json
import sys
import time
from statistics import median

import torch

FEWEST = 3


def linear(x, w):
    return lambda: torch.nn.functional.linear(x, w)


def mm(x, w):
    transposed = w.t().contiguous()
    return lambda: torch.mm(x, transposed)


def onednn(x, w):
    return lambda: torch.ops.mkldnn._linear_pointwise(x, w, None, "none", [], "")


def onednn_packed(x, w):
    return onednn(x, torch.ops.mkldnn._reorder_linear_weight(w, x.shape[0]))


def mkl_packed(x, w):
    packed = torch.ops.mkl._mkl_reorder_linear_weight(w, x.shape[0])
    return lambda: torch.ops.mkl._mkl_linear(x, packed, w, None, x.shape[0])


WAYS = {
    "torch.linear": linear,
    "torch.mm": mm,
    "oneDNN": onednn,
    "oneDNN, packed": onednn_packed,
    "MKL, packed": mkl_packed,
}


def prepared(shape, rows, dtype):
    """Every way that this build of torch has for that shape and dtype, called once: the first call chooses and compiles."""
    i, o = (int(n) for n in shape.split("x"))
    x, w = torch.randn(rows, i).to(getattr(torch, dtype)), torch.randn(o, i).to(getattr(torch, dtype))
    for way, prepare in WAYS.items():
        try:
            multiply = prepare(x, w)
            multiply()
        except (RuntimeError, AttributeError, NotImplementedError):
            continue
        yield {"dtype": dtype, "way": way, "in": i, "out": o}, multiply, 2e-9 * rows * i * o


def turn(ways, seconds):
    """The median rate of every way, from calls that go round all of them, so that all see the same moments of the machine."""
    times = [[] for _ in ways]
    end = time.perf_counter() + seconds
    while len(times[0]) < FEWEST or time.perf_counter() < end:
        for n, (_, multiply, _) in enumerate(ways):
            began = time.perf_counter()
            multiply()
            times[n].append(time.perf_counter() - began)
    return [facts | {"gflops": gflop / median(taken)} for (facts, _, gflop), taken in zip(ways, times)]


def best_of_each_shape(ways, rates):
    best = {}
    for way, rate in zip(ways, rates):
        shape = (rate["in"], rate["out"])
        if shape not in best or rate["gflops"] > best[shape][1]["gflops"]:
            best[shape] = (way, rate)
    return [way for way, _ in best.values()]


def main():
    rows, shapes, dtypes, threads, seconds, turns = sys.argv[1:]
    torch.set_num_threads(int(threads))
    ways = [way for dtype in dtypes.split(",") for shape in shapes.split(",") for way in prepared(shape, int(rows), dtype)]
    found = []
    for t in range(int(turns)):
        found.append(turn(ways, float(seconds)))
        if t == 0:
            ways = best_of_each_shape(ways, found[0])
        print("turn", flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    with torch.no_grad():
        main()
