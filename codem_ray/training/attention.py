"""The choice of the attention implementation that a model is trained with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.util import find_spec

from codem_ray.config import TrainingConfig
from codem_ray.errors import ConfigError, EnvironmentLackError
from codem_ray.training.zero import precision

KERNELS = {"flash_attn_interface": "flash_attention_3", "flash_attn": "flash_attention_2"}
"""Packages with flash attention over documents of any length (varlen), best first, and the names
that transformers gives to it."""
_OTHERS = ("sdpa", "eager")
_INSTALLATION = "pip install flash-attn --no-build-isolation"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attention:
    """An attention implementation, and why it was chosen."""

    name: str
    """Its name in transformers."""
    reason: str

    @property
    def is_flash(self) -> bool:
        """Whether it keeps the documents of a packed row apart only if the row is alone."""
        return self.name in KERNELS.values()

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def flash_kernel() -> str:
    """Return the name of the flash attention that is installed here; "" if there is none."""
    return next((name for package, name in KERNELS.items() if find_spec(package)), "")


def check_attention(training: TrainingConfig, *, has_gpu: bool) -> None:
    """Refuse flash attention where its kernels cannot run. Raises ConfigError."""
    if training.attention != "flash":
        return
    if not has_gpu:
        raise ConfigError(
            "training.attention is flash, but resources.gpus_per_worker is 0, and its kernels need "
            "a GPU: set training.attention to auto, sdpa or eager"
        )
    if precision(training, has_gpu=has_gpu) == "fp32":
        raise ConfigError(
            "training.attention is flash, but training.precision is fp32, and its kernels compute "
            "in bf16 or fp16: change one of the two"
        )


def check_attention_packages(training: TrainingConfig) -> None:
    """Raise EnvironmentLackError for flash attention without a package that has it."""
    if training.attention == "flash" and not flash_kernel():
        raise EnvironmentLackError(
            "training.attention is flash, which needs the package flash-attn: "
            f"{_INSTALLATION}, or set training.attention to auto"
        )


def choose_attention(
    training: TrainingConfig, supported: Collection[str], *, has_gpu: bool, kernel: str
) -> Attention:
    """Choose the attention of an architecture.

    `supported` are those of `flash`, `sdpa` and `eager` that the architecture has; `kernel` is the
    name of the flash attention that is installed, or "".

    Raises:
        ConfigError: The architecture, or this node, does not have what `training.attention` names.
    """
    obstacle = _flash_obstacle(training, supported, has_gpu=has_gpu, kernel=kernel)
    wanted = training.attention
    if wanted == "flash" and obstacle:
        raise ConfigError(
            f"training.attention is flash, but {obstacle}: set training.attention to auto"
        )
    if wanted not in ("auto", "flash") and wanted not in supported:
        raise ConfigError(
            f"training.attention is {wanted}, but the architecture of the base model has only "
            f"{', '.join(sorted(supported))}: set training.attention to auto"
        )
    if wanted != "auto":
        return Attention(
            name=kernel if wanted == "flash" else wanted, reason="training.attention names it"
        )
    if not obstacle:
        return Attention(name=kernel, reason="its kernel is installed and the architecture has it")
    name = next(name for name in _OTHERS if name in supported)
    also = "" if name == "sdpa" else "; the architecture has no sdpa"
    return Attention(name=name, reason=f"no flash attention, because {obstacle}{also}")


def expected_attention(training: TrainingConfig, *, has_gpu: bool) -> str:
    """Describe the choice for `plan`, which knows neither the nodes nor their packages."""
    if training.attention != "auto":
        return f"{training.attention}: training.attention names it"
    obstacle = _flash_obstacle(training, ("flash",), has_gpu=has_gpu, kernel="any")
    if obstacle:
        return (
            "sdpa, or eager where the architecture has no sdpa; no flash attention, because "
            f"{obstacle}"
        )
    return "flash where flash-attn is installed and the architecture has it, otherwise sdpa"


def _flash_obstacle(
    training: TrainingConfig, supported: Collection[str], *, has_gpu: bool, kernel: str
) -> str:
    """Return why flash attention cannot be used; "" if it can."""
    if not has_gpu:
        return "its kernels need a GPU"
    if precision(training, has_gpu=has_gpu) == "fp32":
        return "its kernels do not compute in fp32"
    if "flash" not in supported:
        return "the architecture of the base model does not have it"
    return "" if kernel else f"flash-attn is not installed ({_INSTALLATION})"
