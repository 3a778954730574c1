"""The best matrix-product rate that this Python's torch reaches: every way to multiply, in the shapes of a model.

usage: product_rates.py ROWS INxOUT,INxOUT,... DTYPE THREADS SECONDS  ->  JSON: [{way, in, out, gflops}]
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


def rate(multiply, flop, seconds):
    multiply()  # the first call chooses and compiles
    times, end = [], time.perf_counter() + seconds
    while len(times) < FEWEST or time.perf_counter() < end:
        began = time.perf_counter()
        multiply()
        times.append(time.perf_counter() - began)
        if times[-1] > seconds:
            break
    return flop / median(times) * 1e-9


def main():
    rows, shapes, dtype, threads, seconds = sys.argv[1:]
    rows, dtype, seconds = int(rows), getattr(torch, dtype), float(seconds)
    torch.set_num_threads(int(threads))
    found = []
    for shape in shapes.split(","):
        i, o = (int(n) for n in shape.split("x"))
        x, w = torch.randn(rows, i).to(dtype), torch.randn(o, i).to(dtype)
        for way, prepare in WAYS.items():
            try:
                gflops = rate(prepare(x, w), 2 * rows * i * o, seconds)
            except (RuntimeError, AttributeError, NotImplementedError):
                continue  # this build of torch has no such operation, or not in this dtype
            found.append({"way": way, "in": i, "out": o, "gflops": gflops})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    with torch.no_grad():
        main()
