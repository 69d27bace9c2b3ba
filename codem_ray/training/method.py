"""The interface of training methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from codem_ray.config import TrainingConfig

if TYPE_CHECKING:
    import torch


class TrainingMethod(Protocol):
    """How a base model is tuned. Each rank of a fine-tune makes its own instance."""

    def load_options(self) -> dict[str, Any]:
        """Return further arguments of transformers' `from_pretrained` for the base model."""

    def prepare(self, model: Any) -> Any:
        """Return the model to train; its weights with `requires_grad` are trained.

        Every rank calls it, with the same state of torch's random generator.

        Raises:
            ConfigError: the settings do not fit the model.
        """

    def loss_sum(
        self,
        model: Any,
        input_ids: torch.Tensor,
        labels: torch.Tensor,
        position_ids: torch.Tensor,
        *,
        is_packable: bool,
    ) -> torch.Tensor:
        """Return the loss of a micro-batch, summed over its target tokens.

        All tensors have the shape [rows, positions]; a document begins wherever `position_ids` are
        0, and labels of -100 are no targets. Unless `is_packable`, the model mixes the documents of
        a row. `codem_ray.training.loss.target_loss_sum` is the cross-entropy.
        """

    def export(self, model: Any, weights: dict[str, torch.Tensor], folder: Path) -> None:
        """Write the result to a new folder that generation engines can load.

        `weights` are on the CPU, by their names in `model`: all of them, or those that were trained
        if the method exports an adapter. The tokenizer is added afterwards.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodSpec:
    """One training method, as the registry knows it before a model is loaded."""

    name: str
    """Value of `training.method` in a sweep file."""
    make: Callable[[TrainingConfig], TrainingMethod] = field(repr=False)
    """Make the method. Heavy imports belong in here."""
    exports_adapter: bool = False
    """Whether its export holds trained weights only and needs the base model."""
    packages: tuple[str, ...] = ()
    """Top-level packages that the method imports."""
    installation: str = ""
    """Command that installs those packages, for messages."""
    needs_gpu: bool = False
    max_zero_stage: int = 3
    uses_lora: bool = False
    """Whether it obeys the block `training.lora`."""
    check_model: Callable[[Any, TrainingConfig], None] | None = field(default=None, repr=False)
    """Check the settings against a model without weights (on torch's device `meta`) before anything
    starts; raise ConfigError. None: nothing depends on the model."""

    def missing_packages(self) -> list[str]:
        """Return the packages that are not installed here."""
        return [name for name in self.packages if find_spec(name) is None]
