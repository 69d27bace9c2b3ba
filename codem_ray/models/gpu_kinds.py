"""Memory and peak speed of GPU kinds, by Ray's accelerator type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

ACCELERATOR_LABEL = "ray.io/accelerator-type"
"""Ray's label for the GPU kind of a node
(https://docs.ray.io/en/latest/ray-core/scheduling/labels.html)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuKind:
    """One kind of GPU."""

    name: str
    memory_bytes: int
    peak_flops: float
    """Dense bf16 (fp16 where there is no bf16) operations a second, from NVIDIA's data sheets."""


GPU_KINDS: Mapping[str, GpuKind] = {
    name: GpuKind(name=name, memory_bytes=gigabytes * 10**9, peak_flops=teraflops * 1e12)
    for name, gigabytes, teraflops in (
        ("T4", 16, 65),
        ("V100", 16, 125),
        ("A10G", 24, 70),
        ("L4", 24, 121),
        ("L40S", 48, 362),
        ("A100-40G", 40, 312),
        ("A100-80G", 80, 312),
        ("A100", 80, 312),
        ("H100", 80, 989),
        ("H200", 141, 989),
        ("B200", 180, 2250),
    )
}
ASSUMED_GPU = GPU_KINDS["A100-80G"]
"""The kind where the sweep file names none."""


def stated_gpu(labels: Mapping[str, str]) -> GpuKind | None:
    """Return the GPU kind that Ray's label selector names; None if it names no known one.

    Of several, as in `in(A100-40G,H100)`, it is the one with the least memory.
    """
    value = labels.get(ACCELERATOR_LABEL, "")
    if value.startswith("!"):
        return None
    named = re.findall(r"[\w-]+", value.removeprefix("in"))
    known = [GPU_KINDS[name] for name in named if name in GPU_KINDS]
    return min(known, key=lambda kind: (kind.memory_bytes, kind.peak_flops), default=None)


def gpu_of_device(name: str, memory_bytes: int) -> GpuKind | None:
    """Return the kind of a device by CUDA's name, such as `NVIDIA A100-SXM4-80GB`; None: unknown.

    Parts of a GPU (MIG) have no known peak.
    """
    words = set(re.findall(r"\w+", name))
    kinds = [kind for kind in GPU_KINDS.values() if kind.name.partition("-")[0] in words]
    if not kinds or "MIG" in words:
        return None
    # Kinds of one name differ in their memory.
    return min(kinds, key=lambda kind: abs(kind.memory_bytes - memory_bytes))
