#!/usr/bin/env python3
"""Writes probe/src/main/resources/ggml-grids: the tables of points that ggml's IQ types number, from Python's gguf package.

One after another, as signed bytes: IQ2_XXS (256 x 8), IQ2_XS (512 x 8), IQ2_S (1024 x 8), IQ3_XXS (256 x 4), IQ3_S (512 x 4),
IQ1_S (2048 x 8).
"""
from pathlib import Path

import numpy as np
from gguf import quants

OUT = Path(__file__).parent.parent / "probe/src/main/resources/ggml-grids"

tables = []
for kind in (quants.IQ2_XXS, quants.IQ2_XS, quants.IQ2_S, quants.IQ3_XXS, quants.IQ3_S, quants.IQ1_S):
    kind.init_grid()
    tables.append(kind.grid.reshape(kind.grid_shape).astype(np.int8))
OUT.write_bytes(b"".join(t.tobytes() for t in tables))
