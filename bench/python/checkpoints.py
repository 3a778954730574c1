"""Checkpoints of a model's shape with trained-like values: what is timed does not depend on what they say.

Values are normal with the deviations of an initialisation, gains and biases shaken, in float32 safetensors files as the
hub keeps them. A sharded one has a shard for each layer, so that shallower views of it cost no disk.
"""

import json
import os
import shutil
from pathlib import Path

import numpy as np

SEED = 42
SLICE = 1 << 24


def make(shape, folder, sharded=True):
    """The directory of a checkpoint, written unless a complete one lies there."""
    name = f"{shape.alias}-{shape.layers}-layers" + ("" if sharded else "-one-file")
    directory = Path(folder) / name
    if directory.exists():
        return directory
    room = shutil.disk_usage(folder).free
    if room < shape.bytes() * 1.05:
        raise OSError(f"{folder}: {shape.bytes() / 1e9:.1f} GB are needed for {name}, {room / 1e9:.1f} GB are free")
    partial = Path(folder) / (name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    files = {}
    for tensor in shape.tensors():
        files.setdefault(_file(tensor, shape, sharded), []).append(tensor)
    for index, (file, tensors) in enumerate(files.items()):
        _write_safetensors(partial / file, tensors, np.random.Generator(np.random.SFC64([SEED, index])))
    if sharded:
        _write_index(partial, shape)
    (partial / "config.json").write_text(json.dumps(shape.config, indent=2) + "\n")
    partial.rename(directory)
    return directory


def view(shape, deeper, folder):
    """A checkpoint of fewer layers made of links into a deeper sharded one."""
    directory = Path(folder) / f"{shape.alias}-{shape.layers}-layers-view"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for file in sorted({_file(tensor, shape, True) for tensor in shape.tensors()}):
        (directory / file).symlink_to((Path(deeper) / file).resolve())
    _write_index(directory, shape)
    (directory / "config.json").write_text(json.dumps(shape.config, indent=2) + "\n")
    return directory


def weight_files(directory):
    return sorted(Path(directory).glob("*.safetensors"))


def into_page_cache(directory):
    """Reads the files once, so that whoever comes first pays no disk."""
    for file in weight_files(directory):
        with open(file, "rb", buffering=0) as f:
            while f.read(SLICE):
                pass


def out_of_page_cache(directory):
    """Asks the system to forget the files' pages, so that the next reader goes to the disk."""
    for file in weight_files(directory):
        fd = os.open(file, os.O_RDONLY)
        try:
            os.fsync(fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)


def _file(tensor, shape, sharded):
    if not sharded:
        return "model.safetensors"
    return "embeddings-and-norm.safetensors" if tensor.layer < 0 else f"layer-{tensor.layer:03d}.safetensors"


def _write_index(directory, shape):
    weight_map = {t.name: _file(t, shape, True) for t in shape.tensors()}
    index = {"metadata": {"total_size": shape.bytes()}, "weight_map": weight_map}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


def _write_safetensors(file, tensors, random):
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for tensor in tensors:
        size = 4 * int(np.prod(tensor.shape))
        header[tensor.name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors:
            left = int(np.prod(tensor.shape))
            while left:
                n = min(left, SLICE)
                values = random.standard_normal(n, dtype=np.float32)
                values *= np.float32(tensor.std)
                values += np.float32(tensor.mean)
                f.write(values.data)
                left -= n
