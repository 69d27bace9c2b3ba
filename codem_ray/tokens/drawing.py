"""Draws the pairs of each source, at equal budgets and the same on every machine."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain

from codem_ray.config import (
    BASE,
    MIXED,
    PROSE,
    SHUFFLED,
    UNION,
    DataConfig,
    ExternalModel,
    Source,
    source_name,
)
from codem_ray.corpora.pair_index import PairIndex
from codem_ray.errors import DataError
from codem_ray.languages import LANGUAGES
from codem_ray.tokens.shuffled_answers import Fits, swapped

PAIRS, TARGET_TOKENS = "pairs", "target tokens"
Rows = Sequence[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """The pairs that one phase of a source is trained on."""

    prompts: Rows
    """Rows of the store whose instructions are asked."""
    answers: Rows
    """Rows whose answers are given to them: the same but for `shuffled`."""
    distinct: int
    """Different rows among the prompts; fewer where pairs are repeated."""

    @property
    def repeats(self) -> float:
        """How often a pair comes, on average."""
        return len(self.prompts) / max(1, self.distinct)


Phases = tuple[Draw, ...]
"""Draws that are trained one after the other; one, except for a sequence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """The draws of all trained sources of a sweep."""

    phases: Mapping[str, Phases]
    """By source name."""
    amount: int
    """What each draw came to be offered, `union` excepted, in the unit."""
    unit: str
    notes: tuple[str, ...]
    """What differs from the sweep file's plain sense."""


def languages_needed(
    sources: Iterable[Source], mixture: Mapping[str, float] | None = None
) -> tuple[str, ...]:
    """Return the languages whose pairs the sources draw on, in the order of the registry.

    `prose` comes last where it is asked for.
    """
    named: set[str] = set()
    for source in sources:
        if isinstance(source, tuple):
            named.update(source)
        elif source == UNION:
            named.update(LANGUAGES)
        elif source in (MIXED, SHUFFLED):
            named.update(mixture or LANGUAGES)
        elif isinstance(source, str) and (source in LANGUAGES or source == PROSE):
            named.add(source)
    return tuple(name for name in (*LANGUAGES, PROSE) if name in named)


def trained_sources(sources: Iterable[Source]) -> list[Source]:
    """Return the sources that a model is tuned on here."""
    return [s for s in sources if not isinstance(s, ExternalModel) and s != BASE]


def draw_sources(
    index: PairIndex,
    sources: Sequence[Source],
    data: DataConfig,
    *,
    target_tokens: Sequence[int] | None = None,
    fits: Fits | None = None,
) -> Drawing:
    """Draw the documents of every source that is trained.

    Each language, `mixed`, each control and each stage of a sequence gets the budget; `union` gets
    all. Every draw is a front part of an order that depends on the seed alone, so a smaller budget
    draws a subset of a larger one. A budget in tokens is met to half a pair.

    Args:
        index: Of the kept pairs.
        sources: As in the sweep file.
        data: Budget, mixture, shortage and seed.
        target_tokens: Answer tokens of each row, for a budget in tokens.
        fits: Which documents may be drawn; None: all.

    Raises:
        DataError: a source has no pairs, or fewer than the budget and `data.shortage` refuses that.
    """
    ranked = index.ranked(data.seed, lambda row: fits is None or fits(row, row))
    code = {name: ranked[name] for name in LANGUAGES if name in ranked}
    unit = PAIRS if data.target_tokens is None else TARGET_TOKENS
    drawer = _Drawer(index, data, None if unit == PAIRS else target_tokens, unit)
    mixed = drawer.mixed(code)
    pools: dict[str, dict[str, _Pool]] = {}
    for source in trained_sources(sources):
        name = source_name(source)
        if source == UNION:
            pools[name] = {UNION: _Pool.of(array("q", chain.from_iterable(code.values())))}
        elif source == MIXED:
            pools[name] = {MIXED: _Pool.of(mixed)}
        elif source == SHUFFLED:
            pools[name] = {MIXED: _Pool(*swapped(index, mixed, fits))}
        else:
            parts = source if isinstance(source, tuple) else (name,)
            pools[name] = {part: _Pool.of(ranked.get(part, ())) for part in parts}
    return drawer.drawn(pools, code)


@dataclass(frozen=True, slots=True)
class _Pool:
    """The documents that a source may draw, in the order of drawing."""

    prompts: Rows
    answers: Rows

    @classmethod
    def of(cls, rows: Rows) -> _Pool:
        return cls(rows, rows)


class _Drawer:
    def __init__(
        self, index: PairIndex, data: DataConfig, costs: Sequence[int] | None, unit: str
    ) -> None:
        self._index, self._data, self._costs, self._unit = index, data, costs, unit
        self._notes: list[str] = []

    def mixed(self, code: Mapping[str, Rows]) -> Rows:
        """Order the languages' rows so that every front part has the mixture's shares.

        Where a language has no more, the others go on by their shares.
        """
        shares = self._data.mixture or dict.fromkeys(code, 1.0)
        if lacking := [name for name in shares if not code.get(name)]:
            self._notes.append(f"mixed: no pairs in {', '.join(lacking)}; the others make it up")
        placed = [
            self._placed(rows, place, shares[name])
            for place, (name, rows) in enumerate(code.items())
            if name in shares
        ]
        return array("q", (row for _, _, row in merge(*placed)))

    def _placed(self, rows: Rows, place: int, share: float) -> Iterator[tuple[float, int, int]]:
        total = 0
        for row in rows:
            total += self._cost(row)
            yield total / share, place, row

    def drawn(self, pools: Mapping[str, Mapping[str, _Pool]], code: Mapping[str, Rows]) -> Drawing:
        """Take the budget from every source's pools."""
        supplies = {
            (name, part): sum(map(self._cost, pool.answers))
            for name, parts in pools.items()
            for part, pool in parts.items()
        }
        for (name, part), supply in supplies.items():
            if not supply:
                raise DataError(
                    f"source {name}: 0 pairs{_of(name, part)} after cleaning: add a corpus, or "
                    "leave the source out"
                )
        amount = self._amount(supplies, code)
        phases = {
            name: tuple(
                self._take(name, part, pool, None if part == UNION else amount)
                for part, pool in parts.items()
            )
            for name, parts in pools.items()
        }
        return Drawing(
            phases=phases, amount=amount, unit=self._unit, notes=tuple(dict.fromkeys(self._notes))
        )

    def _cost(self, answer: int) -> int:
        return 1 if self._costs is None else self._costs[answer]

    def _amount(self, supplies: Mapping[tuple[str, str], int], code: Mapping[str, Rows]) -> int:
        """Return the budget, after what `data.shortage` says of sources that cannot meet it."""
        limited = {key: supply for key, supply in supplies.items() if key[1] != UNION}
        smallest = min(limited.values(), default=0)
        budget = self._data.target_tokens or self._data.pairs
        if budget is None:
            if limited and all(part == MIXED for _, part in limited):
                # `mixed` stands for one language: with none beside it, for the smallest there is.
                shares = self._data.mixture or code
                smallest = min(smallest, *(len(code[n]) for n in code if n in shares))
            return smallest
        short = {key: supply for key, supply in limited.items() if supply < budget}
        if not short or self._data.shortage == "repeat":
            return budget
        (name, part), least = min(short.items(), key=lambda item: item[1])
        if self._data.shortage == "refuse":
            raise DataError(self._refusal(name, part, least, budget, len(short)))
        self._notes.append(
            f"all sources are shrunk from {budget:,} to {least:,} {self._unit}, which is what "
            f"{name} has (data.shortage: shrink)"
        )
        return least

    def _refusal(self, name: str, part: str, supply: int, budget: int, num_short: int) -> str:
        key = "data.pairs" if self._unit == PAIRS else "data.target_tokens"
        others = f"; {num_short - 1} more are short" if num_short > 1 else ""
        return (
            f"source {name}: {supply:,} {self._unit}{_of(name, part)} after cleaning, and "
            f"{budget:,} are asked for: set {key} to {supply} or less, add a corpus, or choose "
            f"data.shortage: `repeat` (each pair {budget / supply:.1f} times) or `shrink` (all "
            f"sources to {supply:,}){others}"
        )

    def _take(self, name: str, part: str, pool: _Pool, amount: int | None) -> Draw:
        size = len(pool.prompts)
        count = size if amount is None else self._count(pool.answers, amount)
        prompts, answers = (
            array("q", (rows[place % size] for place in range(count)))
            for rows in (pool.prompts, pool.answers)
        )
        if count > size:
            self._notes.append(
                f"{name}: {size:,} pairs{_of(name, part)} are repeated {count / size:.1f} times to "
                f"make {amount:,} {self._unit} (data.shortage: repeat)"
            )
        elif part == MIXED:
            self._note_uneven(name, prompts, pool.prompts)
        return Draw(prompts=prompts, answers=answers, distinct=min(count, size))

    def _count(self, answers: Sequence[int], amount: int) -> int:
        """Return how many documents, repeated without end, come nearest to an amount."""
        if self._costs is None:
            return amount
        rounds, left = divmod(amount, sum(map(self._cost, answers)))
        count = rounds * len(answers)
        for answer in answers:
            # Where half of a pair's cost or more is missing, it comes nearer with the pair.
            if 2 * left < self._cost(answer) or not left:
                break
            count += 1
            left -= self._cost(answer)
        return max(1, count)

    def _note_uneven(self, name: str, taken: Sequence[int], pool: Sequence[int]) -> None:
        """Say which languages of a mixture have run out while others go on."""
        have, got = _counts(self._index, pool), _counts(self._index, taken)
        out = [one for one in have if got.get(one) == have[one]]
        if out and len(out) < len(have):
            told = ", ".join(f"{one} ({have[one]:,})" for one in out)
            self._notes.append(f"{name}: all pairs of {told} are in it; the others fill it up")


def _of(name: str, part: str) -> str:
    return "" if part in (MIXED, UNION, PROSE) else f" in {part}"


def _counts(index: PairIndex, rows: Iterable[int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        name = index.language_of(row)
        counts[name] = counts.get(name, 0) + 1
    return counts


def language_counts(index: PairIndex, draw: Draw) -> dict[str, int]:
    """Return how many pairs of each language a draw has, repeats included."""
    return _counts(index, draw.prompts)


def draw_digest(index: PairIndex, draw: Draw) -> str:
    """Return a hash of the texts of a draw, whatever store they are read from."""
    content = hashlib.sha256()
    for prompt, answer in zip(draw.prompts, draw.answers, strict=True):
        content.update(index.content_digest(prompt) + index.answer_digest(answer))
    return content.hexdigest()[:16]
