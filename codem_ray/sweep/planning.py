"""Plan a sweep from its benchmarks, models, pairs and tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from codem_ray.benchmarks import BENCHMARKS, is_local, load
from codem_ray.benchmarks.family import EVALUATION_ONLY
from codem_ray.config import HUB, MAX_COUNT, ExternalModel, Sweep
from codem_ray.corpora.pairs import DropReason
from codem_ray.errors import ConfigError
from codem_ray.models.resolve import resolve_base_model, resolve_model
from codem_ray.prompting.templates import CHAT
from codem_ray.records import Problem
from codem_ray.storage import Storage, digest_of
from codem_ray.sweep.count_logger import Log
from codem_ray.sweep.drawn_rows import DrawnRows, draw_rows
from codem_ray.sweep.facts import (
    Benchmarks,
    base_model_facts,
    external_model_facts,
    read_benchmarks,
    with_architecture,
)
from codem_ray.sweep.heldout_tokens import (
    heldout_digest,
    heldout_draws,
    heldout_keys,
    make_heldout_tokens,
    own_languages,
)
from codem_ray.sweep.loss_answers import gather_answers, store_answers
from codem_ray.sweep.preflight import base_architecture, check_models, check_settings
from codem_ray.sweep.search_settings import (
    SearchedRow,
    data_setting,
    searched_rows,
    with_setting,
)
from codem_ray.sweep.search_study import AskedSettings, read_asked
from codem_ray.sweep.sweep_pairs import (
    SweepPairs,
    count_too_long,
    document_tokens,
    gather_pairs,
    make_tokens,
    packed_facts,
)
from codem_ray.sweep.sweep_plan import SourceFacts, SweepPlan, plan_sweep
from codem_ray.tokens.prompt_template import has_dated_chat
from codem_ray.tokens.source_draws import draw_digest, trained_sources
from codem_ray.tokens.token_estimates import estimated_tokens, may_be_too_long
from codem_ray.tokens.tuning_record import read_tuning_record

ASSUMED_TOKENS_PER_PAIR = 400
"""For a corpus that has not been read: the order of magnitude of an Alpaca-style code pair."""
ASSUMED_PAIRS = 9_000
GOOD_FILLING = 0.95
"""Share of the positions of packed rows; the plan notes sources that are filled less."""
PROVISIONAL = f"({ASSUMED_TOKENS_PER_PAIR} tokens a pair), and trial ids are provisional"
LARGE_CORPORA_NOTE = (
    "the corpora are large and have not been built yet: pairs and tokens are assumed "
    f"{PROVISIONAL}; `codem-ray data` builds them"
)


@dataclass(frozen=True, kw_only=True)
class SweepInputs:
    """The plan of a sweep with its problems and pairs."""

    plan: SweepPlan
    problems: Mapping[str, Sequence[Problem]]
    """Problems by benchmark; none for a benchmark that is assumed (offline only)."""
    base_digest: str
    """Digest of the base model and its tokenizer."""
    pairs: SweepPairs | None
    """None: no pair is needed, or (offline only) the corpora have not been read."""
    drawn: Sequence[DrawnRows] = ()
    """The trained rows of the matrix with their pairs; none while no corpus is read."""
    heldout_keys: Mapping[str, str] = field(default_factory=dict)
    """Keys of the packed tokens of the pairs held out of all sources, by language."""

    @property
    def tokens_keys(self) -> dict[str, tuple[str, ...]]:
        """Keys of the packed tokens of each trained row, one for each of its phases."""
        return {
            row.name: group.pairs.tokens_keys[row.source]
            for group in self.drawn
            for row in group.rows
        }


def storage_of(sweep: Sweep) -> Storage:
    """Return the sweep's own folder."""
    return Storage(f"{sweep.storage.path.rstrip('/')}/{sweep.name}")


def base_tokenizer(sweep: Sweep) -> Any:
    """Load the base model's tokenizer; raises as `check_models` does for an unusable model."""
    from codem_ray.models.tokenizer import load_tokenizer

    check_models(sweep)
    tokenizer = load_tokenizer(
        resolve_base_model(sweep.base_model),
        revision=sweep.base_model.revision,
        trust_remote_code=sweep.base_model.trust_remote_code,
    )
    # Pairs that are too long for the model are counted and left out: no warning is needed.
    tokenizer.model_max_length = MAX_COUNT
    return tokenizer


def plan_offline(sweep: Sweep) -> SweepInputs:
    """Plan a sweep without writing anything, and without any network but that of its storage.

    Benchmarks and corpora on the hub, and corpora that take long to read, are assumed; the plan's
    notes say so. Raises ConfigError, DataError or ModelLoadError for unusable inputs and
    StorageError for remote storage that does not answer.
    """
    check_settings(sweep)
    storage_of(sweep).check_readable()
    benchmarks = read_benchmarks(sweep, is_offline=True)
    return _plan(
        sweep,
        benchmarks,
        load_tokenizer=None,
        is_offline=True,
        log=lambda text: None,
        asked=read_asked(storage_of(sweep), sweep),
    )


def prepare_inputs(
    sweep: Sweep,
    benchmarks: Benchmarks | None = None,
    *,
    load_tokenizer: Callable[[Sweep], Any] | None = base_tokenizer,
    log: Log = lambda text: None,
    asked: AskedSettings | None = None,
) -> SweepInputs:
    """Build a sweep's corpora and tokens in the shared cache, and plan the sweep.

    Without `load_tokenizer` no tokens are made, and the plan's token counts are estimates. `asked`
    are the settings that `search.method: optuna` has chosen so far, by source. Raises ConfigError,
    DataError or ModelLoadError for unusable inputs.
    """
    benchmarks = benchmarks or read_benchmarks(sweep)
    return _plan(
        sweep, benchmarks, load_tokenizer=load_tokenizer, is_offline=False, log=log, asked=asked
    )


def _plan(
    sweep: Sweep,
    benchmarks: Benchmarks,
    *,
    load_tokenizer: Callable[[Sweep], Any] | None,
    is_offline: bool,
    log: Log,
    asked: AskedSettings | None = None,
) -> SweepInputs:
    storage, base = storage_of(sweep), base_model_facts(sweep)
    is_trained, loss = bool(trained_sources(sweep.sources)), sweep.evaluation.loss
    if is_trained:
        is_measured = not is_offline and load_tokenizer is not None
        base = with_architecture(base, base_architecture(sweep, is_measured=is_measured))
        if is_measured and not base.is_packed:
            log(base.notes[-1])
    notes = [*benchmarks.notes, *_date_notes(sweep, base.path), *_tuning_notes(sweep)]
    pairs: SweepPairs | None = None
    sources: dict[str, SourceFacts] = {}
    drawn_rows: list[DrawnRows] = []
    measured: dict[str, str] = {}
    rows = searched_rows(sweep, asked)
    if is_trained or (loss is not None and loss.pairs is not None):
        _refuse_evaluation_only(sweep)
        hub_note = _hub_note(sweep) if is_offline else ""
        if not hub_note:
            pairs = gather_pairs(
                sweep,
                storage,
                # Whole benchmarks, because a limit on problems must not change a trial.
                benchmarks.whole() if sweep.data.decontaminate else (),
                targets=list(dict.fromkeys(benchmarks.targets())),
                forbidden=_evaluation_only(),
                tokenizer_digest=base.digest,
                load_tokenizer=partial(load_tokenizer, sweep)
                if load_tokenizer and is_trained
                else None,
                is_packed=base.is_packed,
                is_offline=is_offline,
                log=log,
            )
        if pairs is None:
            sources = _assumed_sources(sweep, rows)
            notes.append(hub_note or LARGE_CORPORA_NOTE)
        else:
            draws = heldout_draws(pairs, max_tokens=sweep.data.max_tokens)
            measured = heldout_keys(pairs, draws, sweep, tokenizer_digest=base.digest)
            if load_tokenizer is not None and is_trained:
                make_heldout_tokens(pairs, draws, measured, sweep, storage, log=log)
            packed: dict[str, list[dict[str, Any]] | None] = {}
            drawn_rows = draw_rows(sweep, pairs, rows, tokenizer_digest=base.digest)
            for drawn in drawn_rows:
                if drawn.setting:
                    notes += drawn.pairs.draws.notes
                if load_tokenizer is not None and is_trained:
                    make_tokens(drawn.pairs, drawn.sweep, storage, log=log)
                for row in drawn.rows:
                    packed[row.name] = packed_facts(storage, drawn.pairs.tokens_keys[row.source])
                    facts = _source_facts(sweep, drawn.pairs, row.source, packed[row.name])
                    own = own_languages(drawn.sweep, row.source, draws)
                    sources[row.name] = replace(facts, heldout=heldout_digest(pairs, draws, own))
            if is_trained:
                notes += _pairs_notes(sweep, pairs)
                notes += _filling_notes(sweep, packed) if base.is_packed else ()
    answers = gather_answers(sweep, benchmarks, pairs)
    if not is_offline:
        store_answers(storage, answers, log=log)
    externals = {
        source.name: external_model_facts(source)
        for source in sweep.sources
        if isinstance(source, ExternalModel)
    }
    return SweepInputs(
        plan=plan_sweep(
            sweep,
            base=base,
            sources=sources,
            externals=externals,
            benchmarks=benchmarks.facts,
            notes=[*notes, *answers.notes],
            losses=answers.facts,
            asked=asked,
        ),
        problems=benchmarks.problems,
        base_digest=base.digest,
        pairs=pairs,
        drawn=drawn_rows,
        heldout_keys=measured,
    )


def _date_notes(sweep: Sweep, model: str) -> list[str]:
    """Return a note if the base model's chat template states a date."""
    if sweep.data.template != CHAT or not has_dated_chat(Path(model)):
        return []
    note = (
        f"the chat template states a date: it gets {sweep.data.chat_date} (data.chat_date) in "
        "training and in evaluation"
    )
    return [note]


def _tuning_notes(sweep: Sweep) -> list[str]:
    """Return a note about each external model that was tuned with another template."""
    notes = []
    for source in sweep.sources:
        if isinstance(source, ExternalModel):
            record = read_tuning_record(Path(resolve_model(source.model)))
            if record is not None and record.template != sweep.data.template:
                notes.append(
                    f"{source.name} was tuned with the template {record.template!r}, but it is "
                    f"asked with {sweep.data.template!r}"
                )
    return notes


def _hub_note(sweep: Sweep) -> str:
    """Return a note about the corpora on the hub; empty if there are none."""
    remote = [corpus.path for corpus in sweep.data.corpora if corpus.path.startswith(HUB)]
    if not remote:
        return ""
    return f"{', '.join(remote)} is on the hub: pairs and tokens are assumed {PROVISIONAL}"


def _evaluation_only() -> dict[str, Callable[[], list[Problem]]]:
    """Return loaders of the available benchmarks that must never be trained on."""
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


def _pairs_notes(sweep: Sweep, pairs: SweepPairs) -> list[str]:
    """Return notes about pairs that are not trained on and counts that are not exact."""
    facts, index, max_tokens = pairs.facts, pairs.store.index, sweep.data.max_tokens
    notes = []
    if broken := facts.dropped_by_reason().get(DropReason.BROKEN_ROW, 0):
        notes.append(f"{broken:,} broken rows left out: {'; '.join(facts.broken)}")
    if dropped := facts.drop_summary():
        notes.append(f"pairs dropped from the corpora: {dropped}")
    if pairs.num_special:
        notes.append(
            f"{pairs.num_special:,} of {len(index):,} pairs name a special token of the tokenizer, "
            "such as an end of text: it is trained on as ordinary text"
        )
    notes += facts.notes()
    notes += pairs.draws.notes
    if pairs.lengths is not None:
        if too_long := count_too_long(pairs.lengths, max_tokens):
            notes.append(
                f"{too_long:,} of {len(index):,} pairs have more than "
                f"data.max_tokens={max_tokens} tokens and are not drawn"
            )
    elif sweep.data.target_tokens is not None:
        notes.append(
            "nothing was tokenised yet: the budget in tokens is met by estimate, and trial ids are "
            "provisional; `codem-ray data` tokenises"
        )
    elif too_long := may_be_too_long(index, sweep.data.template, max_tokens):
        notes.append(
            f"{too_long:,} of {len(index):,} pairs may have more than "
            f"data.max_tokens={max_tokens} tokens, and such pairs are not drawn: until "
            "`codem-ray data` or `run` has counted, trial ids are provisional"
        )
    return notes


def _filling_notes(sweep: Sweep, packed: Mapping[str, list[dict[str, Any]] | None]) -> list[str]:
    """Return a note about sources whose packed rows have much padding.

    The last row of each phase may be short and does not count.
    """
    badly_filled = []
    for name, phases in packed.items():
        last = sum(int(phase["max_tokens"]) for phase in phases or ())
        positions = sum(int(phase["rows"]) * int(phase["max_tokens"]) for phase in phases or ())
        tokens = sum(int(phase["tokens"]) for phase in phases or ())
        if tokens < GOOD_FILLING * (positions - last):
            badly_filled.append(f"{name} {tokens / positions:.1%}")
    if not badly_filled:
        return []
    note = (
        f"rows are filled to less than {GOOD_FILLING:.0%} ({', '.join(badly_filled)}): pairs are "
        f"long compared with data.max_tokens={sweep.data.max_tokens}; longer rows would waste less"
    )
    return [note]


def _source_facts(
    sweep: Sweep, pairs: SweepPairs, name: str, packed: list[dict[str, Any]] | None
) -> SourceFacts:
    index, phases = pairs.store.index, pairs.draws.phases[name]
    if packed is not None:
        # Steps are made of whole rows, so padding counts.
        tokens = sum(int(facts["rows"]) * int(facts["max_tokens"]) for facts in packed)
    elif not pairs.is_packed:
        tokens = sum(len(draw.prompts) for draw in phases) * sweep.data.max_tokens
    elif pairs.lengths is not None:
        tokens = document_tokens(pairs.lengths, phases)[0]
    else:
        tokens = estimated_tokens(index, phases, sweep.data.template)
    return SourceFacts(
        name=name,
        digest=digest_of([draw_digest(index, draw) for draw in phases]),
        pairs=sum(len(draw.prompts) for draw in phases),
        tokens=tokens,
        is_estimate=packed is None,
    )


def _assumed_sources(sweep: Sweep, rows: Sequence[SearchedRow]) -> dict[str, SourceFacts]:
    """Return assumed facts about the trained rows of corpora that have not been read."""
    corpora = [corpus.model_dump(mode="json") for corpus in sweep.data.corpora]
    sources = {}
    for row in rows:
        pairs = with_setting(sweep, row.setting).data.pairs or ASSUMED_PAIRS
        changes = data_setting(row.setting)
        sources[row.name] = SourceFacts(
            name=row.source,
            digest=digest_of(
                [corpora, row.source, pairs, sweep.data.seed, *([changes] if changes else [])]
            ),
            pairs=pairs,
            tokens=pairs * ASSUMED_TOKENS_PER_PAIR,
            is_estimate=True,
        )
    return sources
