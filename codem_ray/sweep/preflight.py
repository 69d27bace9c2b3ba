"""Checks that refuse a sweep before anything starts: settings, models, machine, references."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

from codem_ray.config import BASE, ExternalModel, Sweep
from codem_ray.errors import CodemError, ConfigError, EnvironmentLackError
from codem_ray.execution.pages import needs_browser
from codem_ray.generation.engine_registry import check_engine, check_engine_settings, check_scoring
from codem_ray.languages import language
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.models.check import check_base_model, check_model_files
from codem_ray.models.inspect import model_shape
from codem_ray.models.resolve import is_local, resolve_base_model, resolve_model
from codem_ray.records import Job, Problem, Verdict
from codem_ray.sandbox.backends import open_sandbox, sandbox_backend
from codem_ray.scoring.gate import validate_benchmark
from codem_ray.scoring.gate_report import gate_key, read_gate, write_gate
from codem_ray.storage import Storage
from codem_ray.sweep.capacity import check_max_gpus, decide_capacity
from codem_ray.sweep.node_inspection import Toolchain
from codem_ray.sweep.placement import NodeView
from codem_ray.sweep.search_settings import searched_rows, with_setting
from codem_ray.tokens.prompt_template import check_template
from codem_ray.tokens.source_draws import trained_sources
from codem_ray.training.architecture import (
    Architecture,
    architecture_of,
    expected_architecture,
    refuse_recurrent,
)
from codem_ray.training.settings_check import check_model_settings, check_packages, check_training

TRACKING_SCHEMES = {
    *("sqlite", "postgresql", "mysql", "mssql", "http", "https", "file"),
    *("databricks", "databricks-uc", "uc"),
}
"""Schemes of MLflow's own stores; packages can add others by an entry point."""


def is_on_cluster() -> bool:
    """Return whether an existing Ray cluster is used (a submitted job, or RAY_ADDRESS)."""
    return bool(os.environ.get("RAY_ADDRESS"))


def local_nodes() -> list[NodeView]:
    """Return this machine as a cluster of one node, without starting Ray.

    The list is empty if an existing cluster is used, whose nodes are known after connecting.
    """
    if is_on_cluster():
        return []
    num_gpus = len(list(Path("/dev").glob("nvidia[0-9]*")))
    has = {"CPU": float(len(os.sched_getaffinity(0))), "GPU": float(num_gpus)}
    return [NodeView(node_id="this machine", total=has, free=has)]


def check_settings(sweep: Sweep) -> None:
    """Check the template, tracking URI, names, training settings and local models of a sweep.

    Raises ConfigError or ModelLoadError.
    """
    check_template(sweep.data.template)
    _check_tracking(sweep)
    # Unknown names raise ConfigError.
    sandbox_backend(sweep.evaluation.sandbox)
    check_engine_settings(sweep.generation, gpus_per_worker=sweep.resources.gpus_per_worker)
    check_max_gpus(sweep.resources, sweep.cluster, tensor_parallel=sweep.generation.tensor_parallel)
    if sweep.evaluation.loss is not None:
        check_scoring(sweep.generation.engine)
    if trained_sources(sweep.sources):
        _check_training(sweep)
    check_models(sweep, is_offline=True)


def _check_training(sweep: Sweep) -> None:
    """Refuse settings with which no training can start, those of a search included."""
    resources = sweep.resources
    workers, gpus = resources.workers, resources.gpus_per_worker
    check_training(sweep.training, workers=workers, gpus_per_worker=gpus)
    for row in searched_rows(sweep):
        if row.setting:
            training = with_setting(sweep, row.setting).training
            try:
                check_training(training, workers=workers, gpus_per_worker=gpus)
            except ConfigError as error:
                raise ConfigError(f"search.space: {row.name}: {error}") from error


def check_models(sweep: Sweep, *, is_offline: bool = False) -> None:
    """Refuse models that are missing or unusable; raises ConfigError or ModelLoadError.

    Offline, only local files are checked.
    """
    base = sweep.base_model
    models = [("base_model.path", resolve_base_model(base), base.revision)]
    models += [
        (f"sources: {source.name}: model", resolve_model(source.model), source.revision)
        for source in sweep.sources
        if isinstance(source, ExternalModel)
    ]
    for key, path, revision in models:
        trusts = base.trust_remote_code and path == resolve_base_model(base)
        is_trained = key == "base_model.path" and bool(trained_sources(sweep.sources))
        if is_offline:
            check_model_files(path, key=key, trust_remote_code=trusts, is_trained=is_trained)
        else:
            check_base_model(
                path,
                key=key,
                revision=revision,
                trust_remote_code=trusts,
                is_trained=is_trained,
            )
        if is_trained and (is_local(path) or not is_offline):
            check_model_settings(
                sweep.training,
                path,
                revision=revision,
                trust_remote_code=trusts,
                has_gpu=sweep.resources.gpus_per_worker > 0,
            )
        if is_trained or key != "base_model.path" or BASE in sweep.sources:
            _check_context(sweep, path, is_trained=is_trained)


def base_architecture(sweep: Sweep, *, is_measured: bool) -> Architecture:
    """Return facts about the architecture of the base model, which is trained.

    Unless `is_measured`, what is known of its type may do, and the network is not used. Raises
    ConfigError or ModelLoadError for a model that cannot be trained or that the engine refuses.
    """
    base, path = sweep.base_model, resolve_base_model(sweep.base_model)
    revision, trusts = base.revision, base.trust_remote_code
    if is_measured and not is_local(path):
        check_base_model(path, revision=revision, trust_remote_code=trusts, is_trained=True)
    find = architecture_of if is_measured else expected_architecture
    architecture = find(path, revision=revision, trust_remote_code=trusts)
    refuse_recurrent(architecture, path, engine=sweep.generation.engine)
    return architecture


def _check_context(sweep: Sweep, path: str, *, is_trained: bool) -> None:
    """Refuse lengths that exceed the context of a model."""
    shape = model_shape(path)
    if shape is None or shape.context_tokens is None:
        return
    context = shape.context_tokens
    if is_trained and sweep.data.max_tokens > context:
        raise ConfigError(
            f"data.max_tokens is {sweep.data.max_tokens}, but the context of {path} is {context} "
            "tokens: lower data.max_tokens"
        )
    # Lengths of prompts are known to the tokenizer only; the generator checks them exactly.
    if sweep.generation.max_new_tokens >= context:
        raise ConfigError(
            f"generation.max_new_tokens is {sweep.generation.max_new_tokens}, but the context of "
            f"{path} is {context} tokens, prompt included: lower generation.max_new_tokens"
        )


def _check_tracking(sweep: Sweep) -> None:
    """Refuse a tracking URI that MLflow has no store for."""
    uri = sweep.tracking.uri
    if uri is None or uri == "databricks":
        return
    scheme, sign, _ = uri.partition("://")
    stores = {entry.name for entry in entry_points(group="mlflow.tracking_store")}
    if not sign or scheme.partition("+")[0] not in TRACKING_SCHEMES | stores:
        raise ConfigError(
            f"tracking.uri is {uri!r}: MLflow has no store of that kind; write "
            "sqlite:////path/to/mlflow.db or https://host:port"
        )


def check_environment(
    sweep: Sweep, *, targets: Sequence[str], storage: Storage, nodes: Sequence[NodeView]
) -> None:
    """Raise one EnvironmentLackError that names everything that this machine lacks.

    The nodes of a cluster are checked on the nodes themselves.
    """
    checks: list[Callable[[], object]] = [
        storage.check_writable,
        lambda: open_sandbox(sweep.evaluation.sandbox),
        lambda: _check_toolchains(targets),
        lambda: check_engine(sweep.generation.engine),
        lambda: check_packages(sweep.training),
        lambda: decide_capacity(
            nodes,
            sweep.resources,
            sweep.cluster,
            tensor_parallel=sweep.generation.tensor_parallel,
        ),
    ]
    errors: list[CodemError] = []
    for check in checks:
        try:
            check()
        except EnvironmentLackError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        listed = "\n".join(f"  - {error}" for error in errors)
        raise EnvironmentLackError(f"this machine cannot run the sweep:\n{listed}")


def _check_toolchains(targets: Sequence[str]) -> None:
    missing = missing_toolchains([language(name) for name in dict.fromkeys(targets)])
    if missing:
        listed = "\n".join(f"  - {tool}" for tool in missing)
        raise EnvironmentLackError(f"toolchains are missing:\n{listed}")


def check_references(
    benchmarks: Sequence[Sequence[Problem]],
    *,
    toolchains: Mapping[str, Toolchain],
    sandbox: str,
    execute: Callable[[Sequence[Job]], list[Verdict]],
    log: Callable[[str], None],
) -> dict[str, int]:
    """Run the reference gate on the problems of each benchmark.

    Every reference must pass, and one broken control of it must fail. Reports are cached by
    benchmark, toolchain and sandbox. Returns the checks that each reference makes, by problem
    digest. `toolchains` is by target. `codem-ray validate` runs all controls, and mutants besides.
    """

    def expected_checks(problems: Sequence[Problem]) -> Mapping[str, int]:
        # One control per problem is enough here; `validate` runs the others.
        problems = [replace(problem, broken=problem.broken[:1]) for problem in problems]
        digest = toolchains[problems[0].language].digest_for(
            uses_browser=any(map(needs_browser, problems))
        )
        key = gate_key(problems, digest, sandbox=sandbox)
        report = read_gate(key)
        if report is None:
            log(f"reference gate: {problems[0].benchmark}")
            report = validate_benchmark(problems, execute)
            write_gate(key, report)
        return report.expected_checks

    # The benchmarks run at the same time, so that a slow compiler leaves no executor idle.
    with ThreadPoolExecutor(max_workers=max(1, len(benchmarks))) as threads:
        found = threads.map(expected_checks, benchmarks)
        return {digest: count for checks in found for digest, count in checks.items()}
