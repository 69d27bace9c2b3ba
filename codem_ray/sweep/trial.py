"""One trial: train, generate, execute, track; each stage is skipped if its manifest exists."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from codem_ray.benchmarks import load
from codem_ray.config import Sweep
from codem_ray.errors import TrackingError, TrialError
from codem_ray.prompting.templates import CHAT
from codem_ray.records import Completion, Job, Outcome, Problem, Progress, Verdict
from codem_ray.scoring.judging import JudgedCompletion, judge_completions, to_results
from codem_ray.scoring.stage_files import (
    read_rows,
    write_results,
    write_rows,
)
from codem_ray.storage import Storage, file_digest
from codem_ray.sweep.failures import message_of
from codem_ray.sweep.stages import (
    RESULTS_DIGEST,
    CellPlan,
    export_stage,
    find_missing,
    tokens_stage,
    train_folder,
)
from codem_ray.sweep.sweep_pairs import ROWS
from codem_ray.sweep.sweep_plan import TrialKind, TrialPlan
from codem_ray.sweep.trial_status import StatusWriter, TrialState, read_curve
from codem_ray.tokens.tuning_record import TuningRecord
from codem_ray.training.training_spec import TrainingResult, TrainingSpec

COMPLETIONS, VERDICTS = "completions.jsonl.gz", "verdicts.jsonl.gz"
MAX_CURVE_POINTS = 500
CONCURRENT_CELLS = 4


class TrialServices(Protocol):
    """The work that a trial delegates: to Ray in a sweep, to plain objects in a test."""

    def train(self, spec: TrainingSpec, show_wait: Callable[[str], None]) -> TrainingResult:
        """Fine-tune and export. `show_wait` is called with what is waited for, and then with ""."""

    def generate(
        self,
        trial: TrialPlan,
        model: str,
        cells: Sequence[tuple[CellPlan, Sequence[Problem]]],
        progress: Progress,
        show_wait: Callable[[str], None],
    ) -> Generator[tuple[CellPlan, list[Completion]]]:
        """Load the model once, and yield each cell with its completions when all are written."""

    def execute(self, jobs: Sequence[Job], progress: Progress) -> list[Verdict]:
        """Return a verdict per job, in order."""

    def is_tracked(self, trial: TrialPlan, cells: Sequence[CellPlan]) -> bool:
        """Return whether MLflow holds the current results of these cells."""

    def track(
        self, trial: TrialPlan, cells: Sequence[CellPlan], model: str, training: Mapping[str, Any]
    ) -> None:
        """Log model, parameters and scores; idempotent."""


@dataclass(frozen=True, kw_only=True)
class SweepContext:
    """Values that all trials of a sweep share; crosses processes by pickle."""

    storage: Storage
    sweep: Sweep
    cells: tuple[CellPlan, ...]
    tokens_keys: Mapping[str, tuple[str, ...]]
    """Keys of packed tokens by source, one for each of its phases."""


class TrialRun:
    """One attempt at a trial."""

    def __init__(
        self, context: SweepContext, trial: TrialPlan, services: TrialServices, *, attempt: int
    ) -> None:
        self._sweep, self._storage = context.sweep, context.storage
        self._trial, self._services, self._attempt = trial, services, attempt
        self._cells = [cell for cell in context.cells if cell.trial.trial_id == trial.trial_id]
        self._tokens_keys = context.tokens_keys
        self._status = StatusWriter(self._storage, trial.trial_id)

    def run(self) -> None:
        """Run the missing stages. Raises the first error; finished stages stay finished."""
        self._status.update(
            state=TrialState.RUNNING, stage="start", attempt=self._attempt, steps=self._trial.steps
        )
        try:
            self._run_stages()
        except TrackingError as error:
            # Everything but the log is complete, and the next run logs it.
            self._status.update(
                is_urgent=True,
                state=TrialState.DONE,
                stage="done",
                message=message_of(error)[:2000],
            )
            raise
        except BaseException as error:
            self._status.update(
                is_urgent=True, state=TrialState.FAILED, message=message_of(error)[:2000]
            )
            raise
        self._status.update(is_urgent=True, state=TrialState.DONE, stage="done", message="")

    def _run_stages(self) -> None:
        missing = find_missing(self._storage, self._trial, self._cells, self._services.is_tracked)
        if missing.is_training_missing:
            self.train()
        self._show_training()
        if missing.cells:
            problems = self._load_problems(missing.cells)
            self.evaluate(missing.cells, problems)
        # `missing` is out of date here: evaluation has written new rows.
        if not self._services.is_tracked(self._trial, self._cells):
            self.track()

    def train(self) -> None:
        """Fine-tune the base model and keep its weights as the trial's export."""
        sweep, trial = self._sweep, self._trial
        folder, stage = train_folder(trial.trial_id), export_stage(self._storage, trial)
        is_local = self._storage.is_local
        # On remote storage the weights go from the worker to their stage, on a local disk by a
        # folder that is renamed.
        export = f"{folder}/export" if is_local else stage.name
        spec = TrainingSpec(
            trial_id=trial.trial_id,
            base_model=trial.model,
            revision=trial.revision,
            trust_remote_code=sweep.base_model.trust_remote_code,
            tokens_folders=tuple(
                f"{tokens_stage(self._storage, key).location()}/{ROWS}"
                for key in self._tokens_keys[trial.source]
            ),
            training=sweep.training,
            seed=trial.seed,
            workers=sweep.resources.workers,
            cpus_per_worker=sweep.resources.cpus_per_worker,
            gpus_per_worker=sweep.resources.gpus_per_worker,
            placement=sweep.cluster.placement,
            labels=sweep.cluster.training_labels,
            ray_storage_path=self._storage.uri(folder),
            export_folder=self._storage.uri(export),
            record=TuningRecord(
                trial_id=trial.trial_id,
                source=trial.source,
                template=sweep.data.template,
                chat_date=sweep.data.chat_date if sweep.data.template == CHAT else None,
            ),
            stall_seconds=60.0 * sweep.search.stall_minutes,
        )
        self._status.update(stage="train")
        with stage.writing({"trial_id": trial.trial_id}) as writer:
            result = self._services.train(spec, self._wait_in("train"))
            if is_local:
                _move_export(self._storage.local_path(export), writer.folder)
            writer.uploaded.update(result.uploaded)
            if not writer.has("config.json"):
                raise TrialError(
                    trial.trial_id, f"training ended, but {spec.export_folder} holds no model"
                )
            facts = asdict(result)
            del facts["uploaded"]
            writer.facts.update(facts | {"curve": _thin_out(read_curve(self._storage, folder))})
        # The weights are in the export, so the resumable state is no longer needed.
        self._storage.remove(folder)

    def evaluate(
        self, cells: Sequence[CellPlan], problems: Mapping[str, Sequence[Problem]]
    ) -> None:
        """Write the completions of cells without any, and judge each cell once it is written.

        `problems` is by benchmark. A cell is stored as soon as it is written or judged.
        """
        unwritten = [
            cell
            for cell in cells
            if cell.generate_stage(self._storage).manifest(is_checked=True) is None
        ]
        asked = [(cell, problems[cell.benchmark.name]) for cell in unwritten]
        writing = _Counter(self._status, "generate", sum(len(some) for _, some in asked))
        judging = _Counter(
            self._status, "execute", sum(len(problems[cell.benchmark.name]) for cell in cells)
        )
        # Several cells at once, so that a slow compiler leaves no executor idle.
        with ThreadPoolExecutor(max_workers=CONCURRENT_CELLS) as pool:

            def judge(cell: CellPlan) -> Future[None]:
                some = problems[cell.benchmark.name]
                return pool.submit(self._execute_cell, cell, some, judging.add)

            judged = [judge(cell) for cell in cells if cell not in unwritten]
            try:
                if asked:
                    writing.show()
                    written = self._services.generate(
                        self._trial, self._model(), asked, writing.add, self._wait_in("generate")
                    )
                    with closing(written):
                        for cell, completions in written:
                            self._store_completions(cell, completions)
                            judged.append(judge(cell))
                            _raise_errors(judged)
                    writing.hide()
                judging.show()
                for future in judged:
                    future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _store_completions(self, cell: CellPlan, completions: Sequence[Completion]) -> None:
        with cell.generate_stage(self._storage).writing(_stage_inputs(cell)) as writer:
            write_rows(writer.folder / COMPLETIONS, completions, Completion)
            writer.facts.update(
                completions=len(completions),
                tokens=sum(c.completion_tokens for c in completions),
                truncated=sum(c.is_truncated for c in completions),
            )

    def _execute_cell(
        self, cell: CellPlan, problems: Sequence[Problem], progress: Progress
    ) -> None:
        generated = cell.generate_stage(self._storage).folder()
        completions = read_rows(generated / COMPLETIONS, Completion)
        judged = judge_completions(
            problems,
            completions,
            cell.style,
            lambda jobs: self._services.execute(jobs, progress),
            self._sweep.evaluation.extraction,
        )
        rows = to_results(
            judged,
            problems=problems,
            trial_id=cell.trial.trial_id,
            source=cell.trial.source,
            seed=cell.trial.seed,
            style=cell.style,
            benchmark_digest=cell.benchmark.digest,
            is_limited=cell.benchmark.is_limited,
        )
        folder = cell.results_name.rpartition("/")[0]
        for old in self._storage.names(folder, f"{cell.label}.*.parquet"):
            if old != cell.results_name:
                self._storage.remove(old)
        with self._storage.writing(cell.results_name) as path:
            write_results(path, rows)
            results_digest = file_digest(path)
        outcomes = [completion.verdict.outcome for completion in judged]
        if Outcome.INFRASTRUCTURE_ERROR in outcomes:
            # Without a manifest the cell is incomplete, and the next run executes it again.
            return
        with cell.execute_stage(self._storage).writing(_stage_inputs(cell)) as writer:
            write_rows(writer.folder / VERDICTS, judged, JudgedCompletion)
            writer.facts.update({str(outcome): outcomes.count(outcome) for outcome in Outcome})
            writer.facts[RESULTS_DIGEST] = results_digest

    def track(self) -> None:
        """Log the trial to MLflow."""
        self._status.update(stage="track")
        self._services.track(self._trial, self._cells, self._model(), self._training_facts())

    def _model(self) -> str:
        """Return the model to generate with: the export of a trained trial, else the plan's.

        An export on remote storage is a URI, of which each node makes its own copy.
        """
        if self._trial.kind is not TrialKind.TRAINED:
            return self._trial.model
        return export_stage(self._storage, self._trial).location()

    def _training_facts(self) -> dict[str, Any]:
        """Return the facts of the export; empty if nothing was trained."""
        if self._trial.kind is not TrialKind.TRAINED:
            return {}
        manifest = export_stage(self._storage, self._trial).manifest()
        return dict(manifest.facts) if manifest is not None else {}

    def _show_training(self) -> None:
        """Show the finished training, whose steps another process wrote to the status file."""
        if facts := self._training_facts():
            steps = int(facts.get("steps", self._trial.steps))
            self._status.update(step=steps, steps=steps, loss=facts.get("final_loss"))

    def _load_problems(self, cells: Sequence[CellPlan]) -> dict[str, Sequence[Problem]]:
        limit = self._sweep.evaluation.limit
        origins = {cell.benchmark.name: cell.benchmark.origin for cell in cells}
        return {name: load(origin, limit=limit) for name, origin in origins.items()}

    def _wait_in(self, stage: str) -> Callable[[str], None]:
        """Return a function that shows what a stage waits for."""

        def show_wait(text: str) -> None:
            self._status.update(is_urgent=True, stage="wait" if text else stage, waits_for=text)

        return show_wait


class _Counter:
    """Counts the problems of one stage, and shows them in the trial's status while it is shown.

    Cells are judged while others are written, and the status has room for one stage.
    """

    def __init__(self, status: StatusWriter, stage: str, total: int) -> None:
        self._status, self._stage, self._total = status, stage, total
        self._done, self._is_shown = 0, False
        self._lock = threading.Lock()

    def show(self) -> None:
        with self._lock:
            self._is_shown = True
            self._update(problems_total=self._total)

    def hide(self) -> None:
        with self._lock:
            self._is_shown = False

    def add(self, more: int) -> None:
        with self._lock:
            self._done += more
            if self._is_shown:
                self._update()

    def _update(self, **changes: Any) -> None:
        self._status.update(stage=self._stage, problems_done=self._done, **changes)


def _raise_errors(futures: Iterable[Future[None]]) -> None:
    """Raise the error of a finished future, without waiting for the others."""
    for future in futures:
        if future.done():
            future.result()


def _move_export(export: Path, target: Path) -> None:
    """Move the files of a local export, if there is one."""
    for path in export.iterdir() if export.is_dir() else ():
        shutil.move(path, target / path.name)


def _thin_out(curve: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep at most MAX_CURVE_POINTS points of a training curve, first and last among them."""
    if len(curve) <= MAX_CURVE_POINTS:
        return list(curve)
    last = MAX_CURVE_POINTS - 1
    return [curve[round(i * (len(curve) - 1) / last)] for i in range(MAX_CURVE_POINTS)]


def _stage_inputs(cell: CellPlan) -> dict[str, Any]:
    return {
        "trial_id": cell.trial.trial_id,
        "benchmark": cell.benchmark.name,
        "benchmark_digest": cell.benchmark.digest,
        "style": cell.style.value,
        "generate_key": cell.generate_key,
        "execute_key": cell.execute_key,
    }
