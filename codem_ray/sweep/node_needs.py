"""What a sweep needs of the nodes that execute, train and generate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from codem_ray.config import Sweep
from codem_ray.generation.engine_registry import ENGINES
from codem_ray.languages import LANGUAGES
from codem_ray.models.resolve import is_local, resolve_base_model
from codem_ray.sandbox.backends import DEFAULT_BACKEND
from codem_ray.sweep.facts import BenchmarkFacts, base_model_shape
from codem_ray.sweep.resources import training_memory, weight_bytes
from codem_ray.tokens.source_draws import trained_sources


class NodeUse(StrEnum):
    """What a node can be used for."""

    EXECUTE = "execute"
    TRAIN = "train"
    GENERATE = "generate"


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeNeeds:
    """What a sweep needs of a node."""

    targets: tuple[str, ...]
    """Languages whose toolchains executors use."""
    browser_targets: tuple[str, ...] = ()
    """Those of them whose tests use a browser."""
    sandbox: str
    engine: str
    uses: tuple[NodeUse, ...] = tuple(NodeUse)
    cpus_per_worker: float = 1.0
    gpus_per_worker: float = 0.0
    gpus_per_engine: int = 1
    """Used if workers have GPUs."""
    least_gpu_bytes: dict[NodeUse, int] | None = None
    """Memory of a GPU that the use certainly needs: of weights, gradients and optimizer."""
    expected_gpu_bytes: int | None = None
    """Estimate of what a training worker takes of a GPU, activations included."""
    model_folder: str | None = None
    """Folder of the base model; None for a hub id."""


def needs_of_sweep(sweep: Sweep, benchmarks: Sequence[BenchmarkFacts]) -> NodeNeeds:
    """Return the needs of a sweep. Reads no more than the header of a local base model."""
    resources, base = sweep.resources, sweep.base_model
    path, tensor_parallel = resolve_base_model(base), sweep.generation.tensor_parallel
    least: dict[NodeUse, int] | None = None
    expected = None
    shape = base_model_shape(base)
    if shape is not None and resources.gpus_per_worker > 0:
        memory = training_memory(
            shape,
            sweep.training,
            workers=resources.workers,
            max_tokens=sweep.data.max_tokens,
            has_gpu=True,
        )
        generating = weight_bytes(shape) // tensor_parallel
        least = {NodeUse.TRAIN: memory.state, NodeUse.GENERATE: generating}
        expected = memory.total
    is_trained = bool(trained_sources(sweep.sources))
    return NodeNeeds(
        targets=tuple(dict.fromkeys(benchmark.target for benchmark in benchmarks)),
        browser_targets=tuple({b.target: None for b in benchmarks if b.uses_browser}),
        sandbox=sweep.evaluation.sandbox,
        engine=sweep.generation.engine,
        uses=tuple(use for use in NodeUse if use is not NodeUse.TRAIN or is_trained),
        cpus_per_worker=resources.cpus_per_worker,
        gpus_per_worker=resources.gpus_per_worker,
        gpus_per_engine=tensor_parallel,
        least_gpu_bytes=least,
        expected_gpu_bytes=expected,
        model_folder=path if is_local(path) else None,
    )


def needs_of_any_sweep() -> NodeNeeds:
    """Return the needs of a sweep with all targets and defaults for the rest."""
    return NodeNeeds(
        targets=tuple(LANGUAGES),
        browser_targets=tuple(name for name, spec in LANGUAGES.items() if spec.browser is not None),
        sandbox=DEFAULT_BACKEND,
        engine=next(iter(ENGINES)),
    )
