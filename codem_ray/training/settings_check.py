"""The check of the settings of a fine-tune before anything starts."""

from __future__ import annotations

from importlib.util import find_spec

from codem_ray.config import TrainingConfig
from codem_ray.errors import ConfigError, EnvironmentLackError
from codem_ray.training.attention import (
    check_attention,
    check_attention_packages,
    choose_attention,
)
from codem_ray.training.method_registry import (
    check_method,
    check_method_packages,
    method_spec,
)
from codem_ray.training.zero import accumulation_steps, precision

BITSANDBYTES_OPTIMIZERS = ("adamw_8bit", "paged_adamw_8bit")
"""Optimizers that need bitsandbytes and a GPU."""


def check_training(training: TrainingConfig, *, workers: int, gpus_per_worker: float) -> None:
    """Raise ConfigError for settings that contradict each other or the sweep's resources.

    `training.extra` is checked where transformers is installed.
    """
    check_method(training, has_gpu=gpus_per_worker > 0)
    check_attention(training, has_gpu=gpus_per_worker > 0)
    accumulation_steps(training, workers)
    precision(training, has_gpu=gpus_per_worker > 0)
    if workers > 1 and gpus_per_worker % 1:
        raise ConfigError(
            f"resources.gpus_per_worker is {gpus_per_worker:g} for {workers} workers, but NCCL "
            "needs whole GPUs for each worker of a trial: set it to a whole number, or "
            "resources.workers to 1"
        )
    if training.optimizer in BITSANDBYTES_OPTIMIZERS and not gpus_per_worker:
        raise ConfigError(
            f"training.optimizer is {training.optimizer}, which needs a GPU, but "
            "resources.gpus_per_worker is 0: set training.optimizer to adamw"
        )
    if training.extra and find_spec("transformers") is not None:
        from codem_ray.training.arguments import check_extra

        check_extra(training)


def check_model_settings(
    training: TrainingConfig,
    path: str,
    *,
    revision: str | None,
    trust_remote_code: bool,
    has_gpu: bool,
) -> None:
    """Raise ConfigError if the training method or the attention does not fit a base model.

    Only its config is read. Nothing is checked in the light installation.
    """
    check = method_spec(training.method).check_model
    if check is None and training.attention == "auto":
        return
    if find_spec("torch") is None or find_spec("transformers") is None:
        return
    from codem_ray.training.model_form import load_form

    form = load_form(path, revision=revision, trust_remote_code=trust_remote_code)
    if check is not None:
        check(form.empty, training)
    # Whether the package is here is asked before: the nodes that train may have it.
    choose_attention(training, form.supported, has_gpu=has_gpu, kernel="any")


def check_packages(training: TrainingConfig) -> None:
    """Raise EnvironmentLackError if a package that a setting needs is not installed here."""
    check_method_packages(training)
    check_attention_packages(training)
    if training.optimizer in BITSANDBYTES_OPTIMIZERS and find_spec("bitsandbytes") is None:
        raise EnvironmentLackError(
            f"training.optimizer is {training.optimizer}, which needs the package bitsandbytes: "
            "pip install bitsandbytes, or set training.optimizer to adamw"
        )
