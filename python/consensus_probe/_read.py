"""Run directories and sweeps, read as they are written: nothing is recomputed but the place of a depth on the route."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Iterator, Mapping

import numpy as np
import pandas as pd

FORMAT = 1


@dataclass(frozen=True)
class Labelled:
    """An array whose axes have names and, where they have any, labels."""

    name: str
    values: np.ndarray
    axes: tuple[str, ...]
    labels: Mapping[str, list[str]] = field(default_factory=dict)
    unit: str = "1"

    def frame(self) -> pd.DataFrame:
        """One row a value: a column for every axis, and one named after the measure."""
        coordinates = [self.labels.get(axis, range(size)) for axis, size in zip(self.axes, self.values.shape)]
        index = pd.MultiIndex.from_product(coordinates, names=self.axes)
        return pd.DataFrame({self.name: self.values.reshape(-1)}, index=index).reset_index()

    def to_xarray(self) -> Any:
        """As an xarray.DataArray; needs xarray."""
        import xarray

        return xarray.DataArray(
            self.values, dims=self.axes, coords=dict(self.labels), name=self.name, attrs={"units": self.unit}
        )


class Run:
    """A run directory: ``manifest.json``, ``error.npy``, ``measures/*.npy`` and what else was asked to be kept."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        file = self.folder / "manifest.json"
        if not file.is_file():
            raise FileNotFoundError(f"{file}: no such file; expected a run directory of consensus")
        self.manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if self.manifest.get("format") != FORMAT:
            raise ValueError(f"{file}: expected \"format\": {FORMAT}, found {self.manifest.get('format')!r}")

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}: {self.plan.get('model')}, {self.status})"

    @property
    def status(self) -> str:
        """complete, running, failed or interrupted."""
        return self.manifest["status"]

    @property
    def plan(self) -> dict[str, Any]:
        """What the run was told, by field; old runs lack fields that came later."""
        return self.manifest["plan"]

    @cached_property
    def error(self) -> np.ndarray:
        """Eq. 25, float64 [prompts, depths]; column 0 is the embedding."""
        return np.load(self.folder / "error.npy", allow_pickle=False)

    @cached_property
    def depths(self) -> pd.DataFrame:
        """One row a column of ``error``: ``depth``, ``pass`` (from 0) and ``layer`` (1 to L; 0 with depth 0), as in curve.csv."""
        columns = self.error.shape[1]
        route = self.manifest.get("route", {})
        layers = int(self.manifest["model"]["layers"])
        before = int(route.get("layers_before", 0))
        looped = int(route.get("looped_layers", layers))
        passes = int(route.get("passes", max(1, (columns - 1 - before) // max(1, looped))))
        sequence = [int(layer) + 1 for layer in route.get("sequence", range(layers))]
        rows = [(0, 0, 0)]
        for depth in range(1, columns):
            block = depth - 1 - before
            if block < 0:
                rows.append((depth, 0, sequence[depth - 1]))
            elif block < looped * passes:
                rows.append((depth, block // looped, sequence[before + block % looped]))
            else:
                rows.append((depth, passes - 1, sequence[before + looped + block - looped * passes]))
        return pd.DataFrame(rows, columns=["depth", "pass", "layer"])

    @property
    def native_depth(self) -> int:
        """The depth at the end of pass 1."""
        return int(self.manifest.get("route", {}).get("native_depth", self.manifest["model"]["layers"]))

    @cached_property
    def measures(self) -> Mapping[str, Labelled]:
        """The measures beside the error, by name, read when they are asked for."""
        return _Measures(self.folder, self.manifest.get("measures", []))

    def frame(self, *measures: str) -> pd.DataFrame:
        """
        One row a prompt and depth: run, prompt, depth, pass, layer, error, then the named measures (all that are [prompt,
        depth] if none is named), then every field of the plan in a column named after it (``prompts`` is ``prompt_set``
        there, as in the program's tables).
        """
        prompts, columns = self.error.shape
        names = list(measures) or [m for m in self.measures if self.measures[m].axes == ("prompt", "depth")]
        frame = self.depths.loc[np.tile(np.arange(columns), prompts)].reset_index(drop=True)
        frame.insert(0, "run", self.folder.name)
        frame.insert(1, "prompt", np.repeat(np.arange(prompts), columns))
        frame["error"] = self.error.reshape(-1)
        for name in names:
            measure = self.measures[name]
            if measure.axes != ("prompt", "depth"):
                raise ValueError(f"{name} has the axes {measure.axes}; use measures[{name!r}].frame()")
            frame[name] = measure.values.reshape(-1)
        return frame.assign(**self._fields())

    def hidden(self, name: str = "hidden") -> np.ndarray:
        """Kept hidden states [prompts, tokens, dim], mapped: ``hidden``, or ``depth-8``, ``pass-2`` of the folder hidden/."""
        inside = self.folder / "hidden" / f"{name}.npy"
        file = self.folder / "hidden.npy" if name == "hidden" else inside
        return np.load(file, mmap_mode="r", allow_pickle=False)

    @cached_property
    def tokens(self) -> pd.DataFrame:
        """Which tokens kept states are those of: ``prompt``, ``token`` (both from 0), ``id``, ``text`` (missing for prompts of ids)."""
        with (self.folder / "tokens.jsonl").open(encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        rows = [
            (prompt, token, id, text)
            for prompt, line in enumerate(lines)
            for token, (id, text) in enumerate(zip(line["ids"], line.get("texts", [None] * len(line["ids"]))))
        ]
        return pd.DataFrame(rows, columns=["prompt", "token", "id", "text"])

    def attention(self, depth: int) -> np.ndarray:
        """Kept attention matrices [prompts, heads, tokens, tokens] of the block that ends at a depth, mapped."""
        return np.load(self.folder / "attention" / f"depth-{depth}.npy", mmap_mode="r", allow_pickle=False)

    def _fields(self) -> dict[str, Any]:
        renamed = {"prompts": "prompt_set"}
        return {
            renamed.get(key, key): ",".join(map(str, value)) if isinstance(value, list) else value
            for key, value in self.plan.items()
            if not isinstance(value, dict)
        }


class _Measures(Mapping[str, Labelled]):
    def __init__(self, folder: Path, entries: list[dict[str, Any]]):
        self._folder = folder
        # a run that was put by may have been lightened of some
        self._entries = {e["name"]: e for e in entries if (folder / "measures" / f"{e['name']}.npy").is_file()}
        self._read: dict[str, Labelled] = {}

    def __getitem__(self, name: str) -> Labelled:
        if name not in self._read:
            entry = self._entries[name]
            file = self._folder / "measures" / f"{name}.npy"
            self._read[name] = Labelled(
                name,
                np.load(file, allow_pickle=False),
                tuple(entry["axes"]),
                entry.get("labels", {}),
                entry.get("unit", "1"),
            )
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class Sweep:
    """The folder of a sweep: its runs, and the tables beside them."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        manifests = sorted(self.folder.glob("runs/*/manifest.json")) or sorted(self.folder.glob("*/manifest.json"))
        if not manifests:
            raise FileNotFoundError(f"{self.folder}: no runs in it; expected the folder of a sweep")
        self.runs = [Run(manifest.parent) for manifest in manifests]

    def __repr__(self) -> str:
        return f"Sweep({str(self.folder)!r}: {len(self.runs)} runs)"

    @cached_property
    def curves(self) -> pd.DataFrame:
        """curves.csv: one row a run and depth, with statistics over prompts and a column for every field of the plan."""
        return pd.read_csv(self.folder / "curves.csv")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """summary.csv: one row a run."""
        return pd.read_csv(self.folder / "summary.csv")

    @cached_property
    def measures(self) -> pd.DataFrame:
        """
        measures.csv: what was recorded beside the error, one row a run, measure, entry of its further axis and depth, with
        statistics over the prompts where it is a number (``defined`` of them); ``layer`` and ``pass`` as in curves.csv.
        """
        return pd.read_csv(self.folder / "measures.csv", dtype={"axis": "string", "entry": "string"})

    def frame(self, *measures: str) -> pd.DataFrame:
        """The frames of all complete runs, one below the other; a field that an old run lacks is missing there."""
        return pd.concat([run.frame(*measures) for run in self.runs if run.status == "complete"], ignore_index=True)


def load(folder: str | Path) -> Run:
    """Opens a run directory."""
    return Run(folder)


def load_sweep(folder: str | Path) -> Sweep:
    """Opens the folder of a sweep."""
    return Sweep(folder)
