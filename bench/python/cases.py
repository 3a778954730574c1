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
# the launcher's own settings of glibc's allocator: large activations are not mapped anew for every operation
ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "MALLOC_MMAP_THRESHOLD_": str(1 << 33),
             "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}
# the rival as people write it, with the allocator that suits it, and compiled: options and environment
RIVALS = {"eager": ([], {}), "allocator": ([], ALLOCATOR), "compiled": (["--compile"], ALLOCATOR)}


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

    def round(self, case, shape, model, number):
        """Ours, the rivals and the machine's best products, turn by turn: a turn is a pass, and while one goes the others stand."""
        passes, ours_out = self.args.passes, self.work / "run"
        rates = processes.Runner(self._rates(case, shape), self.log("rates"), b"turn")
        sides = {"ours": processes.Runner(self._ours(case, model, ours_out), self.log("ours"), b"pass ")}
        for name in self.args.rivals:
            sides[name] = processes.Runner(self._rival(name, case, model), self.log(name), b"pass ", RIVALS[name][1])
        turns = []
        try:
            for p in range(passes):
                # whoever goes first in one turn goes last in the next
                order = list(sides) if (p + number) % 2 == 0 else list(reversed(sides))
                rates.turn()
                seconds = {name: sides[name].turn() for name in order}
                turns.append({"ours": seconds.pop("ours"), "rivals": seconds})
            taken = {name: runner.finish() for name, runner in sides.items()}
            rates.finish()
        finally:
            for runner in (rates, *sides.values()):
                runner.close()
        for turn, products in zip(turns, self._last_json("rates")):
            turn["products"] = products
        manifest = json.loads((ours_out / "manifest.json").read_text())
        timings = manifest["timings"]
        ours = self._side(taken["ours"], manifest["environment"]["threads"]) | {
            "measure_seconds": timings["measure_seconds"],
            "waiting_for_weights_seconds": timings["waiting_for_weights_seconds"],
            "kernels": manifest["kernels"],
        }
        rivals = {n: self._side(taken[n], json.loads(Path(f"{self.out(n)}.json").read_text())["threads"]) for n in self.args.rivals}
        errors = {n: np.load(f"{self.out(n)}.npy") for n in self.args.rivals}
        return {"turns": turns, "ours": ours, "rivals": rivals}, np.load(ours_out / "error.npy"), errors

    def out(self, rival):
        return self.work / f"rival-{rival}"

    def _rates(self, case, shape):
        rows = self.args.prompts * self.args.tokens
        shapes = ",".join(sorted({f"{i}x{o}" for _, i, o in shape.products(case.feed_forward)}))
        dtypes = ",".join(dict.fromkeys((case.dtype, "float32")))
        return [sys.executable, BENCH / "python" / "product_rates.py", rows, shapes, dtypes, self.args.threads,
                self.args.probe_seconds, self.args.passes]

    def _ours(self, case, model, out):
        return [HOME / "consensus", "run", "--model", model, "--prompts", self.ids, "--passes", self.args.passes,
                "--threads", self.args.threads, "--out", out, "--force", "--device", "cpu",
                "--measures", "none", *case.options(), *self.args.ours.split()]

    def _rival(self, name, case, model):
        return [sys.executable, BENCH / "rival.py", model, self.ids, self.out(name), "--passes", self.args.passes,
                "--threads", self.args.threads, "--batch", self.args.rival_batch, *case.options(), *RIVALS[name][0]]

    def _last_json(self, name):
        lines = self.log(name).read_text().strip().splitlines()
        try:
            return json.loads(lines[-1])
        except (IndexError, json.JSONDecodeError):
            raise Failed(f"the {name} are no JSON; see {self.log(name)}") from None

    def _side(self, taken, threads):
        if threads != self.args.threads:
            raise Failed(f"{self.args.threads} threads were asked for, {threads} were used")
        return {
            "whole_seconds": taken.seconds,
            "peak_rss_bytes": taken.peak_rss,
            "peak_anonymous_bytes": taken.peak_anonymous,
        }
