"""Build the report of a sweep from its storage alone."""

from __future__ import annotations

import shutil
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from codem_ray.analysis import CellKey
from codem_ray.config.validation_messages import mistakes
from codem_ray.errors import IncompleteError, StorageError
from codem_ray.report import ReportInputs, SweepReport, build_report
from codem_ray.report.report_warnings import first_names
from codem_ray.report.writer import PAGE
from codem_ray.storage import Storage
from codem_ray.storage.node_cache import cache_folder
from codem_ray.sweep.facts import BenchmarkFacts, LossFacts
from codem_ray.sweep.reference_solutions import reference_solutions
from codem_ray.sweep.report_texts import report_texts
from codem_ray.sweep.search_results import search_results
from codem_ray.sweep.stages import suffixed
from codem_ray.sweep.stored_plan import (
    incomplete_cells,
    load_losses,
    load_results,
    read_stored,
    training_facts,
)
from codem_ray.sweep.sweep_plan import SweepPlan
from codem_ray.sweep.trial_status import TrialState, TrialStatus, read_statuses
from codem_ray.wording import first_line

REPORT = "report"

_TRAINING_COLUMNS = ("steps", "tokens", "final_loss", "seconds", "resumed_from_step")


def build_sweep_report(storage: Storage, suffix: str = "") -> SweepReport:
    """Write `report/` (`report.limit-3/` after `--limit 3`) into the sweep's folder."""
    stored = read_stored(storage, suffix)
    plan, facts = stored.plan, stored.facts
    incomplete = [str(cell) for cell in incomplete_cells(storage, stored)]
    folder = suffixed(REPORT, stored.sweep["storage"].get("suffix", ""))
    training = training_facts(storage, plan)
    statuses = read_statuses(storage, plan)
    warnings = [*facts.warnings, *_failures(statuses)]
    if incomplete:
        warnings.append(f"incomplete, run the sweep again: {first_names(incomplete)}")
    inputs = ReportInputs(
        sweep_name=plan.name,
        results=load_results(storage, stored),
        losses=load_losses(storage, stored),
        evaluation=stored.evaluation,
        sweep=stored.sweep,
        plan=_plan_facts(plan),
        expected=_expected_cells(plan, stored.stopped(storage)),
        search=[result.as_row() for result in search_results(storage, stored)],
        data_card=facts.data_card,
        training_facts=[
            {"trial": trial_id} | {name: trial[name] for name in _TRAINING_COLUMNS if name in trial}
            for trial_id, trial in training.items()
        ],
        loss_curves={
            trial_id: _loss_curve(trial_id, trial) for trial_id, trial in training.items()
        },
        benchmarks=[_benchmark_row(benchmark) for benchmark in plan.benchmarks]
        + [_answers_row(facts) for facts in plan.losses],
        environment=facts.environment,
        warnings=warnings,
        unfinished=incomplete,
        references=reference_solutions(stored),
        read_texts=partial(report_texts, storage, stored),
        finished_at=_finished_at(statuses),
    )
    if storage.is_local:
        return build_report(inputs, storage.local_path(folder))
    # Kept in this node's cache, because the report's files are logged to MLflow afterwards.
    local = _local_copy(storage, folder)
    report = build_report(inputs, local)
    storage.put_folder(local, folder)
    return replace(report, page=storage.uri(f"{folder}/index.html"))


def fetch_report(storage: Storage, suffix: str = "") -> Path:
    """Return the page of a sweep's report; a remote one is copied to this node's cache.

    Raises:
        IncompleteError: there is no report yet.
    """
    stored = read_stored(storage, suffix)
    folder = suffixed(REPORT, stored.sweep["storage"].get("suffix", ""))
    if not storage.exists(f"{folder}/{PAGE}"):
        raise IncompleteError(
            f"{storage.uri(folder)} holds no {PAGE} yet: `codem-ray report {storage.root}` builds "
            "it as soon as the sweep has results"
        )
    if storage.is_local:
        return storage.local_path(f"{folder}/{PAGE}")
    local = _local_copy(storage, folder)
    names = [name.removeprefix(f"{folder}/") for name in storage.files(folder)]
    storage.get_files(folder, names, local)
    return local / PAGE


def _local_copy(storage: Storage, folder: str) -> Path:
    """Return the place of a remote report in this node's cache; an earlier copy is deleted."""
    local = cache_folder() / storage.cache_key(folder, {})
    shutil.rmtree(local, ignore_errors=True)
    return local


@dataclass(frozen=True, slots=True)
class _CurvePoint:
    step: int
    loss: float | None = None


def _loss_curve(trial_id: str, facts: Mapping[str, Any]) -> list[tuple[int, float]]:
    """Return steps and losses from the facts of an export."""
    try:
        points = TypeAdapter(tuple[_CurvePoint, ...]).validate_python(facts.get("curve", ()))
    except ValidationError as error:
        raise StorageError(
            f"the training curve of {trial_id} in the manifest of its export is damaged "
            f"({mistakes(error.errors())[0]}): remove the export and run the sweep again"
        ) from error
    return [(point.step, point.loss) for point in points if point.loss is not None]


def _benchmark_row(facts: BenchmarkFacts) -> dict[str, object]:
    return {
        "benchmark": facts.name,
        "language": facts.target,
        "problems": facts.problems,
        "quarantined": facts.quarantined,
        "digest": facts.digest,
        "licence": facts.terms["licence"],
    }


def _expected_cells(plan: SweepPlan, stopped: Container[str]) -> list[CellKey]:
    """Return the cells of a plan, without those of the trials that a search has stopped."""
    cells = [(trial, facts.name, style) for trial, facts, style in plan.cells()]
    cells += [(trial, facts.name, style) for trial, facts, style in plan.loss_cells()]
    return [
        CellKey(trial.source, trial.seed, name, style)
        for trial, name, style in cells
        if trial.trial_id not in stopped
    ]


def _answers_row(facts: LossFacts) -> dict[str, object]:
    return {
        "benchmark": facts.name,
        "language": facts.target,
        "problems": facts.answers,
        "quarantined": 0,
        "digest": facts.digest,
        "licence": facts.licence,
    }


def _plan_facts(plan: SweepPlan) -> dict[str, Any]:
    return {
        "sweep digest": plan.digest,
        "trials": len(plan.trials),
        "cells": plan.num_cells,
        "smallest detectable gain": "none in a single cell"
        if plan.detectable_gain is None
        else f"{100 * plan.detectable_gain:.0f} points",
        "notes": "; ".join(plan.notes) or "none",
    }


def _failures(statuses: Sequence[TrialStatus]) -> list[str]:
    return [
        f"trial {status.trial_id} failed: {first_line(status.message) or 'no message'}"
        for status in statuses
        if status.state is TrialState.FAILED
    ]


def _finished_at(statuses: Sequence[TrialStatus]) -> datetime | None:
    latest = max((status.updated_at for status in statuses), default=0.0)
    return datetime.fromtimestamp(latest, UTC) if latest else None
