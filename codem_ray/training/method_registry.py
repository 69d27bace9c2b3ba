"""The registry of training methods: those of this package and those of entry points."""

from __future__ import annotations

from codem_ray.config import TrainingConfig
from codem_ray.entry_points import choose, collect
from codem_ray.errors import ConfigError, EnvironmentLackError
from codem_ray.training.method import MethodSpec, TrainingMethod

ENTRY_POINT_GROUP = "codem_ray.methods"
"""Another package adds a method by an entry point of this group that names a MethodSpec."""


# The modules of the methods import torch, which takes seconds, so they are imported late.
def _full(training: TrainingConfig) -> TrainingMethod:
    from codem_ray.training.full_tuning import FullTuning

    return FullTuning()


def _lora(training: TrainingConfig) -> TrainingMethod:
    from codem_ray.training.lora_tuning import LoraTuning

    return LoraTuning(training)


def _qlora(training: TrainingConfig) -> TrainingMethod:
    from codem_ray.training.lora_tuning import QuantisedLoraTuning

    return QuantisedLoraTuning(training)


def _check_lora(model: object, training: TrainingConfig) -> None:
    from codem_ray.training.lora_tuning import check_targets

    check_targets(model, training.lora)


_BUILT_IN = (
    MethodSpec(name="full", make=_full),
    MethodSpec(
        name="lora",
        make=_lora,
        exports_adapter=True,
        packages=("peft",),
        installation='pip install "codem-ray[train]"',
        uses_lora=True,
        check_model=_check_lora,
    ),
    MethodSpec(
        name="qlora",
        make=_qlora,
        exports_adapter=True,
        packages=("peft", "bitsandbytes"),
        installation="pip install peft bitsandbytes",
        needs_gpu=True,
        # Quantised weights cannot be divided among ranks.
        max_zero_stage=2,
        uses_lora=True,
        check_model=_check_lora,
    ),
)

METHODS = collect(ENTRY_POINT_GROUP, MethodSpec, _BUILT_IN)
"""Training methods by name."""


def method_spec(name: str) -> MethodSpec:
    """Return the training method of that name; raise ConfigError if there is none."""
    return choose(METHODS, name, key="training.method", kind="training method")


def check_method(training: TrainingConfig, *, has_gpu: bool) -> None:
    """Raise ConfigError for an unknown method, and for settings that it cannot obey."""
    method = method_spec(training.method)
    if method.needs_gpu and not has_gpu:
        raise ConfigError(
            f"training.method is {method.name}, which needs a GPU, but resources.gpus_per_worker "
            "is 0: set training.method to lora or full"
        )
    if training.zero_stage > method.max_zero_stage:
        raise ConfigError(
            f"training.method {method.name} trains at ZeRO stage {method.max_zero_stage} at most, "
            f"but training.zero_stage is {training.zero_stage}: lower it"
        )
    if training.lora != type(training.lora)() and not method.uses_lora:
        able = " or ".join(spec.name for spec in METHODS.values() if spec.uses_lora)
        raise ConfigError(
            f"training.lora is set, but training.method {method.name} does not use it: set "
            f"training.method to {able}, or remove training.lora"
        )


def check_method_packages(training: TrainingConfig) -> None:
    """Raise EnvironmentLackError if a package that the method needs is not installed here."""
    method = method_spec(training.method)
    if missing := method.missing_packages():
        raise EnvironmentLackError(
            f"training.method is {method.name}, which needs {', '.join(missing)}: "
            f"{method.installation or 'install it'}, or choose another method"
        )


def make_method(training: TrainingConfig) -> TrainingMethod:
    """Make the training method of a sweep; raises EnvironmentLackError for a missing package."""
    check_method_packages(training)
    return method_spec(training.method).make(training)
