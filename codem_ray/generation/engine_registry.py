"""The registry of generation engines: those of this package and those of entry points."""

from __future__ import annotations

from codem_ray.config import ENGINE_SETTINGS, GenerationConfig
from codem_ray.entry_points import choose, collect
from codem_ray.errors import ConfigError, EnvironmentLackError
from codem_ray.generation.engine import Engine, EngineSpec, ModelSpec

ENTRY_POINT_GROUP = "codem_ray.engines"
"""Another package adds an engine by an entry point of this group that names an EngineSpec."""


# The modules of the engines import torch or vLLM, which takes seconds, so they are imported late.
def _load_transformers(model: ModelSpec) -> Engine:
    from codem_ray.generation.transformers_engine import TransformersEngine

    return TransformersEngine(model)


def _load_vllm(model: ModelSpec) -> Engine:
    from codem_ray.generation.vllm_engine import VllmEngine

    return VllmEngine(model)


_BUILT_IN = (
    EngineSpec(
        name="transformers",
        load=_load_transformers,
        packages=("torch", "transformers"),
        installation='pip install "codem-ray[train]"',
        can_score=True,
    ),
    EngineSpec(
        name="vllm",
        load=_load_vllm,
        packages=("vllm",),
        installation='pip install "codem-ray[vllm]"',
        settings=frozenset(ENGINE_SETTINGS),
        can_score=True,
    ),
)


ENGINES = collect(ENTRY_POINT_GROUP, EngineSpec, _BUILT_IN)
"""Engines by name."""


def engine_spec(name: str) -> EngineSpec:
    """Return the engine of that name; raise ConfigError if there is none."""
    return choose(ENGINES, name, key="generation.engine", kind="engine")


def check_engine_settings(config: GenerationConfig, *, gpus_per_worker: float) -> None:
    """Raise ConfigError for an unknown engine, and for keys that it does not know or cannot obey.

    Args:
        config: The section `generation`.
        gpus_per_worker: `resources.gpus_per_worker`; 0: engines run on CPUs.
    """
    settings, engine = config.engine_settings(), engine_spec(config.engine)
    for key in (key for key in settings if key not in engine.settings):
        knowing = sorted(spec.name for spec in ENGINES.values() if key in spec.settings)
        raise ConfigError(
            f"generation.{key} is {settings[key]}, but the engine {engine.name} does not support "
            f"it: remove the key, or set generation.engine to {' or '.join(knowing)}"
        )
    if config.tensor_parallel > 1 and not gpus_per_worker:
        raise ConfigError(
            f"generation.tensor_parallel is {config.tensor_parallel}, but "
            "resources.gpus_per_worker is 0, so engines get no GPUs: set it above 0, or "
            "tensor_parallel to 1"
        )


def check_scoring(name: str) -> None:
    """Raise ConfigError if the engine of that name cannot measure the loss of given answers."""
    if not engine_spec(name).can_score:
        able = " or ".join(sorted(spec.name for spec in ENGINES.values() if spec.can_score))
        raise ConfigError(
            f"evaluation.loss is set, but generation.engine {name} only writes completions and "
            f"cannot score given answers: set generation.engine to {able}, or remove "
            "evaluation.loss"
        )


def check_engine(name: str) -> None:
    """Raise EnvironmentLackError if a package that the engine needs is not installed here."""
    engine = engine_spec(name)
    if missing := engine.missing_packages():
        raise EnvironmentLackError(
            f"generation.engine is {name}, which needs {', '.join(missing)}: "
            f"{engine.installation or 'install it'}, or choose another engine"
        )


def load_engine(model: ModelSpec, name: str) -> Engine:
    """Load a model with the engine of that name.

    Raises:
        ConfigError: no engine has that name.
        EnvironmentLackError: a package that the engine needs is missing or does not work.
        ModelLoadError: the model cannot be loaded.
    """
    check_engine(name)
    engine = engine_spec(name)
    try:
        return engine.load(model)
    except ImportError as error:
        raise EnvironmentLackError(
            f"generation.engine is {name}, which cannot be imported ({error}): "
            f"{engine.installation or 'repair its installation'}, or choose another engine"
        ) from error
