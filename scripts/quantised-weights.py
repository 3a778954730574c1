#!/usr/bin/env python3
"""Writes probe/src/test/resources/quantised: small matrices in the ways in which quantised checkpoints keep them, and their values.

usage: quantised-weights.py   (needs numpy, torch, transformers and safetensors)

KIND.safetensors has the parts, expected.safetensors KIND/NAME. FP8 is made whole by transformers' Fp8Dequantize (compressed-tensors'
is the same product in the dtype of its scales), MXFP4 by transformers' convert_moe_packed_tensors; GPTQ and AWQ by the numpy below,
which is their definition: scale * (q - zero) in float32.
"""
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers.integrations.finegrained_fp8 import Fp8Dequantize
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

OUT = Path(__file__).parent.parent / "probe/src/test/resources/quantised"
expected = {}
rng = np.random.default_rng(3)
torch.manual_seed(3)


def put(kind, parts, **values):
    save_file(parts, OUT / f"{kind}.safetensors")
    for name, value in values.items():
        expected[f"{kind}/{name}"] = value.contiguous()


def fp8():
    every = torch.arange(256, dtype=torch.uint8)
    e4 = every[(every & 0x7F) != 0x7F][:252].reshape(6, 42).contiguous().view(torch.float8_e4m3fn)
    e5 = every[(every & 0x7C) != 0x7C][:240].reshape(6, 40).contiguous().view(torch.float8_e5m2)
    whole = Fp8Dequantize(None)._dequantize_one
    grid = torch.rand(3, 6)
    put("fp8-blocks", {"a.weight": e4, "a.weight_scale_inv": grid}, a=whole(e4, grid))
    one = torch.rand(1, 1)
    put("fp8-tensor", {"a.weight": e5, "a.weight_scale": one.reshape(()), "a.input_scale": torch.rand(1)}, a=whole(e5, one))
    rows = torch.rand(6, 1).to(torch.bfloat16)
    put("fp8-rows", {"a.weight": e4, "a.weight_scale": rows}, a=(e4.to(torch.float32) * rows.to(torch.float32)).to(torch.bfloat16))


def words(values, order):
    """[.., 8 k] of 4 bits as int32 [.., k]: place p of a word holds the element order[p] of its eight."""
    v = values.reshape(*values.shape[:-1], -1, 8).astype(np.uint32)
    packed = np.zeros(v.shape[:-1], np.uint32)
    for place, element in enumerate(order):
        packed |= v[..., element] << np.uint32(4 * place)
    return torch.from_numpy(packed.view(np.int32))


def integers():
    n_in, n_out, group = 32, 16, 8
    q = rng.integers(0, 16, (n_in, n_out))
    zero = rng.integers(1, 17, (n_in // group, n_out))
    scale = rng.standard_normal((n_in // group, n_out)).astype(np.float16)
    plain = list(range(8))
    for kind, of in (("gptq", np.arange(n_in) // group), ("gptq-act-order", rng.permutation(np.arange(n_in) // group))):
        w = scale.astype(np.float32)[of] * (q - zero[of]).astype(np.float32)
        put(kind, {"a.qweight": words(q.T, plain).T.contiguous(), "a.qzeros": words(zero - 1, plain), "a.scales": torch.from_numpy(scale),
                   "a.g_idx": torch.from_numpy(of.astype(np.int32)), "a.bias": torch.ones(n_out)}, a=torch.from_numpy(w.T.copy()))
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    zero = rng.integers(0, 16, zero.shape)
    of = np.arange(n_in) // group
    w = scale.astype(np.float32)[of] * (q - zero[of]).astype(np.float32)
    put("awq", {"a.qweight": words(q, order), "a.qzeros": words(zero, order), "a.scales": torch.from_numpy(scale)},
        a=torch.from_numpy(w.T.copy()))


def mxfp4():
    blocks = torch.from_numpy(rng.integers(0, 256, (2, 5, 3, 16), dtype=np.uint8))
    scales = torch.from_numpy(rng.integers(100, 150, (2, 5, 3), dtype=np.uint8))
    put("mxfp4", {"e.w_blocks": blocks, "e.w_scales": scales}, a=convert_moe_packed_tensors(blocks.clone(), scales.clone(), dtype=torch.float32))


OUT.mkdir(exist_ok=True)
fp8(), integers(), mxfp4()
save_file(expected, OUT / "expected.safetensors")
