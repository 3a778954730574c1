"""Reads run directories of Consensus Probe as arrays and tidy frames, and starts the program from Python."""

from ._launch import ConsensusError, Progress, launch, run
from ._read import Labelled, Run, Sweep, load, load_sweep

__all__ = ["ConsensusError", "Labelled", "Progress", "Run", "Sweep", "launch", "load", "load_sweep", "run"]
