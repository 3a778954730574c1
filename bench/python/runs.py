"""Single runs of consensus for the measurements that have no rival."""

import datetime
import json
import random
import shutil
from pathlib import Path

import processes
from shapes import HOME

CONTEXT_IDS = 50256


def prompts(file, count, tokens):
    """Ids as the paper draws them, in a file."""
    draws = random.Random(42)
    file.write_text(json.dumps([[draws.randint(0, CONTEXT_IDS) for _ in range(tokens)] for _ in range(count)]))
    return file


def consensus(model, ids, passes, threads, work, options=""):
    """What a run took, and its manifest."""
    out = Path(work) / "run"
    command = [HOME / "consensus", "run", "--model", model, "--prompts", ids, "--passes", passes, "--out", out]
    command += ["--threads", threads, "--device", "cpu", *options.split()]
    try:
        taken = processes.run(command, Path(work) / "run.log")
        return taken, json.loads((out / "manifest.json").read_text())
    finally:
        shutil.rmtree(out, ignore_errors=True)


def layers(model):
    """Blocks of one pass, by the checkpoint's config."""
    config = json.loads((Path(model) / "config.json").read_text())
    return config.get("num_hidden_layers", config.get("n_layer"))


def seconds_to_first_block(taken, manifest):
    """From the command to the end of the first block: the launcher, the JVM, libtorch and the checkpoint's checks included."""
    timings = manifest["timings"]
    began = datetime.datetime.fromisoformat(timings["started"].replace("Z", "+00:00")).timestamp()
    return began + timings["first_block_seconds"] - taken.started
