"""Runs commands and says what they took: wall-clock time and peak memory as the kernel counts it.

Runner runs one beside others of its kind, of which only one goes at a time: the others are stopped (SIGSTOP) in the middle
of their work. Machines change their speed within seconds; what is compared must be taken seconds apart.
"""

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


class Runner:
    """A process that goes on until it says in a line that a turn is over, and stands still until its next turn."""

    def __init__(self, command, log, end_of_turn, environment=None):
        self.command, self.log, self.end_of_turn = [str(c) for c in command], Path(log), end_of_turn
        self.environment = {**os.environ, **(environment or {})}
        self.active, self.code = 0.0, None
        self.peaks = {"VmHWM": None, "RssAnon": None}
        self.process = None

    def turn(self):
        """Lets it run to the end of a turn, or to its own end; returns the seconds it took."""
        began = time.perf_counter()
        if self.process is None:
            self._start()
        else:
            os.killpg(self.process.pid, signal.SIGCONT)
        over = self._read()
        took = time.perf_counter() - began
        self.active += took
        if over:
            os.killpg(self.process.pid, signal.SIGSTOP)
        else:
            self.code = self.process.wait()
            if self.code != 0:
                tail = "\n".join(self.log.read_text(errors="replace").strip().splitlines()[-8:])
                raise Failed(f"{' '.join(self.command)}\nended with exit code {self.code}:\n{tail}")
        return took

    def finish(self):
        """Lets it run to its own end."""
        while self.code is None:
            self.turn()
        return Taken(0, self.active, self.peaks["VmHWM"], self.peaks["RssAnon"])

    def close(self):
        """Ends it, wherever it is."""
        if self.process is not None and self.code is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _start(self):
        # a group of its own: what stops and ends it reaches its children too
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, env=self.environment, process_group=0)
        self.out = open(self.log, "wb")
        threading.Thread(target=_sample, args=(self.process, self.peaks), daemon=True).start()

    def _read(self):
        """Reads lines until one ends the turn (True) or the output ends (False)."""
        for line in self.process.stdout:
            self.out.write(line)
            self.out.flush()
            if line.startswith(self.end_of_turn):
                return True
        self.out.close()
        return False


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
