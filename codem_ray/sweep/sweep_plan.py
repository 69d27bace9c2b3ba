"""The plan of a sweep: its trials and cells, as a pure function of facts about its inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from codem_ray.analysis.paired import smallest_detectable_gain
from codem_ray.config import BASE, ExternalModel, Setting, Sweep, source_name
from codem_ray.models.inspect import BaseModelShape
from codem_ray.records import ExtractionOptions, PromptStyle
from codem_ray.storage import digest_of
from codem_ray.sweep.durations import SweepTime, estimate_time
from codem_ray.sweep.facts import BenchmarkFacts, LossFacts, ModelFacts
from codem_ray.sweep.hardware_fit import HardwareFit, hardware_fits
from codem_ray.sweep.resources import disk_needs, training_memory, weight_bytes
from codem_ray.sweep.search_settings import (
    SearchedRow,
    check_effect,
    searched_rows,
    with_setting,
)
from codem_ray.tokens.prompt_template import template_key
from codem_ray.training.schedule import total_steps
from codem_ray.training.training_key import training_key
from codem_ray.wording import plural

FORMAT_VERSION = 1
NO_SEED = 0
"""Seed of a model that is not trained here: its rows do not change with the sweep's seeds."""


class TrialKind(StrEnum):
    """Where a trial's model comes from."""

    TRAINED = "trained"
    UNTUNED = "untuned"
    """The base model as it is."""
    EXTERNAL = "external"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFacts:
    """Facts about the pairs of a trained source."""

    name: str
    digest: str
    """Digest of the pairs themselves: the same pairs from another corpus give the same trial."""
    pairs: int
    tokens: int
    is_estimate: bool
    heldout: str = ""
    """Digest of the pairs on which its trainings measure their held-out loss."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialPlan:
    """One row of the matrix at one seed."""

    trial_id: str
    source: str
    """Name of its row in the matrix: the source in the sweep file, and the keys that a search has
    changed."""
    seed: int
    kind: TrialKind
    model: str
    """Folder or hub id of the base model, or of the external one."""
    revision: str | None
    styles: tuple[PromptStyle, ...]
    pairs: int = 0
    tokens: int = 0
    steps: int = 0
    setting: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Keys that a search has changed, with their values; empty without a search."""
    searched_source: str = ""
    """The source in the sweep file, if `source` is the name of one of its settings."""

    @property
    def pairs_source(self) -> str:
        """The source in the sweep file, from which the pairs are drawn."""
        return self.searched_source or self.source


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepPlan:
    """The trials and benchmarks of a sweep, with estimates of its cost."""

    name: str
    digest: str
    """Digest of everything that the results depend on, toolchains excepted."""
    trials: tuple[TrialPlan, ...]
    benchmarks: tuple[BenchmarkFacts, ...]
    is_estimate: bool
    """Token counts are estimates until the corpora have been tokenised."""
    memory_bytes_per_worker: int | None
    disk_bytes: int | None
    detectable_gain: float | None
    """Smallest gain that is significant in one cell with 80 % power, corrected over the matrix and
    counted over groups of problems; None: no gain is detectable."""
    notes: tuple[str, ...]
    losses: tuple[LossFacts, ...] = ()
    """The reference answers on which the loss of every model is measured."""
    time: SweepTime | None = None
    """None if the size of the model is unknown."""
    hardware: tuple[HardwareFit, ...] = ()
    """Needs of the training on the sweep's own GPUs, and on usual clusters; empty without GPUs."""

    def cells(self) -> list[tuple[TrialPlan, BenchmarkFacts, PromptStyle]]:
        """Return the cells of a complete sweep, by trial, benchmark and prompt style."""
        return [
            (trial, benchmark, style)
            for trial in self.trials
            for benchmark in self.benchmarks
            for style in trial.styles
        ]

    def loss_cells(self) -> list[tuple[TrialPlan, LossFacts, PromptStyle]]:
        """Return the cells of a complete sweep whose values are losses.

        Every model is asked with the tuning template. References are also scored after the bare
        prompt of their problem, for models that are asked so.
        """
        bare = PromptStyle.COMPLETION
        return [
            (trial, facts, style)
            for trial in self.trials
            for facts in self.losses
            for style in (bare, PromptStyle.INSTRUCTION)
            if style is not bare or (facts.benchmark and bare in trial.styles)
        ]

    @property
    def num_prompts(self) -> int:
        """Number of prompts of all trials."""
        return sum(benchmark.problems for _, benchmark, _ in self.cells())

    @property
    def num_cells(self) -> int:
        """Number of cells, those of losses included."""
        return len(self.cells()) + len(self.loss_cells())

    def to_json(self) -> dict[str, Any]:
        """Return plain data for `plan.json` and `--json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> SweepPlan:
        """Read the data of `to_json`; ValueError names a field of another type."""
        return TypeAdapter(cls).validate_python(dict(raw))


def plan_sweep(
    sweep: Sweep,
    *,
    base: ModelFacts,
    sources: Mapping[str, SourceFacts],
    benchmarks: Sequence[BenchmarkFacts],
    externals: Mapping[str, ModelFacts],
    notes: Sequence[str],
    losses: Sequence[LossFacts] = (),
    asked: Mapping[str, Sequence[Setting]] | None = None,
) -> SweepPlan:
    """Work out the plan of a sweep.

    `sources` are by the name of a trained row, `externals` by source name. `asked` are the settings
    that `optuna` has chosen so far, by source.
    """
    check_effect(sweep, training_key)
    rows = searched_rows(sweep, asked)
    trials: list[TrialPlan] = []
    for source in sweep.sources:
        if isinstance(source, ExternalModel):
            trials.append(_external(source, externals[source.name]))
        elif source == BASE:
            trials.append(_untuned(sweep, base))
        else:
            own = [row for row in rows if row.source == source_name(source)]
            trials.extend(
                _trained(with_setting(sweep, row.setting), base, sources[row.name], row, seed)
                for row in own
                for seed in sweep.seeds
            )
    num_groups = min((benchmark.groups for benchmark in benchmarks), default=1)
    comparisons = max(
        1, len({t.source for t in trials if t.kind is not TrialKind.UNTUNED}) * len(benchmarks)
    )
    plan = SweepPlan(
        name=sweep.name,
        digest=digest_of(
            [
                FORMAT_VERSION,
                [t.trial_id for t in trials],
                [b.digest for b in benchmarks],
                sweep.generation.model_dump(mode="json"),
                template_key(sweep.data),
                *([[facts.digest for facts in losses]] if losses else []),
            ]
        ),
        trials=tuple(trials),
        benchmarks=tuple(benchmarks),
        is_estimate=base.is_estimate or any(facts.is_estimate for facts in sources.values()),
        memory_bytes_per_worker=None,
        disk_bytes=None,
        detectable_gain=smallest_detectable_gain(
            max(1, num_groups), alpha=sweep.evaluation.alpha, comparisons=comparisons
        ),
        notes=(
            *base.notes,
            *notes,
            *_warmup_notes(sweep, trials),
            *_extraction_notes(sweep),
            *_export_notes(sweep, base.shape),
            *_search_notes(sweep, len(rows)),
        ),
        losses=tuple(losses),
    )
    return plan if base.shape is None else _with_estimates(sweep, plan, base.shape)


def _with_estimates(sweep: Sweep, plan: SweepPlan, shape: BaseModelShape) -> SweepPlan:
    """Add memory, disk and time to a plan whose model has a known size."""
    trained = [trial for trial in plan.trials if trial.kind is TrialKind.TRAINED]
    sources = {trial.pairs_source for trial in trained}
    tokens = sum(
        trial.tokens * with_setting(sweep, trial.setting).training.epochs for trial in trained
    )
    has_gpu = sweep.resources.gpus_per_worker > 0
    return replace(
        plan,
        memory_bytes_per_worker=training_memory(
            shape,
            sweep.training,
            workers=sweep.resources.workers,
            max_tokens=sweep.data.max_tokens,
            has_gpu=has_gpu,
        ).total,
        disk_bytes=disk_needs(
            shape,
            sweep.training,
            num_trained=len(trained),
            num_sources=len(sources),
            keep=sweep.storage.keep_exports,
            has_gpu=has_gpu,
            are_checkpoints_copied=sweep.storage.are_checkpoints_copied,
        ).storage,
        time=estimate_time(
            sweep,
            parameters=shape.parameters,
            num_trained=len(trained),
            trained_tokens=tokens,
            completions=plan.num_prompts * sweep.generation.samples,
            answers=sum(facts.answers for _, facts, _ in plan.loss_cells()),
        ),
        hardware=hardware_fits(
            sweep,
            shape,
            trained_tokens=tokens,
            num_trained=len(trained),
            num_sources=len(sources),
        ),
    )


def _warmup_notes(sweep: Sweep, trials: Sequence[TrialPlan]) -> list[str]:
    """Return a note about trials whose learning rate never reaches its peak."""
    warmups = {
        trial.trial_id: with_setting(sweep, trial.setting).training.warmup_steps for trial in trials
    }
    short = [
        trial
        for trial in trials
        if trial.kind is TrialKind.TRAINED and trial.steps < warmups[trial.trial_id]
    ]
    if not short:
        return []
    fewest = min(short, key=lambda trial: trial.steps)
    warmup = warmups[fewest.trial_id]
    note = (
        f"training.warmup_steps is {warmup}, but {fewest.source} trains "
        f"{plural(fewest.steps, 'step')} (trials shorter than the warm-up: {len(short)}): the "
        "learning rate never reaches training.learning_rate; lower the warm-up"
    )
    return [note]


def _search_notes(sweep: Sweep, num_rows: int) -> list[str]:
    """Return notes on the loss that a search compares, and on settings that are not chosen yet."""
    search, loss = sweep.search, sweep.evaluation.loss
    notes = []
    if search.space and (loss is None or loss.pairs is None):
        notes.append(
            "the search compares settings by their training loss, which favours those that fit "
            "their own pairs too closely: set evaluation.loss.pairs to compare by held-out loss"
        )
    if search.method == "optuna":
        notes.append(
            f"optuna chooses {search.samples} settings of each source while the sweep runs; trials,"
            f" disk and hours are those of the {plural(num_rows, 'setting')} chosen so far"
        )
    return notes


def _export_notes(sweep: Sweep, shape: BaseModelShape | None) -> list[str]:
    """Return a note if MLflow will refer to weights that the sweep removes."""
    tracking, keep = sweep.tracking, sweep.storage.keep_exports
    is_small = shape is not None and weight_bytes(shape) < tracking.whole_model_bytes
    is_whole = tracking.log_models == "whole" or (tracking.log_models == "auto" and is_small)
    if keep == "all" or tracking.log_models == "none" or is_whole:
        return []
    note = (
        f"storage.keep_exports is {keep}, and MLflow holds these models by reference: it will have "
        "no weights of those that are removed; tracking.log_models: whole copies them"
    )
    return [note]


def _extraction_notes(sweep: Sweep) -> list[str]:
    """Return a note if answers are taken out of completions in another way than by default."""
    used, default = sweep.evaluation.extraction.label, ExtractionOptions().label
    if used == default:
        return []
    note = (
        f"answers are taken out of completions by evaluation.extract and .reasoning_tags: {used} "
        f"(default: {default}); compare scores only with those of the same rule"
    )
    return [note]


def _trained(
    sweep: Sweep, base: ModelFacts, facts: SourceFacts, row: SearchedRow, seed: int
) -> TrialPlan:
    """Plan a trial of a sweep whose sections have the row's setting."""
    inputs = {
        "format": FORMAT_VERSION,
        "base": base.digest,
        "pairs": facts.digest,
        "template": template_key(sweep.data),
        "max_tokens": sweep.data.max_tokens,
        "training": training_key(sweep.training),
        "seed": seed,
    }
    if sweep.training.patience is not None:
        inputs["heldout"] = facts.heldout
    if not base.is_packed:
        inputs["rows"] = "one document"
    return TrialPlan(
        trial_id=f"{facts.name}-s{seed}-{digest_of(inputs)}",
        source=row.name,
        seed=seed,
        kind=TrialKind.TRAINED,
        model=base.path,
        revision=sweep.base_model.revision,
        styles=(PromptStyle.INSTRUCTION,),
        pairs=facts.pairs,
        tokens=facts.tokens,
        steps=total_steps(math.ceil(facts.tokens / sweep.data.max_tokens), sweep.training),
        setting=row.setting,
        searched_source=row.source if row.setting else "",
    )


def _untuned(sweep: Sweep, base: ModelFacts) -> TrialPlan:
    return TrialPlan(
        trial_id=f"{BASE}-{digest_of([FORMAT_VERSION, base.digest])}",
        source=BASE,
        seed=NO_SEED,
        kind=TrialKind.UNTUNED,
        model=base.path,
        revision=sweep.base_model.revision,
        styles=(PromptStyle.COMPLETION, PromptStyle.INSTRUCTION),
    )


def _external(source: ExternalModel, model: ModelFacts) -> TrialPlan:
    return TrialPlan(
        trial_id=f"{source.name}-{digest_of([FORMAT_VERSION, model.digest])}",
        source=source.name,
        seed=NO_SEED,
        kind=TrialKind.EXTERNAL,
        model=model.path,
        revision=source.revision,
        styles=source.styles,
    )
