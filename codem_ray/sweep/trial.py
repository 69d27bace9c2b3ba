"""One trial: train, generate, execute, track; each stage is skipped if its manifest exists."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from codem_ray.benchmarks import load
from codem_ray.config import Sweep
from codem_ray.errors import DivergedError, StoppedEarlyError, TrackingError, TrialError
from codem_ray.prompting.templates import CHAT
from codem_ray.records import (
    Completion,
    Outcome,
    Problem,
    Progress,
)
from codem_ray.scoring.judging import JudgedCompletion, judge_completions, to_results
from codem_ray.scoring.stage_files import (
    read_rows,
    write_results,
    write_rows,
)
from codem_ray.storage import Storage, file_digest
from codem_ray.sweep.asha import AshaRule
from codem_ray.sweep.failures import message_of
from codem_ray.sweep.heldout_tokens import own_languages
from codem_ray.sweep.kept_exports import remove_superfluous
from codem_ray.sweep.loss_answers import load_answers
from codem_ray.sweep.loss_results import store_losses, stored_scores
from codem_ray.sweep.search_settings import with_setting
from codem_ray.sweep.stage_counter import StageCounter
from codem_ray.sweep.stages import (
    RESULTS_DIGEST,
    CellPlan,
    LossCellPlan,
    TrialCell,
    export_facts,
    export_stage,
    find_missing,
    remove_old_results,
    tokens_stage,
    train_folder,
)
from codem_ray.sweep.stopped_trials import record_stop
from codem_ray.sweep.sweep_pairs import ROWS
from codem_ray.sweep.sweep_plan import TrialKind, TrialPlan
from codem_ray.sweep.trial_services import TrialEngines, TrialServices
from codem_ray.sweep.trial_status import StatusWriter, TrialState, read_curve
from codem_ray.tokens.tuning_record import TuningRecord
from codem_ray.training.training_spec import HeldOutSpec, TrainingSpec

COMPLETIONS, VERDICTS = "completions.jsonl.gz", "verdicts.jsonl.gz"
CONCURRENT_CELLS = 4


@dataclass(frozen=True, kw_only=True)
class SweepContext:
    """Values that all trials of a sweep share; crosses processes by pickle."""

    storage: Storage
    sweep: Sweep
    cells: tuple[CellPlan, ...]
    tokens_keys: Mapping[str, tuple[str, ...]]
    """Keys of the packed tokens of each trained row, one for each of its phases."""
    loss_cells: tuple[LossCellPlan, ...] = ()
    heldout_keys: Mapping[str, str] = field(default_factory=dict)
    """Keys of the packed tokens of the pairs held out of all sources, by language."""


class TrialRun:
    """One attempt at a trial."""

    def __init__(
        self, context: SweepContext, trial: TrialPlan, services: TrialServices, *, attempt: int
    ) -> None:
        self._context, self._storage = context, context.storage
        self._sweep = with_setting(context.sweep, trial.setting)
        self._trial, self._services, self._attempt = trial, services, attempt
        self._cells = [cell for cell in context.cells if cell.trial.trial_id == trial.trial_id]
        self._loss_cells = [
            cell for cell in context.loss_cells if cell.trial.trial_id == trial.trial_id
        ]
        self._tokens_keys = context.tokens_keys
        self._status = StatusWriter(self._storage, trial.trial_id)

    def run(self) -> str:
        """Run the missing stages; return why a search has stopped the trial, "" if it is done.

        Raises the first error; finished stages stay finished.
        """
        self._status.update(
            state=TrialState.RUNNING, stage="start", attempt=self._attempt, steps=self._trial.steps
        )
        self._services.start_tracking(self._trial)
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
            if self._trial.setting and isinstance(error, StoppedEarlyError | DivergedError):
                return self._stop(error.cause, is_diverged=isinstance(error, DivergedError))
            self._status.update(
                is_urgent=True, state=TrialState.FAILED, message=message_of(error)[:2000]
            )
            raise
        note = self._training_facts().get("stop_reason", "")
        self._status.update(is_urgent=True, state=TrialState.DONE, stage="done", message=note)
        context = self._context
        remove_superfluous(self._storage, self._sweep, context.cells, context.loss_cells)
        return ""

    def _stop(self, reason: str, *, is_diverged: bool) -> str:
        """Record that a search stops the trial: it has no scores, and no run trains it again."""
        step = record_stop(
            self._storage, self._sweep.search, self._trial, reason, is_diverged=is_diverged
        )
        self._status.update(
            is_urgent=True, state=TrialState.STOPPED_EARLY, step=step, message=reason[:2000]
        )
        return reason

    def _run_stages(self) -> None:
        missing = find_missing(
            self._storage,
            self._trial,
            self._cells,
            self._services.is_tracked,
            self._loss_cells,
        )
        if missing.is_training_missing:
            self.train()
        self._show_training()
        if missing.cells or missing.loss_cells:
            problems = self._load_problems(missing.cells)
            self.evaluate(missing.cells, problems, missing.loss_cells)
        # `missing` is out of date here: evaluation has written new rows.
        if not self._services.is_tracked(self._trial, [*self._cells, *self._loss_cells]):
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
            tokens_folders=tuple(map(self._rows, self._tokens_keys[trial.source])),
            heldout=self._heldout(),
            training=sweep.training,
            seed=trial.seed,
            workers=sweep.resources.workers,
            cpus_per_worker=sweep.resources.cpus_per_worker,
            gpus_per_worker=sweep.resources.gpus_per_worker,
            placement=sweep.cluster.placement,
            labels=sweep.cluster.training_labels,
            ray_storage_path=self._storage.uri(folder),
            node_folder=sweep.storage.node_folder or "",
            export_folder=self._storage.uri(export),
            record=TuningRecord(
                trial_id=trial.trial_id,
                source=trial.pairs_source,
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
            writer.facts.update(facts | {"curve": read_curve(self._storage, folder)})
        # The weights are in the export, so the resumable state is no longer needed.
        self._storage.remove(folder)

    def _heldout(self) -> HeldOutSpec | None:
        """Return the pairs on which the training measures its held-out loss; None: none."""
        keys, rule = self._context.heldout_keys, AshaRule.of(self._sweep.search)
        if not keys:
            return None
        return HeldOutSpec(
            folders={language: self._rows(key) for language, key in keys.items()},
            own=own_languages(self._sweep, self._trial.pairs_source, keys),
            compared_at=rule.shares if rule is not None else (),
        )

    def _rows(self, tokens_key: str) -> str:
        return f"{tokens_stage(self._storage, tokens_key).location()}/{ROWS}"

    def evaluate(
        self,
        cells: Sequence[CellPlan],
        problems: Mapping[str, Sequence[Problem]],
        loss_cells: Sequence[LossCellPlan] = (),
    ) -> None:
        """Measure losses, write the completions of cells without any, and judge each cell.

        `problems` is by benchmark. A cell is stored as soon as it is measured, written or judged.
        """
        unwritten = [
            cell
            for cell in cells
            if cell.generate_stage(self._storage).manifest(is_checked=True) is None
        ]
        asked = [(cell, problems[cell.benchmark.name]) for cell in unwritten]
        writing = StageCounter(self._status, "generate", sum(len(some) for _, some in asked))
        judging = StageCounter(
            self._status, "execute", sum(len(problems[cell.benchmark.name]) for cell in cells)
        )
        # Several cells at once, so that a slow compiler leaves no executor idle.
        with ThreadPoolExecutor(max_workers=CONCURRENT_CELLS) as pool:

            def judge(cell: CellPlan) -> Future[None]:
                some = problems[cell.benchmark.name]
                return pool.submit(self._execute_cell, cell, some, judging.add)

            judged = [judge(cell) for cell in cells if cell not in unwritten]
            try:
                if asked or loss_cells:
                    first = "loss" if loss_cells else "generate"
                    with self._services.engines(
                        self._trial, self._model(), self._wait_in(first)
                    ) as engines:
                        self._measure_losses(engines, loss_cells)
                        writing.show()
                        with closing(engines.generate(asked, writing.add)) as written:
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

    def _measure_losses(self, engines: TrialEngines, cells: Sequence[LossCellPlan]) -> None:
        """Score the answers of cells, and store each cell as soon as it is scored."""
        storage, asked = self._storage, []
        for cell in cells:
            answers = load_answers(storage, cell.benchmark)
            if (known := stored_scores(storage, cell)) is not None:
                store_losses(storage, cell, answers, known)
            else:
                asked.append((cell, answers))
        counter = StageCounter(self._status, "loss", sum(len(answers) for _, answers in asked))
        if not asked:
            return
        counter.show()
        answers_of = {cell.label: answers for cell, answers in asked}
        with closing(engines.score(asked, counter.add)) as scored:
            for cell, scores in scored:
                store_losses(storage, cell, answers_of[cell.label], scores)
        counter.hide()

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
        remove_old_results(self._storage, cell)
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
        # Weights are pruned only after MLflow has the model, so it does not need them again.
        stage = export_stage(self._storage, self._trial)
        is_pruned = self._trial.kind is TrialKind.TRAINED and stage.manifest() is None
        model = stage.name if is_pruned else self._model()
        cells: list[TrialCell] = [*self._cells, *self._loss_cells]
        self._services.track(self._trial, cells, model, self._training_facts())

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
        return dict(export_facts(self._storage, self._trial.trial_id) or {})

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


def _raise_errors(futures: Iterable[Future[None]]) -> None:
    """Raise the error of a finished future, without waiting for the others."""
    for future in futures:
        if future.done():
            future.result()


def _move_export(export: Path, target: Path) -> None:
    """Move the files of a local export, if there is one."""
    for path in export.iterdir() if export.is_dir() else ():
        shutil.move(path, target / path.name)


def _stage_inputs(cell: CellPlan) -> dict[str, Any]:
    return {
        "trial_id": cell.trial.trial_id,
        "benchmark": cell.benchmark.name,
        "benchmark_digest": cell.benchmark.digest,
        "style": cell.style.value,
        "generate_key": cell.generate_key,
        "execute_key": cell.execute_key,
    }
