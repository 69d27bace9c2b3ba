"""One trial: the row of its stages, each skipped when its manifest is there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Protocol

from codem_ray.benchmarks import load
from codem_ray.config import Sweep
from codem_ray.errors import TrialError
from codem_ray.records import Completion, Job, Outcome, Problem, PromptStyle, Verdict
from codem_ray.scoring.judging import judge_completions, to_results
from codem_ray.scoring.stage_files import (
    read_completions,
    write_completions,
    write_judged,
    write_results,
)
from codem_ray.storage import Storage, file_digest
from codem_ray.sweep.failures import message_of
from codem_ray.sweep.pairs import ROWS
from codem_ray.sweep.plan import TRAINED, SweepPlan, TrialPlan
from codem_ray.sweep.stages import (
    RESULTS_DIGEST,
    Cell,
    export_stage,
    find_missing,
    tokens_stage,
    train_folder,
)
from codem_ray.sweep.status import DONE, FAILED, RUNNING, StatusWriter, read_curve
from codem_ray.training.spec import TrainingResult, TrainingSpec

COMPLETIONS, VERDICTS = "completions.jsonl.gz", "verdicts.jsonl.gz"
SLOT_TIMEOUT_SECONDS = 14 * 24 * 3600.0


class Services(Protocol):
    """What a trial is given to work with: Ray actors in a sweep, plain objects in a test."""

    def train(self, spec: TrainingSpec, on_start: Callable[[], None]) -> TrainingResult:
        """Wait for a turn, say so, then fine-tune and export."""

    def generate(
        self,
        trial: TrialPlan,
        model: str,
        cells: Sequence[tuple[Cell, Sequence[Problem]]],
        on_progress: Callable[[int], None],
    ) -> list[list[Completion]]:
        """Load the model once and write completions for each cell."""

    def execute(self, jobs: Sequence[Job], on_progress: Callable[[int], None]) -> list[Verdict]:
        """Judge answers; order kept."""

    def is_tracked(self, trial: TrialPlan, cells: Sequence[Cell]) -> bool:
        """Whether MLflow holds the current results of these cells."""

    def track(
        self, trial: TrialPlan, cells: Sequence[Cell], model: str, training: Mapping[str, Any]
    ) -> None:
        """Log model, parameters and scores; idempotent."""


@dataclass(frozen=True, kw_only=True)
class TrialContext:
    """What a trial needs to know of its sweep."""

    storage_root: str
    sweep: Sweep
    plan: SweepPlan
    cells: tuple[Cell, ...]
    tokens_keys: Mapping[str, tuple[str, ...]]
    """Stages of packed tokens by source; several for a sequence of sources."""


def run_trial(context: TrialContext, trial: TrialPlan, services: Services, *, attempt: int) -> None:
    """Do what is missing of a trial. Raises the first error that it meets; what is done stays."""
    storage = Storage(context.storage_root)
    status = StatusWriter(storage, trial.trial_id)
    status.update(state=RUNNING, stage="start", attempt=attempt, steps=trial.steps)
    try:
        _run_stages(context, trial, services, storage, status)
    except BaseException as error:
        status.update(is_urgent=True, state=FAILED, message=message_of(error)[:2000])
        raise
    status.update(is_urgent=True, state=DONE, stage="done", message="")


def _run_stages(
    context: TrialContext,
    trial: TrialPlan,
    services: Services,
    storage: Storage,
    status: StatusWriter,
) -> None:
    own = [cell for cell in context.cells if cell.trial.trial_id == trial.trial_id]
    missing = find_missing(storage, trial, own, services.is_tracked)
    if missing.is_training_missing:
        _train(context, trial, services, storage, status)
    trained = export_facts(storage, trial)
    if trained:
        # The steps were written by another process, and this one's writer knows nothing of them.
        steps = int(trained.get("steps", trial.steps))
        status.update(step=steps, steps=steps, loss=trained.get("final_loss"))
    if missing.cells:
        _evaluate(context, trial, missing.cells, services, storage, status)
    # Asked again, for evaluation has made new rows.
    if not services.is_tracked(trial, own):
        status.update(stage="track")
        services.track(trial, own, model_of(storage, trial), trained)


def model_of(storage: Storage, trial: TrialPlan) -> str:
    """Return what generation loads: the export of a trained trial, else the trial's own model."""
    if trial.kind != TRAINED:
        return trial.model
    return str(export_stage(storage, trial).folder())


def export_facts(storage: Storage, trial: TrialPlan) -> dict[str, Any]:
    """Return what the training measured; empty where nothing was trained."""
    manifest = export_stage(storage, trial).manifest() if trial.kind == TRAINED else None
    return dict(manifest.facts) if manifest is not None else {}


def _train(
    context: TrialContext,
    trial: TrialPlan,
    services: Services,
    storage: Storage,
    status: StatusWriter,
) -> None:
    sweep = context.sweep
    folder = storage.local_path(train_folder(trial))
    export = folder / "export"
    spec = TrainingSpec(
        trial_id=trial.trial_id,
        base_model=trial.model,
        revision=trial.revision,
        trust_remote_code=sweep.base_model.trust_remote_code,
        tokens_folders=tuple(
            str(tokens_stage(storage, key).folder() / ROWS)
            for key in context.tokens_keys[trial.source]
        ),
        training=sweep.training,
        seed=trial.seed,
        workers=sweep.resources.workers,
        cpus_per_worker=sweep.resources.cpus_per_worker,
        gpus_per_worker=sweep.resources.gpus_per_worker,
        ray_storage_path=str(folder),
        export_folder=str(export),
        max_failures=sweep.search.max_failures,
    )
    status.update(stage="wait")
    with export_stage(storage, trial).writing({"trial_id": trial.trial_id}) as writer:
        result = services.train(spec, lambda: status.update(stage="train"))
        if not (export / "config.json").is_file():
            raise TrialError(trial.trial_id, f"training ended, but {export} holds no model")
        for path in export.iterdir():
            shutil.move(path, writer.folder / path.name)
        writer.facts.update(asdict(result) | {"curve": _thinned(read_curve(folder))})
    # The resumable state has done its work; the weights are in the export.
    storage.remove(train_folder(trial))


def _thinned(curve: Sequence[dict[str, Any]], most: int = 500) -> list[dict[str, Any]]:
    """Keep at most `most` points of a training curve, first and last among them."""
    if len(curve) <= most:
        return list(curve)
    return [curve[round(i * (len(curve) - 1) / (most - 1))] for i in range(most)]


def _evaluate(
    context: TrialContext,
    trial: TrialPlan,
    cells: Sequence[Cell],
    services: Services,
    storage: Storage,
    status: StatusWriter,
) -> None:
    limit = context.sweep.evaluation.limit
    origins = {cell.benchmark.name: cell.benchmark.origin for cell in cells}
    problems = {name: load(origin, limit=limit) for name, origin in origins.items()}
    to_write = [
        cell for cell in cells if cell.generate_stage(storage).manifest(is_checked=True) is None
    ]
    if to_write:
        total = sum(len(problems[cell.benchmark.name]) for cell in to_write)
        status.update(stage="generate", problems_done=0, problems_total=total)
        asked = [(cell, problems[cell.benchmark.name]) for cell in to_write]
        written = services.generate(
            trial,
            model_of(storage, trial),
            asked,
            lambda done: status.update(stage="generate", problems_done=done),
        )
        for cell, completions in zip(to_write, written, strict=True):
            with cell.generate_stage(storage).writing(_inputs(cell)) as writer:
                write_completions(writer.folder / COMPLETIONS, completions)
                writer.facts.update(
                    completions=len(completions),
                    tokens=sum(c.completion_tokens for c in completions),
                    truncated=sum(c.is_truncated for c in completions),
                )
    total = sum(len(problems[cell.benchmark.name]) for cell in cells)
    status.update(stage="execute", problems_done=0, problems_total=total)
    with ThreadPoolExecutor(max_workers=4) as pool:
        counts: dict[str, int] = {}

        def on_progress(label: str, more: int) -> None:
            counts[label] = counts.get(label, 0) + more
            status.update(stage="execute", problems_done=sum(counts.values()))

        # Cells go to the executors together, so that a slow compiler does not leave a core idle.
        futures: list[Future[None]] = [
            pool.submit(
                _execute,
                context,
                cell,
                problems[cell.benchmark.name],
                services,
                storage,
                partial(on_progress, cell.label),
            )
            for cell in cells
        ]
        for future in futures:
            future.result()


def _inputs(cell: Cell) -> dict[str, Any]:
    return {
        "trial_id": cell.trial.trial_id,
        "benchmark": cell.benchmark.name,
        "benchmark_digest": cell.benchmark.digest,
        "style": cell.style.value,
        "generate_key": cell.generate_key,
        "execute_key": cell.execute_key,
    }


def _execute(
    context: TrialContext,
    cell: Cell,
    problems: Sequence[Problem],
    services: Services,
    storage: Storage,
    on_progress: Callable[[int], None],
) -> None:
    completions = read_completions(cell.generate_stage(storage).folder() / COMPLETIONS)
    judged = judge_completions(
        problems,
        completions,
        PromptStyle(cell.style),
        lambda jobs: services.execute(jobs, on_progress),
    )
    verdicts = [one.verdict for one in judged]
    infrastructure = [v for v in verdicts if v.outcome is Outcome.INFRASTRUCTURE_ERROR]
    rows = to_results(
        judged,
        problems=problems,
        trial_id=cell.trial.trial_id,
        source=cell.trial.source,
        seed=cell.trial.seed,
        style=PromptStyle(cell.style),
        benchmark_digest=cell.benchmark.digest,
        is_limited=cell.benchmark.is_limited,
    )
    target = storage.local_path(cell.results_name)
    target.parent.mkdir(parents=True, exist_ok=True)
    for old in target.parent.glob(f"{cell.label}.*.parquet"):
        if old != target:
            old.unlink()
    write_results(target, rows)
    if infrastructure:
        # No manifest: the next run tries this cell again, and until then it is incomplete.
        return
    with cell.execute_stage(storage).writing(_inputs(cell)) as writer:
        write_judged(writer.folder / VERDICTS, judged)
        writer.facts.update({str(o): sum(v.outcome is o for v in verdicts) for o in Outcome})
        writer.facts[RESULTS_DIGEST] = file_digest(target)
