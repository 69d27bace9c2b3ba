"""Draws the pairs of each source: equal budgets, and the same draw on every machine."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
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
from codem_ray.tokens.shuffled_answers import Fits, swap_answers

PAIRS, TARGET_TOKENS = "pairs", "target tokens"
Rows = Sequence[int]
"""Rows of a store of pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """The documents that one phase of a source is trained on."""

    prompts: Rows
    """Row of each document's instruction."""
    answers: Rows
    """Row of each document's response; differs from `prompts` in `shuffled` only."""
    distinct: int
    """Number of different documents; smaller than all if documents are repeated."""

    @property
    def repeats(self) -> float:
        """Average number of times that a document occurs."""
        return len(self.prompts) / max(1, self.distinct)


Phases = tuple[Draw, ...]
"""The draws of a source in training order: one, or several for a sequence of sources."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceDraws:
    """The draws of a sweep: those of each source for which a model is trained."""

    phases: Mapping[str, Phases]
    """Draws by source name."""
    amount: int
    """Budget of each draw except `union`, in `unit`."""
    unit: str
    """PAIRS or TARGET_TOKENS."""
    notes: tuple[str, ...]
    """Deviations from the budget or the mixture in the sweep file."""


def languages_needed(
    sources: Iterable[Source],
    mixture: Mapping[str, float] | None = None,
    *,
    held_out: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the languages that the sources draw from, in registry order, then `prose`.

    Those of which pairs are `held_out` are among them.
    """
    named: set[str] = set(held_out)
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
    """Return the sources for which a model is trained in this sweep."""
    return [s for s in sources if not isinstance(s, ExternalModel) and s != BASE]


def draw_sources(
    index: PairIndex,
    sources: Sequence[Source],
    data: DataConfig,
    *,
    target_tokens: Sequence[int] | None = None,
    fits: Fits | None = None,
) -> SourceDraws:
    """Draw the documents of every trained source.

    Each language, `mixed`, each control and each phase of a sequence gets the budget; `union` gets
    all pairs. Every draw is a prefix of an order that depends on the seed alone, so a smaller
    budget draws a subset of a larger one. A budget in tokens is met to within half a pair.

    Args:
        index: Index of the kept pairs.
        sources: As in the sweep file.
        data: Budget, mixture, shortage and seed.
        target_tokens: Answer tokens of each row, for a budget in tokens.
        fits: Which documents may be drawn; None allows all.

    Raises:
        DataError: A source has no pairs, or less than the budget and `data.shortage` is `refuse`.
    """
    ranked = index.ranked(data.seed, lambda row: fits is None or fits(row, row))
    code = {name: ranked[name] for name in LANGUAGES if name in ranked}
    drawer = _Drawer(index, data, target_tokens)
    mixed = drawer.mix(code)
    pools: dict[str, dict[str, _Pool]] = {}
    for source in trained_sources(sources):
        name = source_name(source)
        if source == UNION:
            pools[name] = {UNION: _Pool.of(array("q", chain.from_iterable(code.values())))}
        elif source == MIXED:
            pools[name] = {MIXED: _Pool.of(mixed)}
        elif source == SHUFFLED:
            pools[name] = {MIXED: _Pool(*swap_answers(index, mixed, fits))}
        else:
            parts = source if isinstance(source, tuple) else (name,)
            pools[name] = {part: _Pool.of(ranked.get(part, ())) for part in parts}
    return drawer.draw(pools, code)


@dataclass(frozen=True, slots=True)
class _Pool:
    """The documents that a draw may take, in drawing order."""

    prompts: Rows
    answers: Rows

    @classmethod
    def of(cls, rows: Rows) -> _Pool:
        """Pair each row's instruction with its own response."""
        return cls(rows, rows)


class _Drawer:
    """Applies budget, mixture and shortage, and notes deviations."""

    def __init__(
        self, index: PairIndex, data: DataConfig, target_tokens: Sequence[int] | None
    ) -> None:
        self._index, self._data = index, data
        has_token_budget = data.target_tokens is not None
        self._unit = TARGET_TOKENS if has_token_budget else PAIRS
        self._costs = target_tokens if has_token_budget else None
        self._notes: list[str] = []

    def mix(self, code: Mapping[str, Rows]) -> Rows:
        """Order the rows of all languages so that every prefix has the mixture's shares.

        When a language is used up, the others continue in proportion to their shares.
        """
        shares = self._data.mixture or dict.fromkeys(code, 1.0)
        if missing := [name for name in shares if not code.get(name)]:
            self._notes.append(f"mixed: no pairs in {', '.join(missing)}; the others fill up")
        ranked = [
            self._by_share(rows, number, shares[name])
            for number, (name, rows) in enumerate(code.items())
            if name in shares
        ]
        return array("q", (row for _, _, row in merge(*ranked)))

    def _by_share(self, rows: Rows, number: int, share: float) -> Iterator[tuple[float, int, int]]:
        """Yield cost so far over share, number of the language, and row."""
        total = 0
        for row in rows:
            total += self._cost(row)
            yield total / share, number, row

    def draw(
        self, pools: Mapping[str, Mapping[str, _Pool]], code: Mapping[str, Rows]
    ) -> SourceDraws:
        """Take the budget from each pool.

        Args:
            pools: By source, then by part of the source: a language, `mixed` or `union`.
            code: Rows of each language.
        """
        supplies = {
            (name, part): sum(map(self._cost, pool.answers))
            for name, parts in pools.items()
            for part, pool in parts.items()
        }
        for (name, part), supply in supplies.items():
            if not supply:
                raise DataError(
                    f"source {name}: 0 pairs{_in_language(part)} after cleaning: add a "
                    "corpus, or remove the source"
                )
        amount = self._amount(supplies, code)
        phases = {
            name: tuple(
                self._take(name, part, pool, None if part == UNION else amount)
                for part, pool in parts.items()
            )
            for name, parts in pools.items()
        }
        return SourceDraws(
            phases=phases, amount=amount, unit=self._unit, notes=tuple(dict.fromkeys(self._notes))
        )

    def _cost(self, answer: int) -> int:
        return 1 if self._costs is None else self._costs[answer]

    def _amount(self, supplies: Mapping[tuple[str, str], int], code: Mapping[str, Rows]) -> int:
        """Return the budget, shrunk to the smallest supply if `data.shortage` is `shrink`."""
        limited = {key: supply for key, supply in supplies.items() if key[1] != UNION}
        smallest = min(limited.values(), default=0)
        budget = self._data.target_tokens or self._data.pairs
        if budget is None:
            if limited and all(part == MIXED for _, part in limited):
                # `mixed` alone gets as many pairs as a sweep of single languages would give it.
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
            f"source {name}: {supply:,} {self._unit}{_in_language(part)} after cleaning, but "
            f"the budget is {budget:,}: set {key} to {supply} or less, add a corpus, or choose "
            f"data.shortage: `repeat` (each pair {budget / supply:.1f} times) or `shrink` (all "
            f"sources to {supply:,}){others}"
        )

    def _take(self, name: str, part: str, pool: _Pool, amount: int | None) -> Draw:
        size = len(pool.prompts)
        count = size if amount is None else self._count(pool.answers, amount)
        prompts, answers = (
            array("q", (rows[number % size] for number in range(count)))
            for rows in (pool.prompts, pool.answers)
        )
        if count > size:
            self._notes.append(
                f"{name}: {size:,} pairs{_in_language(part)} are repeated "
                f"{count / size:.1f} times to make {amount:,} {self._unit} (data.shortage: repeat)"
            )
        elif part == MIXED:
            self._note_used_up(name, prompts, pool.prompts)
        return Draw(prompts=prompts, answers=answers, distinct=min(count, size))

    def _count(self, answers: Rows, amount: int) -> int:
        """Return how many documents, repeated if needed, cost nearest to an amount."""
        if self._costs is None:
            return amount
        rounds, left = divmod(amount, sum(map(self._cost, answers)))
        count = rounds * len(answers)
        for answer in answers:
            # A pair brings the sum nearer to the amount if at least half of its cost is left.
            if 2 * left < self._cost(answer) or not left:
                break
            count += 1
            left -= self._cost(answer)
        return max(1, count)

    def _note_used_up(self, name: str, taken: Rows, pool: Rows) -> None:
        """Note the languages of a mixture that are used up before others."""
        available, used = language_counts(self._index, pool), language_counts(self._index, taken)
        used_up = [language for language in available if used[language] == available[language]]
        if used_up and len(used_up) < len(available):
            listed = ", ".join(f"{language} ({available[language]:,})" for language in used_up)
            self._notes.append(f"{name}: all pairs of {listed} are used; the others fill up")


def _in_language(part: str) -> str:
    return "" if part in (MIXED, UNION, PROSE) else f" in {part}"


def language_counts(index: PairIndex, rows: Rows) -> Counter[str]:
    """Count rows by language; a repeated row counts each time."""
    return Counter(map(index.language_of, rows))


def draw_digest(index: PairIndex, draw: Draw) -> str:
    """Return a hash of the texts of a draw; it does not depend on the store."""
    content = hashlib.sha256()
    for prompt, answer in zip(draw.prompts, draw.answers, strict=True):
        content.update(index.content_digest(prompt) + index.answer_digest(answer))
    return content.hexdigest()[:16]
