"""What a sweep will do: its trials and cells, worked out from facts without starting anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from codem_ray.analysis.paired import smallest_detectable_gain
from codem_ray.config import BASE, ExternalModel, Sweep, source_name
from codem_ray.records import PromptStyle
from codem_ray.storage import digest_of
from codem_ray.sweep.estimates import (
    ModelShape,
    sweep_disk_bytes,
    training_memory_bytes,
    training_steps,
)

FORMAT_VERSION = 1
TRAINED, UNTUNED, EXTERNAL = "trained", "untuned", "external"
NO_SEED = 0
"""What stands for the seed of a model that is not trained here: it does not change with the
sweep's seeds, so neither do its rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFacts:
    """What is known of the base model before it is loaded."""

    path: str
    """Local folder or hub id, resolved."""
    digest: str
    shape: ModelShape | None
    is_estimate: bool
    """The numbers come from the sweep file, not from the model."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFacts:
    """What is known of a source's corpus before it is tokenised."""

    name: str
    digest: str
    """Of the pairs themselves, so that the same pairs from elsewhere give the same trial."""
    pairs: int
    tokens: int
    is_estimate: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkFacts:
    """What is known of a benchmark."""

    name: str
    target: str
    problems: int
    """Problems that are asked."""
    quarantined: int
    groups: int
    """Problems that share a group count as one where certainty is concerned."""
    digest: str
    is_limited: bool
    origin: str = ""
    """What it is loaded by: its name, or the absolute path of a file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialPlan:
    """One row of the matrix at one seed."""

    trial_id: str
    source: str
    seed: int
    kind: str
    """`trained`, `untuned` (the base) or `external`."""
    model: str
    """What generation loads where nothing is trained."""
    revision: str | None
    styles: tuple[PromptStyle, ...]
    pairs: int = 0
    tokens: int = 0
    steps: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepPlan:
    """All that a sweep will do."""

    name: str
    digest: str
    """Of what the results depend on."""
    trials: tuple[TrialPlan, ...]
    benchmarks: tuple[BenchmarkFacts, ...]
    is_estimate: bool
    """Token counts are estimates until the corpora have been tokenised."""
    memory_bytes_per_worker: int | None
    disk_bytes: int | None
    detectable_gain: float | None
    """Smallest gain that one cell can show with 80 % power, corrected over the matrix and counted
    over groups of problems; None: a cell can show none."""
    notes: tuple[str, ...]

    def cells(self) -> list[tuple[TrialPlan, BenchmarkFacts, PromptStyle]]:
        """Return every cell that a complete sweep has."""
        return [
            (trial, benchmark, style)
            for trial in self.trials
            for benchmark in self.benchmarks
            for style in trial.styles
        ]

    def to_json(self) -> dict[str, Any]:
        """Return plain data, as `plan.json` and `--json` hold it."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> SweepPlan:
        """Read what `to_json` gave; ValueError names what is of another kind."""
        return TypeAdapter(cls).validate_python(dict(raw))


def plan_sweep(
    sweep: Sweep,
    *,
    base: ModelFacts,
    sources: Mapping[str, SourceFacts],
    benchmarks: Sequence[BenchmarkFacts],
    externals: Mapping[str, ModelFacts] | None = None,
    notes: Sequence[str] = (),
) -> SweepPlan:
    """Work out the trials and cells of a sweep; `externals` is by source name."""
    trials: list[TrialPlan] = []
    for source in sweep.sources:
        if isinstance(source, ExternalModel):
            trials.append(_external(source, (externals or {})[source.name]))
        elif source == BASE:
            trials.append(_untuned(sweep, base))
        else:
            facts = sources[source_name(source)]
            trials.extend(_trained(sweep, base, facts, seed) for seed in sweep.seeds)
    is_bf16 = sweep.training.precision == "bf16" or (
        sweep.training.precision == "auto" and sweep.resources.gpus_per_worker > 0
    )
    memory = disk = None
    num_trained = sum(trial.kind == TRAINED for trial in trials)
    if base.shape is not None:
        memory = training_memory_bytes(
            base.shape,
            sweep.training,
            workers=sweep.resources.workers,
            max_tokens=sweep.data.max_tokens,
            is_bf16=is_bf16,
        )
        disk = sweep_disk_bytes(base.shape, num_trained=num_trained, is_bf16=is_bf16)
    counted = [benchmark.groups for benchmark in benchmarks]
    comparisons = max(1, len({t.source for t in trials if t.kind != UNTUNED}) * len(benchmarks))
    return SweepPlan(
        name=sweep.name,
        digest=digest_of(
            [
                FORMAT_VERSION,
                [t.trial_id for t in trials],
                [b.digest for b in benchmarks],
                sweep.generation.model_dump(mode="json"),
                sweep.data.template,
            ]
        ),
        trials=tuple(trials),
        benchmarks=tuple(benchmarks),
        is_estimate=base.is_estimate or any(facts.is_estimate for facts in sources.values()),
        memory_bytes_per_worker=memory,
        disk_bytes=disk,
        detectable_gain=smallest_detectable_gain(
            max(1, min(counted, default=1)), alpha=sweep.evaluation.alpha, comparisons=comparisons
        ),
        notes=(*base.notes, *notes, *_warmup_notes(sweep, trials)),
    )


def _warmup_notes(sweep: Sweep, trials: Sequence[TrialPlan]) -> list[str]:
    """Say where the learning rate never comes to its peak."""
    warmup = sweep.training.warmup_steps
    short = [trial for trial in trials if trial.kind == TRAINED and trial.steps < warmup]
    if not short:
        return []
    fewest = min(short, key=lambda trial: trial.steps)
    told = (
        f"training.warmup_steps is {warmup}, but {fewest.source} trains {fewest.steps} steps "
        f"({len(short)} trials are shorter than the warm-up): the learning rate never comes to "
        "training.learning_rate; lower the warm-up"
    )
    return [told]


def _trained(sweep: Sweep, base: ModelFacts, facts: SourceFacts, seed: int) -> TrialPlan:
    training = sweep.training.model_dump(mode="json")
    # How often a checkpoint is kept and how a batch is cut up change no weight.
    for key in ("checkpoint_every_steps", "micro_batch_sequences", "gradient_checkpointing"):
        training.pop(key)
    inputs = {
        "format": FORMAT_VERSION,
        "base": base.digest,
        "pairs": facts.digest,
        "template": sweep.data.template,
        "max_tokens": sweep.data.max_tokens,
        "training": training,
        "seed": seed,
    }
    return TrialPlan(
        trial_id=f"{facts.name}-s{seed}-{digest_of(inputs)}",
        source=facts.name,
        seed=seed,
        kind=TRAINED,
        model=base.path,
        revision=sweep.base_model.revision,
        styles=(PromptStyle.INSTRUCTION,),
        pairs=facts.pairs,
        tokens=facts.tokens,
        steps=training_steps(
            tokens=facts.tokens, max_tokens=sweep.data.max_tokens, training=sweep.training
        ),
    )


def _untuned(sweep: Sweep, base: ModelFacts) -> TrialPlan:
    return TrialPlan(
        trial_id=f"{BASE}-{digest_of([FORMAT_VERSION, base.digest])}",
        source=BASE,
        seed=NO_SEED,
        kind=UNTUNED,
        model=base.path,
        revision=sweep.base_model.revision,
        styles=(PromptStyle.COMPLETION, PromptStyle.INSTRUCTION),
    )


def _external(source: ExternalModel, model: ModelFacts) -> TrialPlan:
    return TrialPlan(
        trial_id=f"{source.name}-{digest_of([FORMAT_VERSION, model.digest])}",
        source=source.name,
        seed=NO_SEED,
        kind=EXTERNAL,
        model=model.path,
        revision=source.revision,
        styles=(PromptStyle.INSTRUCTION,),
    )
