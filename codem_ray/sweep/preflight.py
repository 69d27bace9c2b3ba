"""Look for everything that would stop a sweep later, before anything starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from codem_ray.config import BASE, ExternalModel, Sweep
from codem_ray.errors import CodemError, ConfigError, EnvironmentLackError
from codem_ray.languages import language
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.models.check import check_base_model, check_model_files
from codem_ray.models.inspect import model_shape
from codem_ray.models.resolve import resolve_base_model, resolve_model
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.storage import Storage
from codem_ray.sweep.resources import Node, decide_capacity

TRACKING_SCHEMES = {
    *("sqlite", "postgresql", "mysql", "mssql", "http", "https", "file"),
    *("databricks", "databricks-uc", "uc"),
}
"""Stores of MLflow's own; a package adds others by an entry point."""


def is_on_cluster() -> bool:
    """Whether somebody else's Ray cluster is to be used (a submitted job, or RAY_ADDRESS)."""
    return bool(os.environ.get("RAY_ADDRESS"))


def local_nodes() -> list[Node]:
    """Return this machine as a cluster of one, without starting Ray; none where a cluster is used.

    A cluster that scales can bring nodes that are not there yet, so it is looked at when connected.
    """
    if is_on_cluster():
        return []
    return [Node(cpus=float(len(os.sched_getaffinity(0))), gpus=float(_local_gpus()))]


def _local_gpus() -> int:
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


def check_models(sweep: Sweep, *, is_offline: bool = False) -> None:
    """Refuse models that are not there or could not be worked with, before anything starts.

    Offline, only their files are looked at. Raises ConfigError or ModelLoadError.
    """
    base = sweep.base_model
    models = [("base_model.path", resolve_base_model(base), base.revision)]
    models += [
        (f"sources: {one.name}: model", resolve_model(one.model), one.revision)
        for one in sweep.sources
        if isinstance(one, ExternalModel)
    ]
    for key, path, revision in models:
        trusts = base.trust_remote_code and key == "base_model.path"
        if is_offline:
            check_model_files(path, key=key, trust_remote_code=trusts)
        else:
            check_base_model(path, key=key, revision=revision, trust_remote_code=trusts)
        is_trained = key == "base_model.path" and is_any_trained(sweep)
        if is_trained or key != "base_model.path" or BASE in sweep.sources:
            _check_context(sweep, path, is_trained=is_trained)


def is_any_trained(sweep: Sweep) -> bool:
    """Whether a source of the sweep is trained here."""
    return any(not isinstance(one, ExternalModel) and one != BASE for one in sweep.sources)


def _check_context(sweep: Sweep, path: str, *, is_trained: bool) -> None:
    """Refuse lengths that a model cannot hold before anything is trained."""
    shape = model_shape(path)
    if shape is None or shape.context_tokens is None:
        return
    context = shape.context_tokens
    if is_trained and sweep.data.max_tokens > context:
        raise ConfigError(
            f"data.max_tokens is {sweep.data.max_tokens}, but {path} was made for {context} "
            "tokens: lower data.max_tokens"
        )
    # What the prompts need is known only to the tokenizer; the generator checks it exactly.
    if sweep.generation.max_new_tokens >= context:
        raise ConfigError(
            f"generation.max_new_tokens is {sweep.generation.max_new_tokens}, but the context of "
            f"{path} is {context} tokens, prompt included: lower generation.max_new_tokens"
        )


def check_tracking(sweep: Sweep) -> None:
    """Refuse a tracking URI that MLflow knows no store for."""
    uri = sweep.tracking.uri
    if uri is None or uri == "databricks":
        return
    scheme, sign, _ = uri.partition("://")
    stores = {entry.name for entry in entry_points(group="mlflow.tracking_store")}
    if not sign or scheme.partition("+")[0] not in TRACKING_SCHEMES | stores:
        raise ConfigError(
            f"tracking.uri is {uri!r}: MLflow knows no store of that kind; write "
            "sqlite:////path/to/mlflow.db or https://host:port"
        )


def _check_engine(sweep: Sweep) -> None:
    if sweep.generation.engine == "vllm" and find_spec("vllm") is None:
        raise EnvironmentLackError(
            "generation.engine is vllm, which is not installed: pip install 'codem-ray[vllm]', or "
            "set generation.engine to transformers"
        )


def check_environment(
    sweep: Sweep, *, targets: Sequence[str], storage: Storage, nodes: Sequence[Node]
) -> None:
    """Raise one EnvironmentLackError that names every lack and its remedy."""
    checks: list[Callable[[], object]] = [
        storage.check_writable,
        lambda: open_sandbox(sweep.evaluation.sandbox),
        lambda: _check_toolchains(targets),
    ]
    if nodes:
        # Of a cluster's nodes this process knows nothing yet.
        checks.append(lambda: _check_engine(sweep))
        checks.append(lambda: decide_capacity(nodes, sweep.resources))
    lacks: list[CodemError] = []
    for check in checks:
        try:
            check()
        except EnvironmentLackError as error:
            lacks.append(error)
    if len(lacks) == 1:
        raise lacks[0]
    if lacks:
        listed = "\n".join(f"  - {lack}" for lack in lacks)
        raise EnvironmentLackError(f"this machine cannot run the sweep:\n{listed}")


def _check_toolchains(targets: Sequence[str]) -> None:
    missing = missing_toolchains([language(name) for name in dict.fromkeys(targets)])
    if missing:
        listed = "\n".join(f"  - {tool}" for tool in missing)
        raise EnvironmentLackError(f"toolchains are missing:\n{listed}")
