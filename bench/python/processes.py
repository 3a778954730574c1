"""Runs a command to its end and says what it took: wall-clock time and peak memory as the kernel counts it."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.02


class Failed(Exception):
    """A measured command, or a check on what it gave, failed."""


@dataclass(frozen=True)
class Taken:
    """What a process took.

    started: seconds since the epoch; seconds: wall-clock, from start to end; peak_rss: the kernel's own high-water mark
    (VmHWM), file-mapped pages included; peak_anonymous: largest sample of RssAnon, which leaves them out. Bytes; None
    where there is no /proc.
    """

    started: float
    seconds: float
    peak_rss: int | None
    peak_anonymous: int | None


def end_cleanly_on_signals():
    """SIGINT and SIGTERM both end a measurement as Ctrl-C does: the measured process ends too, temporary files go."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def run(command, log, environment=None):
    """Runs a command with its output in a log file; raises Failed with the log's end if it does not exit with 0."""
    with open(log, "wb") as out:
        started, clock = time.time(), time.perf_counter()
        process = subprocess.Popen(
            [str(c) for c in command],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        peaks = {"VmHWM": None, "RssAnon": None}
        sampler = threading.Thread(target=_sample, args=(process, peaks), daemon=True)
        sampler.start()
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        seconds = time.perf_counter() - clock
        sampler.join()
    if code != 0:
        tail = "\n".join(Path(log).read_text(errors="replace").strip().splitlines()[-8:])
        raise Failed(f"{' '.join(str(c) for c in command)}\nended with exit code {code}:\n{tail}")
    return Taken(started, seconds, peaks["VmHWM"], peaks["RssAnon"])


def _sample(process, peaks):
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        try:
            for line in status.read_text().splitlines():
                key, _, value = line.partition(":")
                if key in peaks:
                    peaks[key] = max(peaks[key] or 0, int(value.split()[0]) << 10)
        except (OSError, ValueError, IndexError):
            return
        time.sleep(SAMPLE_SECONDS)
