#!/usr/bin/env python3
"""Writes probe/src/test/resources/pickle: files of torch.save in all the forms in which people have them.

TorchFileTest reads them; what it expects of values.* is in values.safetensors. Needs torch and safetensors.
"""

import io
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).parent.parent / "probe/src/test/resources/pickle"


def tensors():
    torch.manual_seed(1)
    w = torch.randn(3, 4)
    table = torch.randn(5, 6, dtype=torch.float64)
    return OrderedDict(
        whole=w,
        transposed=w.t(),
        part=w[1:, 1:],
        column=w[:, 2],
        expanded=torch.ones(1, 3).expand(4, 3),
        parameter=torch.nn.Parameter(torch.randn(2, 3).to(torch.bfloat16)),
        half=torch.randn(7).to(torch.float16),
        wide=table,
        wide_permuted=torch.randn(2, 3, 4, dtype=torch.float64).permute(2, 0, 1),
        fp8=torch.randn(2, 4).to(torch.float8_e4m3fn),
        ids=torch.arange(6)[None],
        mask=torch.tensor([True, False]),
        scalar=torch.tensor(3.5),
        none=torch.empty(0, 4),
    )


def main():
    FOLDER.mkdir(exist_ok=True)
    values = tensors()
    torch.save(values, FOLDER / "values.bin")
    torch.save(dict(values), FOLDER / "protocol4.bin", pickle_protocol=4)
    save_file({k: v.detach().clone(memory_format=torch.contiguous_format) for k, v in values.items()}, FOLDER / "values.safetensors")
    torch.save(torch.nn.Linear(2, 3).state_dict(), FOLDER / "module.bin")  # has _metadata
    torch.save(OrderedDict(a=torch.ones(2)), FOLDER / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "state_dict": {"a": torch.ones(2)}}, FOLDER / "training.bin")
    torch.save(torch.nn.Linear(2, 3), FOLDER / "whole-module.bin")
    torch.save({"a": torch.sparse_coo_tensor([[0]], [1.0], (2,))}, FOLDER / "sparse.bin")
    stored = zipfile.ZipFile(FOLDER / "module.bin")
    with zipfile.ZipFile(FOLDER / "deflated.bin", "w", zipfile.ZIP_DEFLATED) as deflated:
        for entry in stored.infolist():
            deflated.writestr(entry.filename, stored.read(entry))
    program = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 3)), program)
    (FOLDER / "torchscript.bin").write_bytes(program.getvalue())


if __name__ == "__main__":
    sys.exit(main())
