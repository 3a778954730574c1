"""Starts the program: its launcher is found in CONSENSUS, on the PATH, or above this file in a clone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

from ._read import Run


class ConsensusError(RuntimeError):
    """The program ended with another code than 0; its words are the message."""

    def __init__(self, code: int, message: str):
        super().__init__(message or f"consensus ended with exit code {code}")
        self.code = code


@dataclass(frozen=True)
class Progress:
    """One object of ``--progress json``: how many of what is done, and what else was told."""

    done: int
    all: int
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def error(self) -> float | None:
        """The mean error at the depth that was reached."""
        return self.facts.get("error")


def launcher() -> str:
    """The path of the launcher."""
    named = os.environ.get("CONSENSUS")
    found = named or shutil.which("consensus")
    if not found:
        for above in [*Path(__file__).resolve().parents, *Path.cwd().resolve().parents, Path.cwd()]:
            for name in ("consensus.cmd", "consensus") if os.name == "nt" else ("consensus",):
                if (above / name).is_file() and (above / "probe").is_dir():
                    return str(above / name)
    if not found:
        raise FileNotFoundError("no launcher: put consensus on the PATH, or set CONSENSUS to the path of its launcher")
    return found


def launch(command: str, *arguments: str, **options: Any) -> Iterator[Progress]:
    """
    Runs a command and yields its progress. Options are those of the command line with underscores: ``passes=4`` is
    ``--passes 4``, ``save_hidden=True`` is ``--save-hidden``, ``feed_forward=False`` is ``--no-feed-forward``, lists are joined
    by commas.

    :raises ConsensusError: if it does not end with exit code 0
    """
    line = [launcher(), command, *arguments, *_options(options), "--progress", "json"]
    last: deque[str] = deque(maxlen=20)
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stderr is not None
        try:
            for text in process.stderr:
                told = _told(text)
                if told is None:
                    last.append(text.rstrip())
                elif "done" in told or "run" in told:
                    yield Progress(told.get("done", told.get("run", 0)), told.get("all", told.get("runs", 0)), told)
        except GeneratorExit:
            process.terminate()  # the run stays resumable
            raise
        code = process.wait()
    if code != 0:
        ours = [text.removeprefix("consensus: ") for text in last if text.startswith("consensus: ")]
        raise ConsensusError(code, "\n".join(ours or last))


def run(out: str | Path, **options: Any) -> Iterator[Progress | Run]:
    """
    ``consensus run`` with the options of its command line: yields its progress, and at the end the finished run::

        for step in run("r", model="demo-gpt2", passes=4): ...
        step.frame()
    """
    yield from launch("run", out=str(out), **options)
    yield Run(out)


def _options(options: dict[str, Any]) -> list[str]:
    line: list[str] = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        if value is True:
            line.append(f"--{flag}")
        elif value is False:
            line.append(f"--no-{flag}")
        elif value is not None:
            words = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            line += [f"--{flag}", words]
    return line


def _told(text: str) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
