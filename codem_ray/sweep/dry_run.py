"""The small sweep of `run --dry-run`: all of a sweep's path, with hardly any of its work."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.config import ExternalModel, Sweep
from codem_ray.config.search_section import SearchConfig
from codem_ray.errors import ConfigError
from codem_ray.generation.engine_registry import engine_spec
from codem_ray.models.resolve import resolve_base_model
from codem_ray.storage import Storage, digest_of, replacing_folder
from codem_ray.storage.files import cache_root
from codem_ray.sweep.active_run import refuse_second_run
from codem_ray.sweep.planning import storage_of
from codem_ray.sweep.preflight import check_settings, is_on_cluster, local_nodes
from codem_ray.training.settings_check import BITSANDBYTES_OPTIMIZERS

PAIRS = 8
"""Pairs of each source."""
EPOCHS = 2
NEW_TOKENS = 16
PROBLEMS = 2
"""Problems of each benchmark, and answers of each loss."""
SETTINGS = 2
"""Settings that a search tries for each source."""
_MARK = "dry-run.json"
_MODEL = "dry-run-model"
_CPU_ENGINE = "transformers"


@dataclass(frozen=True, kw_only=True, slots=True)
class DryRun:
    """A small sweep and how it differs from the one that it stands for."""

    sweep: Sweep
    changes: tuple[str, ...]
    """The keys that differ, with both values, and why."""


def dry_run_of(sweep: Sweep, *, model: Path, has_gpus: bool, has_engine: bool) -> DryRun:
    """Return the dry run of a sweep.

    Args:
        sweep: The sweep; all its keys keep their values unless they are listed as changes.
        model: Folder of a small model with the architecture and tokenizer of the base model.
        has_gpus: Whether the GPUs that the sweep asks for are there.
        has_engine: Whether its generation engine can run here.
    """
    changes: dict[str, tuple[Any, str]] = dict(_less_work(sweep))
    if sweep.resources.gpus_per_worker and not has_gpus:
        changes |= dict(_without_gpus(sweep))
    if not has_engine:
        changes |= dict(_without_engine())
    values: dict[str, Any] = sweep.model_dump(mode="json")
    values["name"] = dry_run_name(sweep)
    values["base_model"] |= {"path": str(model), "revision": None}
    lines = []
    for key, (value, reason) in changes.items():
        old = _set(values, key, value)
        if old != value:
            lines.append(f"{key} is {_shown(value)} instead of {_shown(old)}: {reason}")
    left_out = [source.name for source in sweep.sources if isinstance(source, ExternalModel)]
    values["sources"] = [s for s in sweep.sources if not isinstance(s, ExternalModel)]
    if not values["sources"]:
        raise ConfigError(
            "all sources are models that exist already, of which a dry run has nothing to train: "
            "`codem-ray evaluate --limit 2` tries one of them"
        )
    if left_out:
        lines.append(f"sources has no {', '.join(left_out)}: their weights would be loaded")
    return DryRun(sweep=Sweep.model_validate(values), changes=tuple(lines))


def dry_run_name(sweep: Sweep) -> str:
    """Return the name of a sweep's dry run, which has a folder and an experiment of its own."""
    return f"{sweep.name}-dry-run"


def _less_work(sweep: Sweep) -> Iterator[tuple[str, tuple[Any, str]]]:
    few = "less work"
    yield "seeds", (list(sweep.seeds[:1]), few)
    yield "data.pairs", (PAIRS, few)
    yield "data.target_tokens", (None, few)
    yield "data.shortage", ("shrink", "so few pairs say nothing about a shortage")
    yield "training.epochs", (min(EPOCHS, sweep.training.epochs), few)
    yield "training.warmup_steps", (min(1, sweep.training.warmup_steps), "there are few steps")
    yield "training.checkpoint_every_steps", (1, "so that checkpoints are written")
    yield "generation.max_new_tokens", (min(NEW_TOKENS, sweep.generation.max_new_tokens), few)
    yield "evaluation.limit", (PROBLEMS, few)
    if sweep.evaluation.loss is not None:
        if sweep.evaluation.loss.pairs is not None:
            yield "evaluation.loss.pairs", (PROBLEMS, few)
        if sweep.evaluation.loss.references:
            yield "evaluation.loss.references", (PROBLEMS, few)
    search = sweep.search
    if search.space and not _has_few_settings(search):
        yield "search.method", ("optuna" if search.method == "optuna" else "random", few)
        yield "search.samples", (SETTINGS, few)
    yield "tracking.registered_model", (None, "no model of a dry run gets an alias of yours")


def _has_few_settings(search: SearchConfig) -> bool:
    return search.samples is not None and search.samples <= SETTINGS


def _without_gpus(sweep: Sweep) -> Iterator[tuple[str, tuple[Any, str]]]:
    lack = "this machine lacks the GPUs"
    yield "resources.gpus_per_worker", (0.0, lack)
    yield "resources.workers", (min(2, sweep.resources.workers), lack)
    yield "resources.cpus_per_worker", (1.0, lack)
    yield "resources.generators", (1, lack)
    yield "cluster.max_gpus", (None, lack)
    yield "cluster.training_labels", ({}, lack)
    yield "cluster.generation_labels", ({}, lack)
    yield "generation.tensor_parallel", (1, lack)
    training = sweep.training
    if training.precision == "fp16":
        yield "training.precision", ("fp32", "fp16 needs a GPU")
    if training.method == "qlora":
        yield "training.method", ("lora", "qlora needs a GPU")
    if training.optimizer in BITSANDBYTES_OPTIMIZERS:
        yield "training.optimizer", ("adamw", "optimizers with 8 bits need a GPU")


def _without_engine() -> Iterator[tuple[str, tuple[Any, str]]]:
    lack = "the engine cannot run here"
    yield "generation.engine", ("transformers", lack)
    yield "generation.tensor_parallel", (1, lack)
    yield "generation.gpu_memory_utilization", (None, lack)
    yield "generation.max_model_len", (None, lack)


def _set(values: dict[str, Any], key: str, value: Any) -> Any:
    """Set the value of a dotted key and return the old one."""
    *sections, last = key.split(".")
    for section in sections:
        values = values[section]
    old, values[last] = values[last], value
    return old


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)


def prepare_dry_run(sweep: Sweep) -> DryRun:
    """Check a sweep and write the small base model of its dry run.

    What an earlier dry run has left is removed, so that everything is tried again. Raises
    ConfigError, ModelLoadError, StorageError and EnvironmentLackError.
    """
    # The keys as they are, GPUs included; the dry run may change some of them.
    check_settings(sweep)
    storage = storage_of(sweep.model_copy(update={"name": dry_run_name(sweep)}))
    has_gpus = is_on_cluster() or _has_gpus(sweep)
    engine = engine_spec(sweep.generation.engine)
    folder = _model_folder(storage)
    dry_run = dry_run_of(
        sweep,
        model=folder,
        has_gpus=has_gpus,
        has_engine=not engine.missing_packages() and (has_gpus or engine.name == _CPU_ENGINE),
    )
    refuse_second_run(storage)
    _empty(storage)
    # transformers takes seconds to import.
    from codem_ray.training.tiny_model import write_tiny_model

    base = sweep.base_model
    with replacing_folder(folder) as new:
        write_tiny_model(
            resolve_base_model(base),
            new,
            revision=base.revision,
            trust_remote_code=base.trust_remote_code,
        )
    return dry_run


def _has_gpus(sweep: Sweep) -> bool:
    needed = math.ceil(sweep.resources.workers * sweep.resources.gpus_per_worker)
    return sum(node.total["GPU"] for node in local_nodes()) >= needed


def _model_folder(storage: Storage) -> Path:
    """Return where the small model is written: other nodes see it only in a shared storage."""
    if storage.is_local:
        return storage.local_path(_MODEL)
    return cache_root() / _MODEL / digest_of(storage.root)[:12]


def _empty(storage: Storage) -> None:
    """Remove the files of an earlier dry run; ConfigError if the folder holds something else."""
    files = storage.files("")
    if files and _MARK not in files:
        raise ConfigError(
            f"{storage.root} is the folder of the dry run, but something else has written it: set "
            "storage.path to another folder, or rename this one"
        )
    for name in sorted({file.split("/")[0] for file in files} - {_MARK}):
        storage.remove(name)
    storage.write_json(_MARK, {"note": "the next dry run removes all files of this folder"})
