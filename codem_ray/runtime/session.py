"""A whole `codem-ray run`: check, plan, run the missing stages, report."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from codem_ray import __version__
from codem_ray.config import Sweep
from codem_ray.config.submitted_job import submitted_job
from codem_ray.errors import EnvironmentLackError, TrackingError
from codem_ray.report import SweepReport
from codem_ray.report.report_warnings import first_names
from codem_ray.runtime.loopback import listen_on_loopback
from codem_ray.runtime.sweep_nodes import SweepNodes, checked_cluster
from codem_ray.sandbox.backends import sandbox_backend
from codem_ray.storage import Storage
from codem_ray.sweep.active_run import exclusive_run, refuse_second_run
from codem_ray.sweep.capacity import decide_capacity
from codem_ray.sweep.count_logger import Log
from codem_ray.sweep.data_report import card_of
from codem_ray.sweep.disk_check import check_disk
from codem_ray.sweep.facts import Benchmarks, read_benchmarks
from codem_ray.sweep.job_folder import refuse_lost_files
from codem_ray.sweep.kept_exports import refuse_removed, remove_superfluous
from codem_ray.sweep.model_commits import resolve_commits, with_commits
from codem_ray.sweep.node_inspection import NodeAnswer, describe_this_machine
from codem_ray.sweep.node_needs import NodeUse
from codem_ray.sweep.planning import SweepInputs, prepare_inputs, storage_of
from codem_ray.sweep.preflight import (
    check_environment,
    check_models,
    check_references,
    check_settings,
    is_on_cluster,
    local_nodes,
)
from codem_ray.sweep.search_results import search_results
from codem_ray.sweep.search_study import AskedSettings, ask_more, check_optuna, read_asked
from codem_ray.sweep.stages import (
    MissingWork,
    cells_of,
    find_missing,
    loss_cells_of,
    with_stored_keys,
)
from codem_ray.sweep.stopped_trials import stopped_trials
from codem_ray.sweep.stored_plan import incomplete_cells, read_stored, write_plan
from codem_ray.sweep.sweep_plan import SweepPlan
from codem_ray.sweep.sweep_report import build_sweep_report
from codem_ray.sweep.trial import SweepContext
from codem_ray.sweep.trial_status import mark_finished
from codem_ray.tracking.connection import absolute_uri, database_path
from codem_ray.tracking.descriptions import ui_lines
from codem_ray.tracking.sweep_record import SweepRecord
from codem_ray.tracking.sweep_tracker import tracking_uri
from codem_ray.tracking.trial_record import is_recorded

if TYPE_CHECKING:
    from codem_ray.runtime.trials import TrialEnd

_TRIALS_LISTED = 5

ShowProgress = Callable[[Storage, SweepPlan], AbstractContextManager[None]]
"""Returns a context in which the progress of a sweep's trials is shown."""


@dataclass(frozen=True, kw_only=True)
class SweepEnd:
    """How a run ended."""

    storage: Storage
    report: SweepReport | None
    """None: no cell has a result."""
    incomplete: Sequence[str]
    """Cells that are missing or incomplete."""
    failures: Mapping[str, str]
    """Errors by trial id; why the sweep stopped early as `sweep`, what MLflow does not hold as
    `tracking`."""
    num_done: int = 0
    """Trials that had something left to do."""
    nodes: Sequence[Mapping[str, object]] = ()
    """The nodes of a cluster, what they are used for and what they lack; empty on one machine."""
    mlflow: Sequence[str] = ()
    """How to open the sweep in MLflow's UI, in lines; empty if MLflow holds nothing of it."""


def run_sweep(sweep: Sweep, log: Log, show_progress: ShowProgress) -> SweepEnd:
    """Complete a sweep. Errors of trials are returned, not raised.

    Raises ConfigError, DataError, ModelLoadError and EnvironmentLackError before any trial starts,
    and EnvironmentLackError if no trial can go on, for lack of storage or of nodes.
    """
    check_settings(sweep)
    check_optuna(sweep)
    storage, uri = storage_of(sweep), tracking_uri(sweep)
    if (job := submitted_job()) is not None:
        refuse_lost_files(sweep, database_path(uri), job)
    if sweep.tracking.uri is None and not storage.is_local:
        log(f"tracking.uri is not set: MLflow's database is {uri}, a file of this machine")
    refuse_second_run(storage)
    benchmarks = read_benchmarks(sweep)
    targets = list(dict.fromkeys(benchmarks.targets()))
    with ExitStack() as stack:
        if is_on_cluster():
            # Before work is done in vain, and because toolchains are those of nodes that execute.
            log("connecting to the Ray cluster")
            nodes = stack.enter_context(checked_cluster(sweep, benchmarks.facts, storage, uri, log))
        else:
            check_environment(sweep, targets=targets, storage=storage, nodes=local_nodes())
            nodes = SweepNodes(describe_this_machine(sweep.evaluation.sandbox, targets))
        stack.enter_context(exclusive_run(storage))
        run = _Run(sweep, storage, uri, benchmarks, nodes, log, show_progress, stack)
        asked = read_asked(storage, sweep)
        if asked is None:
            return run.complete(None)
        if not asked:
            asked = ask_more(storage, sweep, asked, ())
        while True:
            end = run.complete(asked)
            results = search_results(storage, read_stored(storage, sweep.storage.suffix))
            more = ask_more(storage, sweep, asked, results)
            if more == asked or "sweep" in end.failures:
                return end
            asked = more


@dataclass(frozen=True)
class _Run:
    """What all rounds of a run share; only a search by results has more than one."""

    sweep: Sweep
    storage: Storage
    uri: str
    benchmarks: Benchmarks
    nodes: SweepNodes
    log: Log
    show_progress: ShowProgress
    stack: ExitStack
    """Ends with the run."""

    def complete(self, asked: AskedSettings | None) -> SweepEnd:
        """Plan the sweep, run what is missing and report.

        `asked` are the settings that a search has chosen so far.
        """
        sweep, storage, uri, nodes, log = self.sweep, self.storage, self.uri, self.nodes, self.log
        prepared = prepare_inputs(sweep, self.benchmarks, log=log, asked=asked)
        inputs = replace(prepared, plan=with_commits(storage, prepared.plan))
        context = self._context(inputs)
        missing = _find_missing(context, inputs.plan, uri)
        refuse_removed(storage, sweep, missing)
        if missing:
            check_models(sweep)
            # A sweep with nothing left to do does not ask the hub.
            inputs = replace(prepared, plan=resolve_commits(storage, prepared.plan))
            context = self._context(inputs)
            missing = _find_missing(context, inputs.plan, uri)
            check_disk(sweep, storage, missing, is_one_machine=not is_on_cluster(), log=log)
            if asked is not None:
                self._keep_ray()
        plan = inputs.plan
        stopped = stopped_trials(storage, sweep.search, plan.trials)
        mark_finished(storage, plan, {work.trial.trial_id for work in missing}, stopped)
        facts = _run_facts(sweep, inputs, nodes.executing)
        write_plan(storage, sweep, plan, context.cells, facts, context.loss_cells)
        started = time.monotonic()
        ends: list[TrialEnd] = []
        record = SweepRecord(storage, sweep, plan, uri)
        with record.stopped_by_errors(log):
            if missing:
                log(_describe_work(missing, plan, uri))
                for line in ui_lines(absolute_uri(uri), None):
                    log(line)
                with self.show_progress(storage, plan):
                    ends = _do_missing(context, inputs, missing, record, nodes, log)
                log("writing the report")
            # Those of earlier runs too, for which this run had nothing to do.
            if removed := remove_superfluous(storage, sweep, context.cells, context.loss_cells):
                log(f"removed weights (storage.keep_exports): {first_names(removed)}")
            sweep_end = _report(context, plan, record, ends)
        for end in ends:
            if end.is_fatal:
                raise EnvironmentLackError(end.error)
        log(f"done in {time.monotonic() - started:.0f} s")
        return replace(sweep_end, num_done=len(missing), nodes=nodes.listed())

    def _context(self, inputs: SweepInputs) -> SweepContext:
        sweep, storage, nodes = self.sweep, self.storage, self.nodes
        cells = cells_of(sweep, inputs.plan, nodes.digests(), nodes.digests(uses_browser=True))
        return SweepContext(
            storage=storage,
            sweep=sweep,
            cells=tuple(with_stored_keys(storage, cells)),
            tokens_keys=inputs.tokens_keys,
            loss_cells=tuple(loss_cells_of(sweep, inputs.plan)),
            heldout_keys=inputs.heldout_keys,
        )

    def _keep_ray(self) -> None:
        """Start Ray for all rounds, unless an earlier one has done so."""
        listen_on_loopback()
        # Ray takes seconds to import, and a sweep with nothing left to do does not need it.
        from codem_ray.runtime.ray_connection import ray_session

        self.stack.enter_context(ray_session())


def _find_missing(context: SweepContext, plan: SweepPlan, uri: str) -> list[MissingWork]:
    is_tracked = partial(is_recorded, context.storage, uri)
    stopped = stopped_trials(context.storage, context.sweep.search, plan.trials)
    work = [
        find_missing(context.storage, trial, context.cells, is_tracked, context.loss_cells)
        for trial in plan.trials
        if trial.trial_id not in stopped
    ]
    return list(filter(None, work))


def _describe_work(missing: Sequence[MissingWork], plan: SweepPlan, uri: str) -> str:
    text = f"{len(missing)} of {len(plan.trials)} trials have something left to do"
    if any(work.is_evaluation_missing for work in missing):
        return text
    return f"{text}: MLflow at {uri} does not hold their results"


def _do_missing(
    context: SweepContext,
    inputs: SweepInputs,
    missing: Sequence[MissingWork],
    record: SweepRecord,
    nodes: SweepNodes,
    log: Log,
) -> list[TrialEnd]:
    """Start Ray and its actors, run the reference gate, then the trials."""
    listen_on_loopback()
    # Ray takes seconds to import, and a sweep with nothing left to do does not need it.
    from codem_ray.runtime.cluster_view import cluster_nodes, limits_of_cluster
    from codem_ray.runtime.executors import start_pool
    from codem_ray.runtime.node_checks import NodeGuard
    from codem_ray.runtime.ray_connection import on_driver_node, ray_session
    from codem_ray.runtime.services import TrackerActor
    from codem_ray.runtime.trials import run_trials

    sweep, evaluation = context.sweep, context.sweep.evaluation
    if nodes.decision is None:
        log("starting Ray")
    with ray_session(), ExitStack() as stack:
        guard, refused = NodeGuard(), set[str]()
        if nodes.decision is not None:
            guard = NodeGuard.start(nodes.decision, nodes.folders)
            refused = set(nodes.decision.refused(NodeUse.TRAIN))
            stack.enter_context(guard.checking_joined_nodes(log))
        limits = limits_of_cluster(sweep.cluster)
        present = cluster_nodes()
        capacity = decide_capacity(
            [node for node in present if node.node_id not in refused],
            sweep.resources,
            sweep.cluster,
            tensor_parallel=sweep.generation.tensor_parallel,
            limits=limits,
            max_concurrent_trials=sweep.search.max_concurrent_trials,
        )
        with start_pool(sweep, guard, may_grow=limits.may_grow(present)) as pool:
            if evaluation.gate:
                names = {cell.benchmark.name for work in missing for cell in work.cells}
                checks = check_references(
                    [inputs.problems[name] for name in sorted(names)],
                    toolchains=nodes.executing.toolchains,
                    sandbox=evaluation.sandbox,
                    execute=pool.execute,
                    log=log,
                )
                pool.expected_checks.update(checks)
            record.begin()
            tracker = TrackerActor.options(  # type: ignore[attr-defined]
                scheduling_strategy=on_driver_node()
            ).remote(record.uri, context.storage, sweep, inputs.plan)
            tracker.begin.remote()
            return run_trials(
                context,
                [work.trial for work in missing],
                pool=pool,
                tracker=tracker,
                tracking_uri=record.uri,
                capacity=capacity,
                limits=limits,
                guard=guard,
                planned=inputs.plan.trials,
            )


def _report(
    context: SweepContext, plan: SweepPlan, record: SweepRecord, ends: Sequence[TrialEnd]
) -> SweepEnd:
    """Build the report from storage and log it to MLflow."""
    storage, suffix = context.storage, context.sweep.storage.suffix
    failures = {end.trial_id: end.error for end in ends if end.error}
    num_failed = len(failures)
    if reason := _repeated_failure(ends):
        failures["sweep"] = reason
    untracked = {end.trial_id: end.untracked for end in ends if end.untracked}
    incomplete = [str(cell) for cell in incomplete_cells(storage, read_stored(storage, suffix))]
    report = None
    if len(incomplete) < len(context.cells):
        report = build_sweep_report(storage, suffix)
    try:
        record.finish(
            report,
            incomplete=incomplete,
            is_failed=report is None or num_failed == len(plan.trials),
            is_server_unavailable=bool(untracked),
        )
    except TrackingError as error:
        # The report is written all the same, and the next run logs it.
        failures["tracking"] = str(error)
    if untracked:
        failures["tracking"] = _describe_untracked(untracked)
    return SweepEnd(
        storage=storage,
        report=report,
        incomplete=incomplete,
        failures=failures,
        mlflow=record.ui_lines(),
    )


def _describe_untracked(untracked: Mapping[str, str]) -> str:
    """Name the trials that are done but not logged, and the first reason."""
    names = list(untracked)
    more = f" and {len(names) - _TRIALS_LISTED} more" if len(names) > _TRIALS_LISTED else ""
    listed = ", ".join(names[:_TRIALS_LISTED])
    return f"MLflow lacks {listed}{more}: {untracked[names[0]]}"


def _repeated_failure(ends: Sequence[TrialEnd]) -> str:
    if not ends:
        return ""
    # Ray takes seconds to import, but where trials have ended, it is imported already.
    from codem_ray.runtime.trials import repeated_failure

    return repeated_failure(ends)


def _run_facts(sweep: Sweep, inputs: SweepInputs, executing: NodeAnswer) -> dict[str, Any]:
    """Return environment, warnings and data card, for the report."""
    environment = {
        "codem_ray": __version__,
        "python": platform.python_version(),
        **{
            name: importlib.metadata.version(name)
            for name in ("ray", "torch", "deepspeed", "transformers", "mlflow")
        },
        "sandbox": sweep.evaluation.sandbox,
        **executing.sandbox,
        **{target: tool.versions for target, tool in executing.toolchains.items()},
    }
    warnings = list(executing.notes)
    if not sandbox_backend(sweep.evaluation.sandbox).isolates:
        warnings.append("programs ran without isolation, as the sweep file asks")
    return {
        "environment": environment,
        "warnings": warnings,
        "data_card": card_of(sweep, inputs, storage_of(sweep)),
    }
