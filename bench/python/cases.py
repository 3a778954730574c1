"""The grid of the comparison, and one measurement of one case."""

import fnmatch
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import checkpoints
import processes
from processes import Failed
from shapes import HOME, Shape

MODELS = ("gpt2-xl", "gpt-neo-2.7b")
HALVES = ("full", "no-feed-forward")
DTYPES = ("float32", "bfloat16")
WEIGHTS = ("trained", "random-each-pass")
SHALLOW = 8
BENCH = HOME / "bench"


@dataclass(frozen=True)
class Case:
    """What is run: a model, with or without feed-forward, a dtype, trained-like or drawn weights."""

    model: str
    half: str
    dtype: str
    weights: str

    @property
    def name(self):
        return f"{self.model}:{self.half}:{self.dtype}:{self.weights}"

    @property
    def feed_forward(self):
        return self.half == "full"

    def options(self):
        return ["--weights", self.weights, "--dtype", self.dtype] + ([] if self.feed_forward else ["--no-feed-forward"])


def grid(patterns, models=MODELS):
    """The cases whose names match one of the shell patterns; a pattern that matches none is an error."""
    for model in models:
        if not (HOME / "models" / f"{model}.json").is_file():
            raise ValueError(f"--models {model}: no such alias in models/")
    every = [Case(m, h, d, w) for m in models for d in DTYPES for h in HALVES for w in WEIGHTS]
    chosen = []
    for pattern in patterns:
        matching = [c for c in every if fnmatch.fnmatchcase(c.name, pattern)]
        if not matching:
            raise ValueError(f"--cases {pattern}: no such case; --list prints all")
        chosen += [c for c in matching if c not in chosen]
    return chosen


def depth(model, asked, memory_available):
    """The shape to measure: as deep as asked, else in full if the rival's float32 weights fit, else shallow."""
    full = Shape.named(model)
    if asked:
        return Shape.named(model, min(asked, full.layers))
    roomy = memory_available is None or full.bytes() * 1.1 + 3e9 < memory_available
    return full if roomy else Shape.named(model, SHALLOW)


class Bench:
    """Where the comparison keeps its files, and how it starts programs."""

    def __init__(self, args, work):
        self.args, self.work = args, Path(work)
        self.ids = self.work / "prompts.json"

    def log(self, name):
        return self.work / f"{name}.log"

    def directory(self, case, shape, folder):
        """What both sides are pointed at: a checkpoint, or a folder with a config alone where weights are drawn."""
        if case.weights == "trained":
            return checkpoints.make(shape, folder)
        directory = self.work / f"{shape.alias}-{shape.layers}-config"
        directory.mkdir(exist_ok=True)
        (directory / "config.json").write_text(json.dumps(shape.config))
        return directory

    def rates(self, shape, case, rows):
        """Matrix-product rates by every way to multiply, in the case's dtype and in float32, by torch and by ours."""
        shapes = ",".join(sorted({f"{i}x{o}" for _, i, o in shape.products(case.feed_forward)}))
        found = []
        for dtype in dict.fromkeys((case.dtype, "float32")):
            arguments = [rows, shapes, dtype, self.args.threads, self.args.probe_seconds]
            for side, command in (
                ("torch", [sys.executable, BENCH / "python" / "product_rates.py"]),
                ("ours", [BENCH / "java", "org.consensusprobe.bench.ProductRates"]),
            ):
                log = self.log(f"rates-{side}")
                processes.run(command + arguments, log)
                lines = log.read_text().strip().splitlines()
                try:
                    rates = json.loads(lines[-1])
                except (IndexError, json.JSONDecodeError):
                    raise Failed(f"{side}: the product rates are no JSON; see {log}") from None
                found += [{"side": side, "dtype": dtype, **r} for r in rates]
        return found

    def ours(self, case, model, out):
        """One run of consensus: times, memory and the errors it recorded."""
        command = [HOME / "consensus", "run", "--model", model, "--prompts", self.ids, "--passes", self.args.passes]
        command += ["--threads", self.args.threads, "--out", out, "--force", "--device", "cpu", *case.options()]
        command += self.args.ours.split()
        taken = processes.run(command, self.log("ours"))
        manifest = json.loads((Path(out) / "manifest.json").read_text())
        timings = manifest["timings"]
        return self._side(taken, timings["per_pass_seconds"], manifest["environment"]["threads"]) | {
            "block_seconds": timings["block_seconds"],
            "measure_seconds": timings["measure_seconds"],
            "waiting_for_weights_seconds": timings["waiting_for_weights_seconds"],
            "first_block_seconds": timings["first_block_seconds"],
            "kernels": manifest["kernels"],
        }, np.load(Path(out) / "error.npy")

    def rival(self, case, model, out):
        """One run of the rival: times, memory and the errors it computed."""
        command = [sys.executable, BENCH / "rival.py", model, self.ids, out, "--passes", self.args.passes]
        command += ["--threads", self.args.threads, "--batch", self.args.rival_batch, *case.options()]
        taken = processes.run(command, self.log("rival"))
        times = json.loads(Path(f"{out}.json").read_text())
        return self._side(taken, times["per_pass_seconds"], times["threads"]) | {
            "import_seconds": times["import_seconds"],
            "load_seconds": times["load_seconds"],
        }, np.load(f"{out}.npy")

    def _side(self, taken, passes, threads):
        if threads != self.args.threads:
            raise Failed(f"{self.args.threads} threads were asked for, {threads} were used")
        return {
            "per_pass_seconds": passes,
            "steady_seconds": float(np.median(passes[1:])),
            "whole_seconds": taken.seconds,
            "peak_rss_bytes": taken.peak_rss,
            "peak_anonymous_bytes": taken.peak_anonymous,
        }
