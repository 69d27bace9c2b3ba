"""A sweep's pairs and tokens: found in the cache that sweeps share, or made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from codem_ray.config import Sweep
from codem_ray.corpora.build import (
    BuildFacts,
    build_in_memory,
    build_key,
    build_to_folder,
    facts_from,
)
from codem_ray.corpora.corpus_files import corpora_bytes
from codem_ray.corpora.pair_store import PairsOnDisk, PairStore
from codem_ray.corpora.pairs import DropReason
from codem_ray.errors import DataError, StorageError
from codem_ray.records import Problem
from codem_ray.storage import Stage, StageWriter, Storage
from codem_ray.sweep.stages import encoding_stage, pairs_stage, tokens_stage
from codem_ray.sweep.ticking import Ticker
from codem_ray.tokens.drawing import (
    Draw,
    Drawing,
    Phases,
    draw_digest,
    draw_sources,
    languages_needed,
)
from codem_ray.tokens.encoding import (
    EncodedPairs,
    TokenLengths,
    encode_store,
    encoding_key,
    read_lengths,
)
from codem_ray.tokens.packed_rows import pack_tokens, tokens_key
from codem_ray.tokens.token_estimates import estimated_target_tokens

ROWS = "rows"
IN_MEMORY_BYTES = 16 << 20
"""Corpora up to this size are read by `plan` each time until a build of them is kept."""
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class SweepPairs:
    """The pairs that a sweep draws on, and its draws."""

    key: str
    """Of the build."""
    languages: tuple[str, ...]
    store: PairStore
    facts: BuildFacts
    folder: Path | None
    """Where the build is kept; None: it is in memory."""
    drawing: Drawing
    lengths: TokenLengths | None
    """None: nothing was tokenised yet."""
    encoding_key: str
    tokens_keys: Mapping[str, tuple[str, ...]]
    """Keys of packed tokens, for each stage of each source."""


def gather_pairs(
    sweep: Sweep,
    storage: Storage,
    problems: Sequence[Problem],
    *,
    forbidden: Mapping[str, Callable[[], Iterable[Problem]]] | None = None,
    tokenizer_digest: str,
    is_offline: bool = False,
    say: Say = lambda text: None,
) -> SweepPairs | None:
    """Return a sweep's pairs; make the build where it is absent.

    Offline nothing is written: small corpora are read into memory, and for larger ones None is
    returned. `problems` are those that pairs must not share text with, `forbidden` gives those that
    a corpus must not be, by benchmark, `tokenizer_digest` covers the base model's tokenizer.
    """
    data = sweep.data
    languages = languages_needed(sweep.sources, data.mixture)
    forbidden = forbidden or {}
    key, digests = build_key(data, languages, problems, tuple(forbidden))
    stage = pairs_stage(storage, key)
    manifest = stage.manifest()
    folder: Path | None = None
    if manifest is None and not is_offline:

        def make(writer: StageWriter) -> None:
            say("reading and cleaning the corpora")
            ticker = Ticker(say, "rows read")
            facts = build_to_folder(
                writer.folder,
                data,
                languages,
                problems,
                digests,
                forbidden=chain.from_iterable(load() for load in forbidden.values()),
                on_row=ticker.tick,
            )
            writer.facts.update(facts.to_json())

        manifest = stage.made_once({"key": key}, make, log=say)
    store: PairStore
    if manifest is not None:
        folder = stage.folder()
        store, facts = PairsOnDisk(folder), facts_from(manifest.facts)
    elif corpora_bytes(data.corpora, languages) > IN_MEMORY_BYTES:
        return None
    else:
        store, facts = build_in_memory(data, languages, problems, digests)
    encoded = encoding_key(
        store.index.digest(), tokenizer_digest=tokenizer_digest, template=data.template
    )
    encoding = encoding_stage(storage, encoded)
    is_encoded = encoding.manifest() is not None
    lengths = read_lengths(encoding.folder(), len(store.index)) if is_encoded else None
    return _drawn(
        SweepPairs(
            key=key,
            languages=languages,
            store=store,
            facts=facts,
            folder=folder,
            drawing=Drawing(phases={}, amount=0, unit="", notes=()),
            lengths=lengths,
            encoding_key=encoded,
            tokens_keys={},
        ),
        sweep,
        tokenizer_digest,
    )


def _drawn(pairs: SweepPairs, sweep: Sweep, tokenizer_digest: str) -> SweepPairs:
    """Draw the sources, from lengths where they are known; pairs too long are left out first."""
    index, lengths = pairs.store.index, pairs.lengths
    data, max_tokens = sweep.data, sweep.data.max_tokens
    is_guess = lengths is None and data.target_tokens is not None and data.shortage == "refuse"
    if is_guess:
        # Nothing is refused on an estimate.
        data = data.model_copy(update={"shortage": "repeat"})
    try:
        drawing = draw_sources(
            index,
            sweep.sources,
            data,
            target_tokens=estimated_target_tokens(index) if lengths is None else lengths.answers,
            fits=None if lengths is None else partial(lengths.fits, max_tokens=max_tokens),
        )
    except DataError as error:
        raise DataError(f"{error}{_why_few(pairs, max_tokens)}") from error
    if is_guess:
        drawing = replace(drawing, notes=())
    keys = {
        name: tuple(
            tokens_key(
                draw_digest(index, draw),
                tokenizer_digest=tokenizer_digest,
                template=sweep.data.template,
                max_tokens=sweep.data.max_tokens,
                seed=sweep.data.seed,
            )
            for draw in stages
        )
        for name, stages in drawing.phases.items()
    }
    return replace(pairs, drawing=drawing, tokens_keys=keys)


def _why_few(pairs: SweepPairs, max_tokens: int) -> str:
    """Say where pairs have gone that a source lacks."""
    told = pairs.facts.drop_summary()
    contaminated = (
        "; contaminated pairs share a run of words with a benchmark of this sweep: "
        "data.decontaminate: false keeps them"
        if pairs.facts.dropped_by_reason().get(DropReason.CONTAMINATED)
        else ""
    )
    rows = range(len(pairs.store.index))
    long = sum(not pairs.lengths.fits(r, r, max_tokens) for r in rows) if pairs.lengths else 0
    longer = f"; {long:,} pairs are longer than data.max_tokens={max_tokens}" if long else ""
    return f" (dropped: {told or 'none'}{contaminated}{longer})" if told or longer else ""


def with_lengths(
    pairs: SweepPairs,
    sweep: Sweep,
    storage: Storage,
    *,
    tokenizer_digest: str,
    load_tokenizer: Callable[[], Any],
    say: Say = lambda text: None,
) -> SweepPairs:
    """Return the pairs with their lengths and the draws that follow; tokenise where needed."""
    if pairs.lengths is not None:
        return pairs

    def make(writer: StageWriter) -> None:
        total = len(pairs.store.index)
        say(f"tokenising {total:,} pairs")
        tokenizer = load_tokenizer()
        lengths = encode_store(
            pairs.store,
            writer.folder,
            tokenizer=tokenizer,
            template=sweep.data.template,
            on_pairs=Ticker(say, "pairs tokenised", total).tick,
        )
        writer.facts.update(
            pairs=len(lengths.prompts),
            tokens=sum(lengths.prompts) + sum(lengths.answers),
            pad_token_id=tokenizer.pad_token_id,
        )

    stage = encoding_stage(storage, pairs.encoding_key)
    stage.made_once({"key": pairs.encoding_key}, make, log=say)
    lengths = read_lengths(stage.folder(), len(pairs.store.index))
    return _drawn(replace(pairs, lengths=lengths), sweep, tokenizer_digest)


def make_tokens(
    pairs: SweepPairs, sweep: Sweep, storage: Storage, *, say: Say = lambda text: None
) -> None:
    """Pack what each source is trained on, where that is not kept yet. Needs lengths."""
    encoding = encoding_stage(storage, pairs.encoding_key)
    wanted = [
        (name, tokens_stage(storage, key), draw)
        for name, stages in pairs.drawing.phases.items()
        for key, draw in zip(pairs.tokens_keys[name], stages, strict=True)
    ]
    is_lacking = any(stage.manifest() is None for _, stage, _ in wanted)
    if is_lacking and encoding.manifest(is_checked=True) is None:
        raise StorageError(
            f"{encoding.uri}: the tokens are gone or not what was written; delete the folder and "
            "run this again"
        )
    for name, stage, draw in wanted:
        _make_packed(encoding, stage, name, draw, sweep, say)


def _make_packed(
    encoding: Stage, stage: Stage, name: str, draw: Draw, sweep: Sweep, say: Say
) -> None:
    def make(writer: StageWriter) -> None:
        say(f"packing {len(draw.prompts):,} pairs of {name}")
        manifest = encoding.manifest()
        if manifest is None:
            raise StorageError(f"{encoding.uri} went away while it was needed; run this again")
        with EncodedPairs(encoding.folder()) as encoded:
            facts = pack_tokens(
                encoded,
                draw,
                writer.folder / ROWS,
                pad_token_id=int(manifest.facts["pad_token_id"]),
                max_tokens=sweep.data.max_tokens,
                seed=sweep.data.seed,
            )
        kept = asdict(facts)
        del kept["digest"], kept["format_version"]
        writer.facts.update(kept)

    stage.made_once({"source": name}, make, log=say)


def packed_facts(storage: Storage, keys: Sequence[str]) -> list[dict[str, Any]] | None:
    """Return what is known of each stage's packed tokens; None: one of them is not kept."""
    found = [tokens_stage(storage, key).manifest() for key in keys]
    return [dict(one.facts) for one in found if one is not None] if all(found) else None


def document_tokens(lengths: TokenLengths, stages: Phases) -> tuple[int, int]:
    """Return the tokens and the target tokens of a source's documents."""
    prompts = sum(lengths.prompts[row] for draw in stages for row in draw.prompts)
    answers = sum(lengths.answers[row] for draw in stages for row in draw.answers)
    return prompts + answers, answers
