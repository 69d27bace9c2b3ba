"""Gather what a plan is made of: base model, pairs and problems, from files alone."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.benchmarks import BENCHMARKS, benchmark_digest, load
from codem_ray.benchmarks.spec import EVALUATION_ONLY
from codem_ray.config import Sweep
from codem_ray.config.models import BASE, ExternalModel, source_name
from codem_ray.data.cleaning import DropReason, clean
from codem_ray.data.corpora import Pair, read_corpora
from codem_ray.data.sources import Stages, languages_needed, pairs_by_source
from codem_ray.data.template import check_template
from codem_ray.data.tokens import estimate_tokens, tokens_key
from codem_ray.errors import ConfigError, DataError
from codem_ray.records import Problem
from codem_ray.storage import Storage, digest_of
from codem_ray.sweep.estimates import ModelShape
from codem_ray.sweep.plan import BenchmarkFacts, ModelFacts, SourceFacts, SweepPlan, plan_sweep
from codem_ray.sweep.preflight import check_models, check_tracking
from codem_ray.sweep.stages import tokens_stage
from codem_ray.training.base_model import (
    model_digest,
    model_shape,
    resolve_base_model,
    resolve_model,
)

HUB = "hub:"
ASSUMED_TOKENS_PER_PAIR = 400
"""For a corpus that is not at hand: the order of magnitude of an Alpaca-style code pair."""
ASSUMED_PAIRS = 9_000
ASSUMED_PROBLEMS = 164
NOT_AT_HAND = "not at hand"


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a sweep works on."""

    plan: SweepPlan
    problems: Mapping[str, Sequence[Problem]]
    """By benchmark; empty for one that is not at hand (offline only)."""
    stages: Mapping[str, Stages]
    """Pairs by trained source."""
    data_facts: Sequence[Mapping[str, Any]]
    """A row per corpus and per source, for the report's data card."""


def storage_of(sweep: Sweep) -> Storage:
    """Return the sweep's own folder."""
    return Storage(f"{sweep.storage.path.rstrip('/')}/{sweep.name}")


def gather_inputs(sweep: Sweep, *, is_offline: bool = False) -> Inputs:
    """Read corpora and benchmarks and work out the plan.

    Offline, what would come from the hub is assumed, and the plan says so. Raises ConfigError,
    DataError or ModelLoadError for what cannot be used.
    """
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
    by_origin = {one.origin: problems[one.name] for one in benchmarks}
    stages, data_facts = _stages(sweep, by_origin, is_offline, notes)
    base = _base_facts(sweep)
    facts = {
        name: _source_facts(sweep, base, name, own, storage_of(sweep))
        for name, own in stages.items()
    }
    if not stages:
        facts = _assumed_sources(sweep)
    plan = plan_sweep(
        sweep,
        base=base,
        sources=facts,
        externals={
            source.name: _external_facts(source)
            for source in sweep.sources
            if isinstance(source, ExternalModel)
        },
        benchmarks=benchmarks,
        notes=notes,
    )
    return Inputs(plan=plan, problems=problems, stages=stages, data_facts=data_facts)


def _problems(
    name: str, limit: int | None, is_offline: bool, notes: list[str]
) -> Sequence[Problem]:
    if is_offline and name in BENCHMARKS and not is_at_hand(name):
        notes.append(
            f"{name} is not at hand (set CODEM_RAY_DATA, or let `run` fetch it from the hub): "
            f"{ASSUMED_PROBLEMS} problems assumed"
        )
        return ()
    return load(name, limit=limit)


def is_at_hand(name: str) -> bool:
    """Whether a benchmark's file can be read without the network."""
    if name.startswith("starter-"):
        return True
    folder = os.environ.get("CODEM_RAY_DATA")
    return bool(folder) and (Path(folder or "") / BENCHMARKS[name].file).exists()


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


def _stages(
    sweep: Sweep,
    problems: Mapping[str, Sequence[Problem]],
    is_offline: bool,
    notes: list[str],
) -> tuple[Mapping[str, Stages], list[dict[str, Any]]]:
    if all(isinstance(source, ExternalModel) or source == BASE for source in sweep.sources):
        return {}, []
    _refuse_evaluation_only(sweep)
    remote = [corpus.path for corpus in sweep.data.corpora if corpus.path.startswith(HUB)]
    if is_offline and remote:
        notes.append(
            f"{', '.join(remote)} is on the hub: pairs and tokens are assumed "
            f"({ASSUMED_TOKENS_PER_PAIR} tokens a pair), and trial ids are provisional"
        )
        return {}, []
    readings = read_corpora(
        sweep.data.corpora,
        languages_needed(sweep.sources),
        max_broken_share=sweep.data.max_broken_share,
    )
    # A limit is no reason to train on the other problems, nor to train anew without it.
    whole = {
        origin: load(origin) if sweep.evaluation.limit and own else own
        for origin, own in problems.items()
    }
    texts = _benchmark_texts(whole) if sweep.data.decontaminate else ()
    cleaned = clean((pair for reading in readings for pair in reading.pairs), benchmark_texts=texts)
    for reading in readings:
        if reading.broken:
            shown = "; ".join(reading.broken[:3])
            notes.append(f"{reading.origin}: {len(reading.broken)} broken rows left out: {shown}")
    dropped = {reason: count for reason, count in cleaned.counts().items() if count}
    if dropped:
        told = ", ".join(f"{count} {reason}" for reason, count in dropped.items())
        notes.append(f"pairs dropped from the corpora: {told}")
    try:
        stages = pairs_by_source(
            cleaned.pairs, sweep.sources, budget=sweep.data.pairs, seed=sweep.data.seed
        )
    except DataError as error:
        if not dropped:
            raise
        raise DataError(f"{error} (dropped: {told}{_about_contamination(dropped)})") from error
    facts: list[dict[str, Any]] = [
        {
            "corpus": corpus.path,
            "licence": corpus.licence,
            "rows": reading.rows,
            "pairs taken": len(reading.pairs),
            "broken rows": len(reading.broken),
            "other or unknown language": reading.without_language,
        }
        for corpus, reading in zip(sweep.data.corpora, readings, strict=True)
    ]
    return stages, facts


def _about_contamination(dropped: Mapping[str, int]) -> str:
    if DropReason.CONTAMINATED.value not in dropped:
        return ""
    return (
        "; contaminated pairs share a run of words with a benchmark of this sweep: "
        "data.decontaminate: false keeps them"
    )


def _benchmark_texts(problems: Mapping[str, Sequence[Problem]]) -> list[str]:
    return [
        text
        for own in problems.values()
        for problem in own
        for text in (problem.prompt, problem.instruction, problem.reference or "")
    ]


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


def tokens_keys(sweep: Sweep, base_digest: str, stages: Stages) -> tuple[str, ...]:
    """Return the key of each stage's packed tokens. The model's digest covers its tokenizer."""
    return tuple(
        tokens_key(
            pairs,
            tokenizer_digest=base_digest,
            template=sweep.data.template,
            max_tokens=sweep.data.max_tokens,
            seed=sweep.data.seed,
        )
        for pairs in stages
    )


def _source_facts(
    sweep: Sweep, base: ModelFacts, name: str, stages: Stages, storage: Storage
) -> SourceFacts:
    manifests = [
        tokens_stage(storage, key).manifest() for key in tokens_keys(sweep, base.digest, stages)
    ]
    built = [manifest.facts for manifest in manifests if manifest is not None]
    is_exact = len(built) == len(stages)
    tokens = (
        # Whole rows, for these are what the steps are made of.
        sum(int(facts["rows"]) * int(facts["max_tokens"]) for facts in built)
        if is_exact
        else sum(estimate_tokens(pairs) for pairs in stages)
    )
    return SourceFacts(
        name=name,
        digest=_pairs_digest(stages),
        pairs=sum(len(pairs) for pairs in stages),
        tokens=tokens,
        is_estimate=not is_exact,
    )


def _pairs_digest(stages: Sequence[Sequence[Pair]]) -> str:
    content = hashlib.sha256()
    for pairs in stages:
        content.update(b"stage\n")
        for pair in pairs:
            content.update(json.dumps([pair.instruction, pair.response]).encode() + b"\n")
    return content.hexdigest()[:16]


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
