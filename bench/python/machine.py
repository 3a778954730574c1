"""What the figures were measured on."""

import os
import platform
import subprocess
from pathlib import Path

FEATURES = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "asimd", "sve",
            "bf16", "i8mm")


def describe(python_versions):
    cpu = _pairs(Path("/proc/cpuinfo"))
    flags = (cpu.get("flags") or cpu.get("Features") or "").split()
    return {
        "cpu": cpu.get("model name", platform.machine()),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "features": [f for f in FEATURES if f in flags],
        "caches": _caches(),
        "memory_bytes": kilobytes("MemTotal"),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "java": _first_line(["java", "-version"]),
        **python_versions,
    }


def kilobytes(key):
    """An entry of /proc/meminfo, in bytes; None where there is none."""
    value = _pairs(Path("/proc/meminfo")).get(key)
    return int(value.split()[0]) << 10 if value else None


def load():
    """Processes that wanted the processor during the last minute: above zero at the start, figures are doubtful."""
    return round(os.getloadavg()[0], 2)


def _pairs(file):
    pairs = {}
    try:
        for line in file.read_text().splitlines():
            key, _, value = line.partition(":")
            pairs.setdefault(key.strip(), value.strip())
    except OSError:
        pass
    return pairs


def _caches():
    try:
        text = subprocess.run(["lscpu"], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout
    except OSError:
        return {}
    return {k.split()[0]: v.strip() for k, _, v in (line.partition(":") for line in text.splitlines()) if " cache" in k}


def _first_line(command):
    home = os.environ.get("JAVA_HOME")
    command = [os.path.join(home, "bin", command[0]) if home else command[0], *command[1:]]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        return (done.stderr or done.stdout).splitlines()[0]
    except (OSError, IndexError):
        return "unknown"
