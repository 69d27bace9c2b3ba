"""A whole `run`: check, plan, do what is missing, report."""

from __future__ import annotations

import fcntl
import importlib.metadata
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from codem_ray import __version__
from codem_ray.config import Sweep
from codem_ray.errors import ConfigError, StorageError
from codem_ray.languages import language
from codem_ray.languages.versions import toolchain_digest, toolchain_versions
from codem_ray.records import Problem
from codem_ray.report import SweepReport
from codem_ray.sandbox.backends import sandbox_backend
from codem_ray.scoring.gate import validate_benchmark
from codem_ray.scoring.gate_cache import gate_key, read_gate, write_gate
from codem_ray.scoring.gate_report import GateReport
from codem_ray.storage import Storage, storage_errors
from codem_ray.sweep.data_card import card_of
from codem_ray.sweep.inputs import Inputs, gather_benchmarks, gather_inputs, storage_of
from codem_ray.sweep.plan import SweepPlan
from codem_ray.sweep.preflight import check_environment, check_models, local_nodes
from codem_ray.sweep.reporting import build_sweep_report
from codem_ray.sweep.stages import Cell, Missing, cells_of, find_missing
from codem_ray.sweep.status import DONE, LOCK, StatusWriter, read_statuses
from codem_ray.sweep.stored import incomplete_cells, read_stored, write_plan
from codem_ray.sweep.tokenising import tokenised
from codem_ray.sweep.trial import TrialContext
from codem_ray.tracking.sweep_record import SweepRecord
from codem_ray.tracking.sweep_tracker import tracking_uri
from codem_ray.tracking.trial_record import is_recorded

if TYPE_CHECKING:
    from codem_ray.runtime.executors import ExecutorPool

Say = Callable[[str], None]
"""Takes a line for the person who waits."""


@dataclass(frozen=True, kw_only=True)
class SweepEnd:
    """How a run ended."""

    storage: Storage
    report: SweepReport | None
    """None: not one cell has a result."""
    incomplete: Sequence[str]
    """Cells that are missing or incomplete."""
    failures: Mapping[str, str]
    """Errors by trial, and of MLflow's record of the sweep as `tracking`."""
    num_done: int
    """Trials that this run had something to do for."""


@contextmanager
def exclusive_run(storage: Storage) -> Iterator[None]:
    """Refuse a second `run` on the same folder; the lock ends with its process."""
    if not storage.is_local:
        yield
        return
    with storage_errors(f"write to {storage.root}"):
        storage.local_path().mkdir(parents=True, exist_ok=True)
        stream = storage.local_path(LOCK).open("a+")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(
                f"another `codem-ray run` is at work in {storage.root}: wait for it, or follow it "
                f"with `codem-ray status {storage.root}`"
            ) from error
        yield


class _Done(NamedTuple):
    """What the trials that had something to do came to."""

    failures: dict[str, str]
    """What ended a trial, by its id."""
    fatal: str | None = None
    """What no trial of the sweep can get past."""


def run_sweep(sweep: Sweep, say: Say, watching: Callable[[Storage, Inputs], Any]) -> SweepEnd:
    """Do what is missing of a sweep. `watching` gives a context that shows progress.

    Raises ConfigError, DataError and EnvironmentLackError before anything starts. Trials that fail
    are told in the result.
    """
    storage = storage_of(sweep)
    benchmarks = gather_benchmarks(sweep)
    targets = benchmarks.targets()
    check_environment(sweep, targets=targets, storage=storage, nodes=local_nodes())
    inputs = tokenised(sweep, gather_inputs(sweep, benchmarks, say=say), storage, say)
    digests = {name: toolchain_digest(language(name)) for name in dict.fromkeys(targets)}
    cells = cells_of(sweep, inputs.plan, digests)
    uri = tracking_uri(sweep)
    suffix = sweep.storage.suffix
    with exclusive_run(storage):
        missing = _missing(storage, inputs, cells, uri)
        if missing:
            check_models(sweep)
        _clear_failures(storage, inputs.plan, missing)
        started = time.monotonic()
        done = _Done({})
        facts = _facts(sweep, inputs, digests)
        write_plan(storage, sweep, inputs.plan, cells, facts)
        record = SweepRecord(storage, sweep, inputs.plan, uri)
        with record.stopped_by_errors(say):
            if missing:
                say(_work(missing, inputs.plan, uri))
                with watching(storage, inputs):
                    done = _do(sweep, inputs, cells, missing, storage, record, digests, say)
            incomplete = incomplete_cells(storage, read_stored(storage, suffix))
            report = None
            if len(incomplete) < len(cells):
                if missing:
                    say("writing the report")
                report = build_sweep_report(storage, suffix)
            try:
                record.finish(
                    report.files if report is not None else (),
                    incomplete=incomplete,
                    is_failed=report is None or len(done.failures) == len(inputs.plan.trials),
                )
            except StorageError as error:
                # The report is there all the same; the same command tries this again.
                done.failures["tracking"] = str(error)
        if done.fatal is not None:
            raise StorageError(done.fatal)
        say(f"done in {time.monotonic() - started:.0f} s")
        return SweepEnd(
            storage=storage,
            report=report,
            incomplete=incomplete,
            failures=done.failures,
            num_done=len(missing),
        )


def _work(missing: Sequence[Missing], plan: SweepPlan, uri: str) -> str:
    text = f"{len(missing)} of {len(plan.trials)} trials have something to do"
    if any(one.is_training_missing or one.cells for one in missing):
        return text
    return f"{text}: MLflow at {uri} does not hold what they came to"


def _clear_failures(storage: Storage, plan: SweepPlan, missing: Sequence[Missing]) -> None:
    """Let a trial with nothing to do be done, whatever an earlier attempt ended in."""
    busy = {one.trial.trial_id for one in missing}
    for status in read_statuses(storage, plan):
        if status.trial_id not in busy and status.state != DONE:
            StatusWriter(storage, status.trial_id).update(
                state=DONE, stage="done", step=status.steps, steps=status.steps
            )


def _missing(storage: Storage, inputs: Inputs, cells: Sequence[Cell], uri: str) -> list[Missing]:
    is_tracked = partial(is_recorded, storage, uri)
    found = (find_missing(storage, trial, cells, is_tracked) for trial in inputs.plan.trials)
    return [missing for missing in found if missing]


def _facts(sweep: Sweep, inputs: Inputs, digests: Mapping[str, str]) -> dict[str, Any]:
    backend = sandbox_backend(sweep.evaluation.sandbox)
    findings = backend.probe()
    environment = {
        "codem_ray": __version__,
        "python": platform.python_version(),
        **{
            name: importlib.metadata.version(name)
            for name in ("ray", "torch", "deepspeed", "transformers", "mlflow")
        },
        "sandbox": sweep.evaluation.sandbox,
        **{finding.name: finding.detail for finding in findings},
        **{name: toolchain_versions(language(name)) for name in digests},
    }
    warnings = [
        f"{finding.name}: {finding.detail}"
        for finding in findings
        if not finding.is_present and not finding.is_mandatory
    ]
    if not backend.isolates:
        warnings.append("programs ran without isolation, as the sweep file asks")
    return {
        "environment": environment,
        "warnings": warnings,
        "data_card": card_of(sweep, inputs, storage_of(sweep)),
    }


def _do(
    sweep: Sweep,
    inputs: Inputs,
    cells: Sequence[Cell],
    missing: Sequence[Missing],
    storage: Storage,
    record: SweepRecord,
    digests: Mapping[str, str],
    say: Say,
) -> _Done:
    # Ray takes seconds to import, and a sweep with nothing to do needs none of it.
    from codem_ray.runtime import trials as runner

    keys = dict(inputs.pairs.tokens_keys) if inputs.pairs is not None else {}
    context = TrialContext(
        storage_root=storage.root,
        sweep=sweep,
        plan=inputs.plan,
        cells=tuple(cells),
        tokens_keys=keys,
    )
    say("starting Ray")
    with runner.ray_session():
        capacity = runner.capacity_of(context, runner.cluster_nodes())
        with runner.executor_pool(sweep, capacity) as pool:
            if sweep.evaluation.gate:
                _gate(inputs, missing, digests, sweep.evaluation.sandbox, pool, say)
            record.begin()
            tracker = runner.start_tracker(record.uri, sweep, inputs.plan)
            ends = runner.run_trials(
                context,
                [m.trial for m in missing],
                pool=pool.handle(),
                tracker=tracker,
                tracking_uri=record.uri,
                capacity=capacity,
            )
    return _Done(
        {end.trial_id: end.error for end in ends if end.error},
        next((end.error or "storage failed" for end in ends if end.is_fatal), None),
    )


def _gate(
    inputs: Inputs,
    missing: Sequence[Missing],
    digests: Mapping[str, str],
    sandbox: str,
    pool: ExecutorPool,
    say: Say,
) -> None:
    """Run each benchmark's references and a broken control per problem, once per toolchain.

    `codem-ray validate` runs all controls, and mutants besides.
    """

    def validate(problems: list[Problem]) -> GateReport:
        return validate_benchmark(problems, pool.execute)

    names = {cell.benchmark.name: cell.benchmark.target for m in missing for cell in m.cells}
    new: dict[str, list[Problem]] = {}
    reports: list[GateReport] = []
    keys: dict[str, str] = {}
    for name, target in names.items():
        problems = [
            replace(problem, broken=problem.broken[:1]) for problem in inputs.problems[name]
        ]
        keys[name] = gate_key(problems, digests[target], sandbox=sandbox)
        report = read_gate(keys[name])
        if report is None:
            new[name] = problems
        else:
            reports.append(report)
    if new:
        say(f"reference gate: {', '.join(new)}")
        with ThreadPoolExecutor(max_workers=len(new)) as threads:
            made = dict(zip(new, threads.map(validate, new.values()), strict=True))
        for name, report in made.items():
            report.raise_if_failed()
            write_gate(keys[name], report)
            reports.append(report)
    expected: dict[str, int] = {}
    for report in reports:
        expected.update(report.expected_checks)
    pool.expect_checks(expected)
