"""Weights for ranks that each keep a part of every weight (ZeRO stage 3)."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from codem_ray.models.weight_files import weight_files

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt(3)."""


@contextmanager
def freed_memory_is_returned() -> Iterator[None]:
    """Let the allocator return freed weights to the system inside the block.

    glibc keeps freed blocks of some megabytes: after loading 1 GB at ZeRO stage 3, four ranks held
    2.4 GB, and 1.0 GB with this. Other allocators are left alone.
    """
    name = ctypes.util.find_library("c")
    libc = ctypes.CDLL(name) if name else None
    if libc is None or not hasattr(libc, "mallopt"):
        yield
        return
    libc.mallopt(_MMAP_THRESHOLD, 1 << 20)
    try:
        yield
    finally:
        libc.malloc_trim(0)
        # The largest values that glibc itself would have come to.
        libc.mallopt(_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(_TRIM_THRESHOLD, 64 << 20)


def weights_to_divide(folder: Path, model: Any) -> dict[str, torch.Tensor]:
    """Return the weights of a model folder for `from_pretrained(None, state_dict=...)`.

    DeepSpeed takes the values of rank 0, so only rank 0 has them: mapped from the files, which need
    no memory of their own. The other ranks have shapes. Buffers, which are not divided, have values
    on every rank. `model` is the same model without weights.
    """
    from safetensors import safe_open

    is_reader = dist.get_rank() == 0
    # Some files leave out the first part of the names.
    divided = {name for name, _ in model.named_parameters()}
    divided |= {name.partition(".")[2] for name in divided}
    weights: dict[str, torch.Tensor] = {}
    for file in weight_files(folder):
        with safe_open(file, framework="pt", device="cpu") as stored:
            for name in stored.keys():  # noqa: SIM118
                if is_reader or name not in divided:
                    weights[name] = stored.get_tensor(name)
                else:
                    shape = stored.get_slice(name).get_shape()
                    weights[name] = torch.empty(shape, device="meta")
    return weights
