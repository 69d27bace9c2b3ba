"""Draws the pairs of each source, at equal budgets and the same on every machine."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from codem_ray.config.models import (
    BASE,
    MIXED,
    PROSE,
    SHUFFLED,
    UNION,
    ExternalModel,
    Source,
    source_name,
)
from codem_ray.data.corpora import Pair
from codem_ray.errors import ConfigError, DataError
from codem_ray.languages import LANGUAGES

Stages = tuple[tuple[Pair, ...], ...]
"""Pair lists that are trained one after the other; one, except for a sequence."""


def languages_needed(sources: Iterable[Source]) -> tuple[str, ...]:
    """Return the languages whose pairs the sources draw on, in the order of the registry."""
    named: set[str] = set()
    for source in sources:
        if isinstance(source, tuple):
            named.update(source)
        elif source in (MIXED, UNION, SHUFFLED):
            return tuple(LANGUAGES)
        elif isinstance(source, str) and source in LANGUAGES:
            named.add(source)
    return tuple(name for name in LANGUAGES if name in named)


def pairs_by_source(
    pairs: Iterable[Pair], sources: Sequence[Source], *, budget: int | None, seed: int
) -> Mapping[str, Stages]:
    """Draw the pairs of every source that is trained, by source name.

    Each language, `mixed`, `shuffled` and each stage of a sequence gets `budget` pairs (None: as
    many as the smallest language has); `union` gets all. A smaller budget draws a subset of a
    larger one, and `mixed` draws from the front of each language's order. Raises DataError when a
    source has fewer pairs than the budget.
    """
    by_language = _ordered(pairs, seed)
    trained = [
        source for source in sources if not isinstance(source, ExternalModel) and source != BASE
    ]
    if PROSE in trained:
        raise ConfigError(
            "the source `prose` needs a corpus of instructions answered without code, and the "
            "sweep file has no way to name one yet: leave it out, or use the control `shuffled`"
        )
    amount = _budget(trained, by_language, budget)
    drawn: dict[str, Stages] = {}
    for source in trained:
        name = source_name(source)
        if isinstance(source, tuple):
            drawn[name] = tuple(_take(name, by_language, part, amount) for part in source)
        elif source == UNION:
            everything = [pair for part in by_language.values() for pair in part]
            drawn[name] = (_shuffle(everything, seed, name),)
        elif source == MIXED:
            drawn[name] = (_shuffle(_mixed(name, by_language, amount), seed, name),)
        elif source == SHUFFLED:
            permuted = _permuted(_mixed(name, by_language, amount))
            drawn[name] = (_shuffle(permuted, seed, name),)
        else:
            drawn[name] = (_take(name, by_language, name, amount),)
    for name, stages in drawn.items():
        if not all(stages):
            raise DataError(f"source {name}: no pairs; check data.corpora")
    return drawn


def _rank(pair: Pair, *salt: object) -> str:
    text = "\0".join((*map(str, salt), pair.language, pair.instruction, pair.response))
    return hashlib.sha256(text.encode()).hexdigest()


def _shuffle(pairs: Iterable[Pair], *salt: object) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda pair: (_rank(pair, *salt), pair.id)))


def _ordered(pairs: Iterable[Pair], seed: int) -> dict[str, tuple[Pair, ...]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[pair.language].append(pair)
    return {name: _shuffle(found[name], seed) for name in LANGUAGES if found[name]}


def _budget(
    trained: Sequence[Source], by_language: Mapping[str, Sequence[Pair]], budget: int | None
) -> int:
    if budget is not None:
        return budget
    single = {name for source in trained for name in _parts(source)}
    counts = [len(by_language.get(name, ())) for name in single]
    if not counts:
        counts = [len(part) for part in by_language.values()]
    return min(counts, default=0)


def _parts(source: Source) -> tuple[str, ...]:
    if isinstance(source, tuple):
        return source
    return (source,) if isinstance(source, str) and source in LANGUAGES else ()


def _take(
    source: str, by_language: Mapping[str, tuple[Pair, ...]], name: str, amount: int
) -> tuple[Pair, ...]:
    have = by_language.get(name, ())
    if len(have) < amount or not have:
        raise DataError(
            f"source {source}: {len(have)} pairs in {name} after cleaning, and {amount} are asked "
            f"for: {_remedy(len(have))}"
        )
    return have[:amount]


def _remedy(most: int) -> str:
    add = "add a corpus"
    return f"set data.pairs to {most} or less, or {add}" if most else f"{add}, or leave it out"


def _mixed(source: str, by_language: Mapping[str, tuple[Pair, ...]], amount: int) -> list[Pair]:
    """Draw evenly over the languages; what a small one lacks is shared out among the others."""
    total = sum(len(part) for part in by_language.values())
    if total < amount or not total:
        raise DataError(
            f"source {source}: {total} pairs over all languages after cleaning, and {amount} are "
            f"asked for: {_remedy(total)}"
        )
    taken = dict.fromkeys(by_language, 0)
    left = amount
    while left:
        open_names = [name for name, part in by_language.items() if taken[name] < len(part)]
        share, extra = divmod(left, len(open_names))
        for place, name in enumerate(open_names):
            more = min(share + (place < extra), len(by_language[name]) - taken[name])
            taken[name] += more
            left -= more
    return [pair for name, part in by_language.items() for pair in part[: taken[name]]]


def _permuted(pairs: Sequence[Pair]) -> list[Pair]:
    """Give each instruction the answer of the next pair of its language."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.language].append(pair)
    return [
        replace(pair, id=f"{pair.id}~shuffled", response=group[(place + 1) % len(group)].response)
        for group in groups.values()
        for place, pair in enumerate(group)
    ]
