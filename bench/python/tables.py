"""Writing results: JSON for scripts, Markdown for readers; complete files or none."""

import json
import os
from pathlib import Path
from statistics import median

from shapes import HOME

RESULTS = HOME / "results" / "benchmarks"


def files(out):
    """The two files that --out names: a bare name lies in results/benchmarks/."""
    path = Path(out)
    if path.suffix in (".md", ".json"):
        path = path.with_suffix("")
    if path.parent == Path("."):
        path = RESULTS / path
    return Path(f"{path}.md"), Path(f"{path}.json")


def write(out, markdown, data):
    """Writes both, each beside itself first."""
    for file, text in zip(files(out), (markdown, json.dumps(data, indent=1) + "\n")):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(file.name + ".partial")
        partial.write_text(text)
        os.replace(partial, file)


def table(header, rows):
    """A Markdown table; columns after the first are aligned to the right."""
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def machine(facts):
    """The machine in a paragraph."""
    memory = facts["memory_bytes"]
    caches = ", ".join(f"{k} {v.split(' (')[0]}" for k, v in facts["caches"].items())
    versions = ", ".join(f"{k} {facts[k]}" for k in facts if k in ("python", "torch", "transformers", "numpy"))
    lines = [
        f"{facts['cpu']}, {facts['cores']} cores, {' '.join(facts['features']) or 'no known vector extensions'}",
        f"{gigabytes(memory) + ' GB of memory' if memory else 'memory unknown'}; caches: {caches or 'unknown'}",
        f"{facts['system']}; {facts['java']}; {versions or 'no Python libraries'}",
    ]
    return "\n".join(f"- {line}" for line in lines) + "\n"


def middle(values):
    """The median of those that are known, or None."""
    known = [v for v in values if v is not None]
    return median(known) if known else None


def number(value, digits=2):
    return "–" if value is None else f"{value:.{digits}f}"


def percent(value):
    return "–" if value is None else f"{100 * value:.0f} %"


def small(value):
    return "–" if value is None else f"{value:.1e}"


def gigabytes(value):
    return "–" if value is None else f"{value / 1e9:.2f}"
