"""Folders and keys of a sweep's stages, and the missing stages of a trial."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from codem_ray.config import ENGINE_SETTINGS, Sweep
from codem_ray.records import ExtractionOptions, PromptStyle
from codem_ray.storage import Stage, Storage, digest_of
from codem_ray.sweep.facts import BenchmarkFacts, LossFacts
from codem_ray.sweep.sweep_plan import SweepPlan, TrialKind, TrialPlan
from codem_ray.tokens.prompt_template import template_key

FORMAT_VERSION = 1
CACHE = "_cache"
RESULTS_DIGEST = "results_sha256"
"""Key of the cell's Parquet digest in the facts of its execute stage."""
_REMOVED_BY = "removed_by"
"""Key, in the kept facts of a training, of the setting that has removed its weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellPlan:
    """One trial on one benchmark in one prompt style, with the keys of its stages."""

    trial: TrialPlan
    benchmark: BenchmarkFacts
    style: PromptStyle
    generate_key: str
    execute_key: str
    earlier_execute_key: str = ""
    """Key by the rule of earlier versions, which included the browser even if no test uses one."""
    suffix: str = ""
    """Suffix of the results folder; see `suffixed`."""

    @property
    def label(self) -> str:
        """Return `<benchmark>.<style>`, which is safe in file names and patterns."""
        return cell_label(self.benchmark.name, self.style)

    def generate_stage(self, storage: Storage) -> Stage:
        """Return the stage that holds `completions.jsonl.gz`."""
        return storage.stage(
            f"trials/{self.trial.trial_id}/generate/{self.label}.{self.generate_key}"
        )

    def execute_stage(self, storage: Storage) -> Stage:
        """Return the stage that holds `verdicts.jsonl.gz`."""
        return storage.stage(
            f"trials/{self.trial.trial_id}/execute/{self.label}.{self.execute_key}"
        )

    @property
    def results_name(self) -> str:
        """Return the name of the cell's Parquet file below the sweep's folder."""
        folder = suffixed("results", self.suffix)
        return f"{folder}/{self.trial.trial_id}/{self.label}.{self.execute_key}.parquet"


@dataclass(frozen=True, kw_only=True, slots=True)
class LossCellPlan:
    """One trial on one set of reference answers in one prompt style, with the key of its stage."""

    trial: TrialPlan
    benchmark: LossFacts
    style: PromptStyle
    key: str
    suffix: str = ""
    """Suffix of the results folder; see `suffixed`."""

    @property
    def label(self) -> str:
        """Return `<benchmark>.<style>`, which is safe in file names and patterns."""
        return cell_label(self.benchmark.name, self.style)

    def stage(self, storage: Storage) -> Stage:
        """Return the stage that holds `scores.jsonl.gz`."""
        return storage.stage(f"trials/{self.trial.trial_id}/loss/{self.label}.{self.key}")

    @property
    def results_name(self) -> str:
        """Return the name of the cell's Parquet file below the sweep's folder."""
        folder = suffixed("results", self.suffix)
        return f"{folder}/{self.trial.trial_id}/{self.label}.{self.key}.parquet"


TrialCell = CellPlan | LossCellPlan


def cell_label(benchmark: str, style: PromptStyle) -> str:
    """Return `<benchmark>.<style>`, which is safe in file names and patterns."""
    return re.sub(r"[^\w.-]", "_", f"{benchmark}.{style}")


def suffixed(name: str, suffix: str) -> str:
    """Return `name.suffix`, or the name if there is no suffix.

    A run with `--limit 3` writes `report.limit-3` beside the `report` of the whole sweep.
    """
    return f"{name}.{suffix}" if suffix else name


def cells_of(
    sweep: Sweep,
    plan: SweepPlan,
    toolchain_digests: Mapping[str, str],
    browser_digests: Mapping[str, str] | None = None,
) -> list[CellPlan]:
    """Return the cells of a plan with their keys.

    Digests are by target language. `browser_digests` include the browser and are used for
    benchmarks whose tests use it, so that another browser repeats only their executions.
    """
    generation = sweep.generation.model_dump(mode="json")
    for name in ("batch_size", *ENGINE_SETTINGS):
        del generation[name]
    cells = []
    for trial, benchmark, style in plan.cells():
        template = template_key(sweep.data) if style is PromptStyle.INSTRUCTION else None
        generate_key = digest_of(
            [FORMAT_VERSION, benchmark.digest, style.value, generation, template]
        )
        digest = toolchain_digests[benchmark.target]
        browser_digest = (browser_digests or toolchain_digests)[benchmark.target]
        settings = [sweep.evaluation.sandbox]
        if sweep.evaluation.extraction != ExtractionOptions():
            settings.append(repr(sweep.evaluation.extraction))
        browser_key = digest_of([generate_key, browser_digest, *settings])
        execute_key = digest_of([generate_key, digest, *settings])
        cells.append(
            CellPlan(
                trial=trial,
                benchmark=benchmark,
                style=style,
                generate_key=generate_key,
                execute_key=browser_key if benchmark.uses_browser else execute_key,
                earlier_execute_key=browser_key,
                suffix=sweep.storage.suffix,
            )
        )
    return cells


def with_stored_keys(storage: Storage, cells: Sequence[CellPlan]) -> list[CellPlan]:
    """Return the cells; a cell that is stored only under its earlier key keeps that key."""

    def settled(cell: CellPlan) -> CellPlan:
        earlier = replace(cell, execute_key=cell.earlier_execute_key)
        is_kept = (
            earlier != cell
            and cell.execute_stage(storage).manifest() is None
            and earlier.execute_stage(storage).manifest() is not None
        )
        return earlier if is_kept else cell

    return storage.for_each(settled, cells)


def loss_cells_of(sweep: Sweep, plan: SweepPlan) -> list[LossCellPlan]:
    """Return the cells of a plan whose values are losses, with their keys."""
    template, engine = template_key(sweep.data), sweep.generation.engine
    return [
        LossCellPlan(
            trial=trial,
            benchmark=facts,
            style=style,
            key=digest_of(
                [
                    FORMAT_VERSION,
                    facts.digest,
                    style.value,
                    engine,
                    template if style is PromptStyle.INSTRUCTION else None,
                ]
            ),
            suffix=sweep.storage.suffix,
        )
        for trial, facts, style in plan.loss_cells()
    ]


def export_stage(storage: Storage, trial: TrialPlan) -> Stage:
    """Return the stage that holds a trained model's weights."""
    return storage.stage(f"trials/{trial.trial_id}/export")


def export_facts(storage: Storage, trial_id: str) -> Mapping[str, Any] | None:
    """Return the facts of a training, which outlive its weights; None if it is not done."""
    manifest = storage.stage(f"trials/{trial_id}/export").manifest()
    if manifest is not None:
        return manifest.facts
    name = _facts_name(trial_id)
    return dict(storage.read_json(name)) if storage.exists(name) else None


def keep_export_facts(storage: Storage, trial_id: str, *, removed_by: str = "") -> None:
    """Store the facts of a training beside its export, whose weights are about to be deleted.

    `removed_by` names the setting that deletes them without being asked each time.
    """
    facts = dict(export_facts(storage, trial_id) or {})
    if removed_by:
        facts[_REMOVED_BY] = removed_by
    storage.write_json(_facts_name(trial_id), facts)


def is_export_removed(storage: Storage, trial_id: str) -> bool:
    """Return whether a setting of the sweep file has removed a trial's weights."""
    return _REMOVED_BY in (export_facts(storage, trial_id) or {})


def _facts_name(trial_id: str) -> str:
    return f"trials/{trial_id}/export.facts.json"


def train_folder(trial_id: str) -> str:
    """Return the folder of Ray Train's resumable state, pruned after the export."""
    return f"trials/{trial_id}/train"


def cache_of(storage: Storage) -> Storage:
    """Return the cache folder that all sweeps of one storage path share.

    It may be deleted whenever no run is active. No sweep can have its name, because names of
    sweeps start with a letter or a digit.
    """
    return Storage(f"{storage.root.rpartition('/')[0]}/{CACHE}")


def pairs_stage(storage: Storage, key: str) -> Stage:
    """Return the stage of a corpus build: kept pairs and dropped rows."""
    return cache_of(storage).stage(f"data/{key}")


def encoding_stage(storage: Storage, key: str) -> Stage:
    """Return the stage of a corpus build's token ids."""
    return cache_of(storage).stage(f"encoded/{key}")


def answers_stage(storage: Storage, digest: str) -> Stage:
    """Return the stage of a set of reference answers, shared by all trials and sweeps."""
    return cache_of(storage).stage(f"answers/{digest}")


def held_out_stage(storage: Storage, key: str) -> Stage:
    """Return the stage that lists the pairs held out of a corpus build."""
    return cache_of(storage).stage(f"held_out/{key}")


def tokens_stage(storage: Storage, key: str) -> Stage:
    """Return the stage of a source's packed tokens, shared by all trials and sweeps."""
    return cache_of(storage).stage(f"tokens/{key}")


def is_cell_complete(storage: Storage, results_name: str, execute: Stage) -> bool:
    """Return whether a cell has all its verdicts and its result rows are undamaged."""
    manifest = execute.manifest()
    if manifest is None or not storage.exists(results_name):
        return False
    digest = hashlib.sha256(storage.read_bytes(results_name)).hexdigest()
    return bool(manifest.facts.get(RESULTS_DIGEST) == digest)


def remove_old_results(storage: Storage, cell: TrialCell) -> None:
    """Remove the result rows of a cell that other settings gave."""
    for old in storage.names(cell.results_name.rpartition("/")[0], f"{cell.label}.*.parquet"):
        if old != cell.results_name:
            storage.remove(old)


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingWork:
    """The work that one trial still needs."""

    trial: TrialPlan
    is_training_missing: bool
    cells: tuple[CellPlan, ...]
    """Cells without a complete result."""
    is_tracking_missing: bool
    loss_cells: tuple[LossCellPlan, ...] = ()
    """Cells without losses."""

    def __bool__(self) -> bool:
        return self.is_evaluation_missing or self.is_tracking_missing

    @property
    def is_evaluation_missing(self) -> bool:
        """Whether the trial lacks a model or results."""
        return self.is_training_missing or bool(self.cells) or bool(self.loss_cells)


IsTracked = Callable[[TrialPlan, Sequence[TrialCell]], bool]
"""Returns whether MLflow holds the current results of a trial's cells."""


def find_missing(
    storage: Storage,
    trial: TrialPlan,
    cells: Iterable[CellPlan],
    is_tracked: IsTracked,
    loss_cells: Iterable[LossCellPlan] = (),
) -> MissingWork:
    """Return the stages of a trial's plan that have no manifest in storage."""
    own_cells = [cell for cell in cells if cell.trial.trial_id == trial.trial_id]
    own_losses = [cell for cell in loss_cells if cell.trial.trial_id == trial.trial_id]
    # A cell with an infrastructure error has results but no manifest, so it is executed again.
    complete = storage.for_each(
        lambda cell: is_cell_complete(storage, cell.results_name, cell.execute_stage(storage)),
        own_cells,
    )
    missing = tuple(cell for cell, is_done in zip(own_cells, complete, strict=True) if not is_done)
    measured = storage.for_each(
        lambda cell: is_cell_complete(storage, cell.results_name, cell.stage(storage)), own_losses
    )
    losses = tuple(cell for cell, is_done in zip(own_losses, measured, strict=True) if not is_done)
    # Files that later stages will read are checked by content, so that damaged ones are made again.
    is_training_missing = (
        trial.kind is TrialKind.TRAINED
        and (
            bool(losses)
            or any(
                cell.generate_stage(storage).manifest(is_checked=True) is None for cell in missing
            )
        )
        and export_stage(storage, trial).manifest(is_checked=True) is None
    )
    return MissingWork(
        trial=trial,
        is_training_missing=is_training_missing,
        cells=missing,
        is_tracking_missing=not is_tracked(trial, [*own_cells, *own_losses]),
        loss_cells=losses,
    )
