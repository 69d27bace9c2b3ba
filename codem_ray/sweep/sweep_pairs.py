"""The pairs that a sweep trains on: built, tokenised, drawn and packed in a shared cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.config import Sweep
from codem_ray.corpora.build import (
    build_in_memory,
    build_key,
    build_to_folder,
)
from codem_ray.corpora.build_facts import BuildFacts
from codem_ray.corpora.corpus_files import corpora_bytes
from codem_ray.corpora.pair_store import PairsOnDisk, PairStore
from codem_ray.corpora.pairs import DropReason
from codem_ray.errors import DataError, StorageError
from codem_ray.languages import language
from codem_ray.records import Problem
from codem_ray.storage import Stage, StageWriter, Storage, digest_of
from codem_ray.sweep.count_logger import CountLogger, Log
from codem_ray.sweep.stages import encoding_stage, held_out_stage, pairs_stage, tokens_stage
from codem_ray.tokens.packed_rows import pack_tokens, tokens_key
from codem_ray.tokens.prompt_template import template_key
from codem_ray.tokens.source_draws import (
    Draw,
    Phases,
    SourceDraws,
    draw_digest,
    draw_sources,
    languages_needed,
)
from codem_ray.tokens.store_encoding import (
    EncodedPairs,
    TokenLengths,
    encode_store,
    encoding_key,
    read_lengths,
)
from codem_ray.tokens.token_estimates import estimated_target_tokens

if TYPE_CHECKING:
    from codem_ray.corpora.held_out import HeldOut

ROWS = "rows"
HELD_OUT = "held_out.json"
IN_MEMORY_BYTES = 16 << 20
"""Corpora up to this size are read by `plan` each time until a build of them is kept."""
LoadTokenizer = Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class SweepPairs:
    """The pairs that a sweep draws from, and its draws."""

    key: str
    """Key of the corpus build."""
    store: PairStore
    facts: BuildFacts
    folder: Path | None
    """Folder of the build; None: it is in memory."""
    lengths: TokenLengths | None
    """None: the pairs have not been tokenised."""
    num_special: int
    """Pairs whose text names a special token; 0 while they have not been tokenised."""
    encoding_key: str
    draws: SourceDraws
    tokens_keys: Mapping[str, tuple[str, ...]]
    """Keys of the packed tokens of each source, one for each of its phases."""
    is_packed: bool
    """Whether a row of tokens may hold several documents."""
    held_out: HeldOut | None = None
    """Pairs that no source draws, because losses are measured on them; None: there are none."""


def gather_pairs(
    sweep: Sweep,
    storage: Storage,
    problems: Sequence[Problem],
    *,
    targets: Sequence[str],
    forbidden: Mapping[str, Callable[[], Iterable[Problem]]],
    tokenizer_digest: str,
    load_tokenizer: LoadTokenizer | None,
    is_packed: bool,
    is_offline: bool,
    log: Log,
) -> SweepPairs | None:
    """Return a sweep's pairs and draws; build and tokenise what the cache does not hold.

    `problems` are those that pairs must not share text with. Pairs in the languages `targets` are
    held out if the sweep measures losses on them. `forbidden` loads, by name, the
    benchmarks that no corpus may be. Without `load_tokenizer` pairs are not tokenised, and draws
    follow from estimated lengths. Offline nothing is written: small corpora are read into memory,
    and for larger ones None is returned.
    """
    data = sweep.data
    loss = sweep.evaluation.loss
    num_held_out = loss.pairs if loss is not None else None
    languages = languages_needed(
        sweep.sources,
        mixed_languages(sweep),
        held_out=targets if num_held_out is not None else (),
    )
    key, digests = build_key(data, languages, problems, tuple(forbidden))
    stage = pairs_stage(storage, key)
    manifest = stage.manifest()
    if manifest is None and not is_offline:

        def build(writer: StageWriter) -> None:
            log("reading and cleaning the corpora")
            facts = build_to_folder(
                writer.folder,
                data,
                languages,
                problems,
                digests,
                forbidden=chain.from_iterable(load() for load in forbidden.values()),
                on_row=CountLogger(log, "rows read").add,
            )
            writer.facts.update(asdict(facts))

        manifest = stage.made_once({"key": key}, build, log=log)
    store: PairStore
    folder: Path | None = None
    if manifest is not None:
        folder = stage.folder()
        store, facts = PairsOnDisk(folder), BuildFacts(**manifest.facts)
    elif corpora_bytes(data.corpora, languages) > IN_MEMORY_BYTES:
        return None
    else:
        store, facts = build_in_memory(data, languages, problems, digests)
    held_out = None
    if num_held_out is not None:
        held_out = _hold_out(storage, store, targets, num_held_out, data.seed, is_offline, log)
    excluded = held_out.excluded() if held_out is not None else frozenset[int]()
    encoded = encoding_key(
        store.index.digest(), tokenizer_digest=tokenizer_digest, template=template_key(data)
    )
    encoding = encoding_stage(storage, encoded)
    if load_tokenizer is not None and encoding.manifest() is None:
        # Refuse a sweep with too few pairs before all of them are tokenised.
        _draw(sweep, store, facts, lengths=None, excluded=excluded)
    lengths = _lengths(store, sweep, encoding, load_tokenizer, log)
    draws = _draw(sweep, store, facts, lengths, excluded)
    encoded_manifest = encoding.manifest()
    pairs = SweepPairs(
        key=key,
        store=store,
        facts=facts,
        folder=folder,
        lengths=lengths,
        num_special=int(encoded_manifest.facts["special"]) if encoded_manifest is not None else 0,
        encoding_key=encoded,
        draws=draws,
        tokens_keys={},
        is_packed=is_packed,
        held_out=held_out,
    )
    return _with_tokens_keys(pairs, sweep, tokenizer_digest)


def redraw(pairs: SweepPairs, sweep: Sweep, *, tokenizer_digest: str) -> SweepPairs:
    """Draw the sources of a sweep whose budget or mixture differs, from the same pairs."""
    excluded = pairs.held_out.excluded() if pairs.held_out is not None else frozenset[int]()
    draws = _draw(sweep, pairs.store, pairs.facts, pairs.lengths, excluded)
    return _with_tokens_keys(replace(pairs, draws=draws), sweep, tokenizer_digest)


def _with_tokens_keys(pairs: SweepPairs, sweep: Sweep, tokenizer_digest: str) -> SweepPairs:
    key_of = partial(tokens_key_of, pairs, sweep=sweep, tokenizer_digest=tokenizer_digest)
    keys = {name: tuple(map(key_of, phases)) for name, phases in pairs.draws.phases.items()}
    return replace(pairs, tokens_keys=keys)


def tokens_key_of(pairs: SweepPairs, draw: Draw, sweep: Sweep, *, tokenizer_digest: str) -> str:
    """Return the key of the packed tokens of a draw."""
    return tokens_key(
        draw_digest(pairs.store.index, draw),
        tokenizer_digest=tokenizer_digest,
        template=template_key(sweep.data),
        max_tokens=sweep.data.max_tokens,
        seed=sweep.data.seed,
        is_packed=pairs.is_packed,
    )


def mixed_languages(sweep: Sweep) -> Mapping[str, float] | None:
    """Return the languages of all mixtures of a sweep, those of its search included.

    All settings draw from one build, so that the same pairs are held out of each. None: all.
    """
    searched = sweep.search.space.get("data.mixture", ())
    mixtures = [sweep.data.mixture, *(searched if isinstance(searched, tuple) else ())]
    named: dict[str, float] = {}
    for mixture in mixtures:
        if mixture is None:
            return None
        named |= {language(name).name: 1.0 for name in mixture}
    return named


def _hold_out(
    storage: Storage,
    store: PairStore,
    languages: Sequence[str],
    count: int,
    seed: int,
    is_offline: bool,
    log: Log,
) -> HeldOut:
    """Hold out pairs of a build; the choice is kept in the cache, except offline."""
    # Imported here because it loads NumPy, which `plan` can do without.
    from codem_ray.corpora.held_out import HELD_OUT_VERSION, HeldOut, hold_out

    inputs = [HELD_OUT_VERSION, store.index.digest(), list(languages), count, seed]
    stage = held_out_stage(storage, digest_of(inputs))
    if is_offline and stage.manifest() is None:
        return hold_out(store, languages, count, seed)

    def choose(writer: StageWriter) -> None:
        log("looking for near-duplicates of held-out pairs")
        (writer.folder / HELD_OUT).write_text(
            json.dumps(asdict(hold_out(store, languages, count, seed)))
        )

    stage.made_once({"pairs": count}, choose, log=log)
    return HeldOut(**json.loads((stage.folder() / HELD_OUT).read_text()))


def _lengths(
    store: PairStore,
    sweep: Sweep,
    stage: Stage,
    load_tokenizer: LoadTokenizer | None,
    log: Log,
) -> TokenLengths | None:
    """Return the token lengths of all pairs; tokenise them if the cache holds none."""
    if load_tokenizer is not None:
        encode = partial(_encode, store=store, sweep=sweep, load_tokenizer=load_tokenizer, log=log)
        stage.made_once({"key": stage.name.rpartition("/")[2]}, encode, log=log)
    elif stage.manifest() is None:
        return None
    return read_lengths(stage.folder(), len(store.index))


def _encode(
    writer: StageWriter, *, store: PairStore, sweep: Sweep, load_tokenizer: LoadTokenizer, log: Log
) -> None:
    total = len(store.index)
    log(f"tokenising {total:,} pairs")
    tokenizer = load_tokenizer()
    lengths, num_special = encode_store(
        store,
        writer.folder,
        tokenizer=tokenizer,
        template=sweep.data.template,
        chat_date=sweep.data.chat_date,
        on_pairs=CountLogger(log, "pairs tokenised", total).add,
    )
    writer.facts.update(
        pairs=len(lengths.prompts),
        special=num_special,
        tokens=sum(lengths.prompts) + sum(lengths.answers),
        pad_token_id=tokenizer.pad_token_id,
    )


def _draw(
    sweep: Sweep,
    store: PairStore,
    facts: BuildFacts,
    lengths: TokenLengths | None,
    excluded: Collection[int],
) -> SourceDraws:
    """Draw the sources from the pairs that fit, as far as lengths are known."""
    data, max_tokens = sweep.data, sweep.data.max_tokens
    is_guess = lengths is None and data.target_tokens is not None and data.shortage == "refuse"
    if is_guess:
        # An estimate must not refuse a sweep that has enough tokens by exact counts.
        data = data.model_copy(update={"shortage": "repeat"})

    def fits(prompt: int, answer: int) -> bool:
        is_free = prompt not in excluded and answer not in excluded
        return is_free and (lengths is None or lengths.fits(prompt, answer, max_tokens))

    try:
        draws = draw_sources(
            store.index,
            sweep.sources,
            data,
            target_tokens=estimated_target_tokens(store.index)
            if lengths is None
            else lengths.answers,
            fits=fits,
        )
    except DataError as error:
        reasons = _explain_shortage(facts, lengths, max_tokens)
        raise DataError(f"{error}{reasons}") from error
    return replace(draws, notes=()) if is_guess else draws


def _explain_shortage(facts: BuildFacts, lengths: TokenLengths | None, max_tokens: int) -> str:
    """Describe how many pairs were dropped, and why."""
    dropped = facts.drop_summary()
    contaminated = (
        "; contaminated pairs share a run of words with a benchmark of this sweep: "
        "data.decontaminate: false keeps them"
        if facts.dropped_by_reason().get(DropReason.CONTAMINATED)
        else ""
    )
    too_long = count_too_long(lengths, max_tokens) if lengths is not None else 0
    longer = (
        f"; {too_long:,} pairs are longer than data.max_tokens={max_tokens}" if too_long else ""
    )
    return f" (dropped: {dropped or 'none'}{contaminated}{longer})" if dropped or longer else ""


def count_too_long(lengths: TokenLengths, max_tokens: int) -> int:
    """Return the number of pairs that are longer than `max_tokens`."""
    return sum(not lengths.fits(row, row, max_tokens) for row in range(len(lengths.prompts)))


def make_tokens(pairs: SweepPairs, sweep: Sweep, storage: Storage, *, log: Log) -> None:
    """Pack the tokens of each source that the cache does not hold. The pairs must have lengths."""
    encoding = encoding_stage(storage, pairs.encoding_key)
    stages = [
        (name, tokens_stage(storage, key), draw)
        for name, phases in pairs.draws.phases.items()
        for key, draw in zip(pairs.tokens_keys[name], phases, strict=True)
    ]
    is_any_missing = any(stage.manifest() is None for _, stage, _ in stages)
    if is_any_missing and encoding.manifest(is_checked=True) is None:
        raise StorageError(
            f"{encoding.uri}: the tokens are missing or not what was written; delete the folder "
            "and run this again"
        )
    for name, stage, draw in stages:
        pack = partial(
            pack_draw,
            encoding=encoding,
            name=name,
            draw=draw,
            sweep=sweep,
            is_packed=pairs.is_packed,
            log=log,
        )
        stage.made_once({"source": name}, pack, log=log)


def pack_draw(
    writer: StageWriter,
    *,
    encoding: Stage,
    name: str,
    draw: Draw,
    sweep: Sweep,
    is_packed: bool,
    log: Log,
) -> None:
    """Write the packed tokens of a draw to a stage."""
    log(f"packing {len(draw.prompts):,} pairs of {name}")
    manifest = encoding.manifest()
    if manifest is None:
        raise StorageError(f"{encoding.uri} was deleted while it was needed; run this again")
    with EncodedPairs(encoding.folder()) as encoded:
        facts = pack_tokens(
            encoded,
            draw,
            writer.folder / ROWS,
            pad_token_id=int(manifest.facts["pad_token_id"]),
            max_tokens=sweep.data.max_tokens,
            seed=sweep.data.seed,
            is_packed=is_packed,
        )
    kept = asdict(facts)
    del kept["digest"], kept["format_version"]
    writer.facts.update(kept)


def packed_facts(storage: Storage, keys: Sequence[str]) -> list[dict[str, Any]] | None:
    """Return the facts of each phase's packed tokens; None if a phase is not packed."""
    manifests = [tokens_stage(storage, key).manifest() for key in keys]
    packed = [dict(manifest.facts) for manifest in manifests if manifest is not None]
    return packed if len(packed) == len(keys) else None


def document_tokens(lengths: TokenLengths, phases: Phases) -> tuple[int, int]:
    """Return the tokens and the target tokens of a source's documents."""
    prompts = sum(lengths.prompts[row] for draw in phases for row in draw.prompts)
    answers = sum(lengths.answers[row] for draw in phases for row in draw.answers)
    return prompts + answers, answers
