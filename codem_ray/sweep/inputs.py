"""Gather what a plan is made of: base model, pairs and problems, from files alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from codem_ray.benchmarks import BENCHMARKS, benchmark_digest, is_local, load
from codem_ray.benchmarks.spec import EVALUATION_ONLY
from codem_ray.config import BASE, ExternalModel, Sweep, source_name
from codem_ray.corpora.pairs import DropReason
from codem_ray.corpora.reader import HUB
from codem_ray.errors import ConfigError
from codem_ray.models.digest import model_digest
from codem_ray.models.inspect import model_shape
from codem_ray.models.resolve import resolve_base_model, resolve_model
from codem_ray.records import Problem
from codem_ray.sandbox.backends import sandbox_backend
from codem_ray.storage import Storage, digest_of
from codem_ray.sweep.estimates import ModelShape
from codem_ray.sweep.pairs import Say, SweepPairs, document_tokens, gather_pairs, packed_facts
from codem_ray.sweep.plan import BenchmarkFacts, ModelFacts, SourceFacts, SweepPlan, plan_sweep
from codem_ray.sweep.preflight import check_models, check_tracking
from codem_ray.tokens.drawing import draw_digest, trained_sources
from codem_ray.tokens.prompt_template import check_template
from codem_ray.tokens.token_estimates import estimated_tokens, may_be_too_long

ASSUMED_TOKENS_PER_PAIR = 400
"""For a corpus that is not at hand: the order of magnitude of an Alpaca-style code pair."""
ASSUMED_PAIRS = 9_000
ASSUMED_PROBLEMS = 164
NOT_AT_HAND = "not at hand"
GOOD_FILLING = 0.95
"""Of the positions of packed rows; below it the plan says so."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a sweep works on."""

    plan: SweepPlan
    problems: Mapping[str, Sequence[Problem]]
    """By benchmark; empty for one that is not at hand (offline only)."""
    base_digest: str
    """Of the base model and its tokenizer."""
    pairs: SweepPairs | None
    """None: nothing is trained, or (offline only) the corpora are not at hand."""


def storage_of(sweep: Sweep) -> Storage:
    """Return the sweep's own folder."""
    return Storage(f"{sweep.storage.path.rstrip('/')}/{sweep.name}")


@dataclass(frozen=True, kw_only=True)
class Benchmarks:
    """The benchmarks of a sweep."""

    facts: Sequence[BenchmarkFacts]
    problems: Mapping[str, Sequence[Problem]]
    """By name; empty for one that is not at hand (offline only)."""
    notes: Sequence[str]

    def targets(self) -> list[str]:
        """Return the language of each."""
        return [one.target for one in self.facts]


def gather_benchmarks(sweep: Sweep, *, is_offline: bool = False) -> Benchmarks:
    """Check what needs no corpora of a sweep and read its benchmarks; raises as `gather_inputs`."""
    check_template(sweep.data.template)
    check_tracking(sweep)
    check_models(sweep, is_offline=True)
    notes: list[str] = []
    benchmarks: list[BenchmarkFacts] = []
    problems: dict[str, Sequence[Problem]] = {}
    for name in sweep.evaluation.benchmarks:
        own = _problems(name, sweep.evaluation.limit, is_offline, notes)
        benchmarks.append(_benchmark_facts(name, own, sweep.evaluation.limit))
        problems[benchmarks[-1].name] = own
    _refuse_doubles(benchmarks)
    return Benchmarks(facts=benchmarks, problems=problems, notes=notes)


def gather_inputs(
    sweep: Sweep,
    benchmarks: Benchmarks | None = None,
    *,
    is_offline: bool = False,
    say: Say = lambda text: None,
) -> Inputs:
    """Read corpora and benchmarks and work out the plan.

    Offline nothing is written, what would come from the hub or take long to read is assumed, and
    the plan says so. Otherwise the corpora are built once, into the cache that sweeps share. Raises
    ConfigError, DataError or ModelLoadError for what cannot be used.
    """
    sandbox_backend(sweep.evaluation.sandbox)  # An unknown name is refused before any work.
    if benchmarks is None:
        benchmarks = gather_benchmarks(sweep, is_offline=is_offline)
    notes = list(benchmarks.notes)
    by_origin = {one.origin: benchmarks.problems[one.name] for one in benchmarks.facts}
    base = _base_facts(sweep)
    pairs = _pairs(sweep, by_origin, base.digest, is_offline, notes, say)
    return Inputs(
        plan=_planned(sweep, base, pairs, benchmarks.facts, notes),
        problems=benchmarks.problems,
        base_digest=base.digest,
        pairs=pairs,
    )


def planned_again(sweep: Sweep, inputs: Inputs, pairs: SweepPairs) -> Inputs:
    """Return the inputs with other pairs, those of the same corpora once they are tokenised."""
    notes: list[str] = []
    _note_pairs(sweep, pairs, notes)
    plan = _planned(sweep, _base_facts(sweep), pairs, inputs.plan.benchmarks, notes)
    return replace(inputs, plan=plan, pairs=pairs)


def _planned(
    sweep: Sweep,
    base: ModelFacts,
    pairs: SweepPairs | None,
    benchmarks: Sequence[BenchmarkFacts],
    notes: Sequence[str],
) -> SweepPlan:
    sources = _assumed_sources(sweep)
    if pairs is not None:
        storage = storage_of(sweep)
        packed = {name: packed_facts(storage, keys) for name, keys in pairs.tokens_keys.items()}
        sources = {
            name: _source_facts(sweep, pairs, name, packed[name]) for name in pairs.drawing.phases
        }
        notes = [*notes, *_filling_notes(sweep, packed)]
    return plan_sweep(
        sweep,
        base=base,
        sources=sources,
        externals={
            source.name: _external_facts(source)
            for source in sweep.sources
            if isinstance(source, ExternalModel)
        },
        benchmarks=benchmarks,
        notes=notes,
    )


def _problems(
    name: str, limit: int | None, is_offline: bool, notes: list[str]
) -> Sequence[Problem]:
    if is_offline and name in BENCHMARKS and not is_local(name):
        notes.append(
            f"{name} is not at hand (set CODEM_RAY_DATA, or let `run` fetch it from the hub): "
            f"{ASSUMED_PROBLEMS} problems assumed"
        )
        return ()
    return load(name, limit=limit)


def _benchmark_facts(name: str, problems: Sequence[Problem], limit: int | None) -> BenchmarkFacts:
    if not problems:
        count = min(ASSUMED_PROBLEMS, limit or ASSUMED_PROBLEMS)
        return BenchmarkFacts(
            name=name,
            origin=name,
            target=BENCHMARKS[name].language,
            problems=count,
            quarantined=0,
            groups=count,
            digest=NOT_AT_HAND,
            is_limited=limit is not None,
        )
    return BenchmarkFacts(
        name=problems[0].benchmark,
        # Ray's workers change directory.
        origin=name if name in BENCHMARKS else str(Path(name).resolve()),
        target=problems[0].language,
        problems=len(problems),
        quarantined=sum(problem.quarantine is not None for problem in problems),
        groups=len({p.group or p.task_id for p in problems if p.quarantine is None}),
        digest=benchmark_digest(problems),
        is_limited=limit is not None,
    )


def _refuse_doubles(benchmarks: Sequence[BenchmarkFacts]) -> None:
    """Refuse a benchmark that two entries of the sweep file mean: it would count twice."""
    for place, one in enumerate(benchmarks):
        for other in benchmarks[:place]:
            is_same = one.digest == other.digest and one.digest != NOT_AT_HAND
            if not is_same and one.name != other.name:
                continue
            what = "are the same problems" if is_same else f"are both called {one.name!r}"
            raise ConfigError(
                f"evaluation.benchmarks: {other.origin} and {one.origin} {what}: "
                + ("leave one out" if is_same else "rename one of the files")
            )


def _pairs(
    sweep: Sweep,
    problems: Mapping[str, Sequence[Problem]],
    base_digest: str,
    is_offline: bool,
    notes: list[str],
    say: Say,
) -> SweepPairs | None:
    if not trained_sources(sweep.sources):
        return None
    _refuse_evaluation_only(sweep)
    remote = [corpus.path for corpus in sweep.data.corpora if corpus.path.startswith(HUB)]
    if is_offline and remote:
        notes.append(
            f"{', '.join(remote)} is on the hub: pairs and tokens are assumed "
            f"({ASSUMED_TOKENS_PER_PAIR} tokens a pair), and trial ids are provisional"
        )
        return None
    # A limit is no reason to train on the other problems, nor to train anew without it.
    whole = [
        problem
        for origin, own in problems.items()
        for problem in (load(origin) if sweep.evaluation.limit and own else own)
    ]
    pairs = gather_pairs(
        sweep,
        storage_of(sweep),
        whole if sweep.data.decontaminate else (),
        forbidden=_evaluation_only(),
        tokenizer_digest=base_digest,
        is_offline=is_offline,
        say=say,
    )
    if pairs is None:
        notes.append(
            "the corpora are large and have not been built yet: pairs and tokens are assumed "
            f"({ASSUMED_TOKENS_PER_PAIR} tokens a pair), and trial ids are provisional; "
            "`codem-ray data` builds them"
        )
        return None
    _note_pairs(sweep, pairs, notes)
    return pairs


def _note_pairs(sweep: Sweep, pairs: SweepPairs, notes: list[str]) -> None:
    """Say what of the corpora is not trained on and what is not as the sweep file has it."""
    facts = pairs.facts
    if broken := facts.dropped_by_reason().get(DropReason.BROKEN_ROW, 0):
        notes.append(f"{broken:,} broken rows left out: {'; '.join(facts.broken)}")
    if told := facts.drop_summary():
        notes.append(f"pairs dropped from the corpora: {told}")
    notes += pairs.drawing.notes
    index, max_tokens = pairs.store.index, sweep.data.max_tokens
    if pairs.lengths is not None:
        long = sum(not pairs.lengths.fits(row, row, max_tokens) for row in range(len(index)))
        if long:
            notes.append(
                f"{long:,} of {len(index):,} pairs have more than data.max_tokens={max_tokens} "
                "tokens and are not drawn"
            )
    elif sweep.data.target_tokens is not None:
        notes.append(
            "nothing was tokenised yet: the budget in tokens is met by estimate, and trial ids are "
            "provisional; `codem-ray data` tokenises"
        )
    elif long := may_be_too_long(index, sweep.data.template, max_tokens):
        notes.append(
            f"{long:,} of {len(index):,} pairs may have more than data.max_tokens={max_tokens} "
            "tokens, and such pairs are not drawn: until `codem-ray data` or `run` has counted, "
            "trial ids are provisional"
        )


def _filling_notes(sweep: Sweep, packed: Mapping[str, list[dict[str, Any]] | None]) -> list[str]:
    """Say where packed rows have much padding: their last row excepted, which may be short."""
    told = []
    for name, stages in packed.items():
        last = sum(int(one["max_tokens"]) for one in stages or ())
        positions = sum(int(one["rows"]) * int(one["max_tokens"]) for one in stages or ())
        tokens = sum(int(one["tokens"]) for one in stages or ())
        if tokens < GOOD_FILLING * (positions - last):
            told.append(f"{name} {tokens / positions:.1%}")
    if not told:
        return []
    note = (
        f"rows are filled to less than {GOOD_FILLING:.0%} ({', '.join(told)}): pairs are long "
        f"beside data.max_tokens={sweep.data.max_tokens}; longer rows would waste less"
    )
    return [note]


def _evaluation_only() -> dict[str, Callable[[], list[Problem]]]:
    """Return what loads the benchmarks that are never trained on, of those that are at hand."""
    names = [spec.name for spec in BENCHMARKS.values() if spec.use == EVALUATION_ONLY]
    return {name: partial(load, name) for name in names if is_local(name)}


def _refuse_evaluation_only(sweep: Sweep) -> None:
    for spec in BENCHMARKS.values():
        if spec.use != EVALUATION_ONLY:
            continue
        for corpus in sweep.data.corpora:
            if corpus.path.rstrip("/").endswith(spec.file) or (
                spec.hub_id and corpus.path == f"{HUB}{spec.hub_id}"
            ):
                raise ConfigError(
                    f"data.corpora: {corpus.path} is the benchmark {spec.name}, which is for "
                    "evaluation only and can never be trained on"
                )


def _external_facts(source: ExternalModel) -> ModelFacts:
    path = resolve_model(source.model)
    digest = model_digest(path, revision=source.revision)
    return ModelFacts(path=path, digest=digest, shape=None, is_estimate=False)


def _base_facts(sweep: Sweep) -> ModelFacts:
    config = sweep.base_model
    path = resolve_base_model(config)
    shape = model_shape(path)
    notes: list[str] = []
    if shape is None and (config.revision or "main") == "main":
        notes.append(
            f"{path}: revision `main` moves with time; pin a commit in base_model.revision"
        )
    found = None
    if shape is not None:
        found = ModelShape(
            parameters=shape.parameters,
            hidden_size=shape.hidden_size,
            num_layers=shape.num_layers,
            vocab_size=shape.vocab_size,
        )
    elif config.parameters and config.hidden_size and config.num_layers:
        found = ModelShape(
            parameters=config.parameters,
            hidden_size=config.hidden_size,
            num_layers=config.num_layers,
        )
    else:
        notes.append(
            f"{path} is not at hand and base_model gives no parameters, hidden_size and "
            "num_layers: memory and disk are unknown"
        )
    return ModelFacts(
        path=path,
        digest=model_digest(path, revision=config.revision),
        shape=found,
        is_estimate=shape is None,
        notes=tuple(notes),
    )


def _source_facts(
    sweep: Sweep, pairs: SweepPairs, name: str, packed: list[dict[str, Any]] | None
) -> SourceFacts:
    index, stages = pairs.store.index, pairs.drawing.phases[name]
    if packed is not None:
        # Whole rows, for these are what the steps are made of.
        tokens = sum(int(facts["rows"]) * int(facts["max_tokens"]) for facts in packed)
    elif pairs.lengths is not None:
        tokens = document_tokens(pairs.lengths, stages)[0]
    else:
        tokens = estimated_tokens(index, stages, sweep.data.template)
    return SourceFacts(
        name=name,
        digest=digest_of([draw_digest(index, draw) for draw in stages]),
        pairs=sum(len(draw.prompts) for draw in stages),
        tokens=tokens,
        is_estimate=packed is None,
    )


def _assumed_sources(sweep: Sweep) -> dict[str, SourceFacts]:
    pairs = sweep.data.pairs or ASSUMED_PAIRS
    corpora = [corpus.model_dump(mode="json") for corpus in sweep.data.corpora]
    assumed = {}
    for source in sweep.sources:
        if isinstance(source, ExternalModel) or source == BASE:
            continue
        name = source_name(source)
        assumed[name] = SourceFacts(
            name=name,
            digest=digest_of([corpora, name, pairs, sweep.data.seed]),
            pairs=pairs,
            tokens=pairs * ASSUMED_TOKENS_PER_PAIR,
            is_estimate=True,
        )
    return assumed
