"""Makes the kept pairs of a sweep's corpora: read, stripped where asked, sifted, counted."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from codem_ray.config import DataConfig
from codem_ray.corpora.cleaning import sift
from codem_ray.corpora.corpus_files import corpus_digests
from codem_ray.corpora.html_scripts import without_scripts
from codem_ray.corpora.pair_store import PairsInMemory, PairsWriter, RowsWriter
from codem_ray.corpora.pairs import Dropped, DropReason, Pair, Rejected
from codem_ray.corpora.reader import read_pairs
from codem_ray.errors import DataError
from codem_ray.records import Problem
from codem_ray.storage import digest_of

BUILD_VERSION = 2
"""Raised when the code makes other pairs of the same files."""
DROPPED = "dropped.parquet"
_SHOWN = 3
_NO_NEWS = (
    DropReason.BROKEN_ROW,
    DropReason.NOT_WANTED,
    DropReason.OTHER_LANGUAGE,
    DropReason.UNKNOWN_LANGUAGE,
)
_EVIDENCE_WORDS = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class DroppedRow:
    """A row that is not trained on, and why."""

    pair_id: str
    corpus: int
    origin: str
    language: str
    """Empty where it was not told."""
    reason: str
    detail: str


@dataclass(kw_only=True, slots=True)
class BuildFacts:
    """Counts of a build; keys are texts, so that they survive JSON."""

    digests: list[str] = field(default_factory=list)
    """Of each corpus's files."""
    rows: dict[str, int] = field(default_factory=dict)
    """By corpus."""
    kept: dict[str, dict[str, int]] = field(default_factory=dict)
    """Corpus to language to pairs."""
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    """Corpus to reason to rows."""
    evidence: dict[str, dict[str, int]] = field(default_factory=dict)
    """Language to kind of evidence to kept pairs."""
    overlap: dict[str, int] = field(default_factory=dict)
    """Benchmark to pairs dropped for what they share with it."""
    licences: dict[str, dict[str, int]] = field(default_factory=dict)
    """Corpus to licence to kept pairs."""
    broken: list[str] = field(default_factory=list)
    """The first broken rows."""
    scripts_stripped: int = 0
    """HTML pairs that had a script."""

    def dropped_by_reason(self) -> dict[str, int]:
        """Return all drops by reason, in the order of cleaning."""
        total: Counter[str] = Counter()
        for counts in self.dropped.values():
            total.update(counts)
        return {reason.value: total[reason] for reason in DropReason if total[reason]}

    def drop_summary(self) -> str:
        """Say how many pairs the cleaning dropped, by reason.

        A corpus of all languages serves a sweep of two: rows in others are no news.
        """
        counts = self.dropped_by_reason()
        return ", ".join(
            f"{count:,} {reason}" for reason, count in counts.items() if reason not in _NO_NEWS
        )

    def kept_by_language(self) -> dict[str, int]:
        """Return all kept pairs by language."""
        total: Counter[str] = Counter()
        for counts in self.kept.values():
            total.update(counts)
        return dict(total)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


class _Sink(Protocol):
    def add(self, pair: Pair) -> None: ...


def build_key(
    data: DataConfig,
    languages: Sequence[str],
    problems: Iterable[Problem],
    forbidden: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """Return a hash of all that a build depends on, and the digests of the corpora's files.

    A changed file behind an unchanged name gives another key. Where a file lies gives none.
    `forbidden` names the benchmarks for evaluation only that the corpora are held against: a build
    made where one of them was not at hand is none where it is.
    """
    digests = corpus_digests(data.corpora, languages)
    corpora = [corpus.model_dump(mode="json", exclude={"path"}) for corpus in data.corpora]
    key = digest_of(
        [
            BUILD_VERSION,
            digests,
            corpora,
            list(languages),
            sorted(forbidden),
            data.max_broken_share,
            data.cleaning.model_dump(mode="json"),
            data.html_strip_scripts,
            _problems_digest(problems) if data.decontaminate else None,
        ]
    )
    return key, digests


def _problems_digest(problems: Iterable[Problem]) -> str:
    content = hashlib.sha256()
    for problem in problems:
        parts = (problem.benchmark, problem.task_id, problem.prompt, problem.instruction)
        content.update("\0".join((*parts, problem.reference or "", "\n")).encode())
    return content.hexdigest()


def build_in_memory(
    data: DataConfig, languages: Sequence[str], problems: Sequence[Problem], digests: list[str]
) -> tuple[PairsInMemory, BuildFacts]:
    """Make the pairs of small corpora without writing anything."""
    store = PairsInMemory()
    facts = BuildFacts(digests=digests)
    rows = read_pairs(data.corpora, languages, max_broken_share=data.max_broken_share)
    for _ in _built(rows, data, problems, store, facts):
        pass
    return store, facts


def build_to_folder(
    folder: Path,
    data: DataConfig,
    languages: Sequence[str],
    problems: Sequence[Problem],
    digests: list[str],
    *,
    forbidden: Iterable[Problem] = (),
    on_row: Callable[[], None] = lambda: None,
) -> BuildFacts:
    """Make the pairs row by row into a folder: kept pairs, their index, and dropped rows.

    A corpus that is a benchmark of `forbidden`, which is for evaluation only, raises DataError.
    `on_row` is called for each row that was read.
    """
    from codem_ray.corpora.decontamination import refuse_evaluation_only

    rows = refuse_evaluation_only(
        read_pairs(data.corpora, languages, max_broken_share=data.max_broken_share), forbidden
    )
    facts = BuildFacts(digests=digests)
    columns = list(DroppedRow.__dataclass_fields__)
    with ExitStack() as stack:
        kept = stack.enter_context(PairsWriter(folder))
        dropped = stack.enter_context(RowsWriter(folder / DROPPED, columns))
        for row in _built(rows, data, problems, kept, facts, on_row):
            dropped.add(row)
    return facts


def read_dropped(folder: Path, reason: str | None = None) -> Iterator[DroppedRow]:
    """Yield the dropped rows of a build, or those of one reason."""
    import pyarrow as pa
    from pyarrow import parquet

    path = folder / DROPPED
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                for values in batch.to_pylist():
                    if reason is None or values["reason"] == reason:
                        yield DroppedRow(**values)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"{path}: the rows left out cannot be read ({error}): delete the folder and run again"
        ) from error


def _built(
    rows: Iterable[Pair | Rejected],
    data: DataConfig,
    problems: Sequence[Problem],
    kept: _Sink,
    facts: BuildFacts,
    on_row: Callable[[], None] = lambda: None,
) -> Iterator[DroppedRow]:
    """Put kept pairs into the sink and counts into the facts, and yield what was dropped."""
    rejected: list[Rejected] = []
    pairs = _pairs_of(rows, data, rejected, facts, on_row)
    for pair, dropped in sift(pairs, problems=problems, options=data.cleaning):
        yield from _drain(rejected, facts)
        if dropped is None:
            kept.add(pair)
            _count_kept(pair, facts)
        else:
            if dropped.benchmark:
                facts.overlap[dropped.benchmark] = facts.overlap.get(dropped.benchmark, 0) + 1
            yield _count_dropped(_dropped_pair(pair, dropped), facts)
    yield from _drain(rejected, facts)


def _pairs_of(
    rows: Iterable[Pair | Rejected],
    data: DataConfig,
    rejected: list[Rejected],
    facts: BuildFacts,
    on_row: Callable[[], None],
) -> Iterator[Pair]:
    for one in rows:
        on_row()
        if isinstance(one, Rejected):
            rejected.append(one)
        elif data.html_strip_scripts and one.language == "html":
            response = without_scripts(one.response)
            facts.scripts_stripped += response != one.response
            yield replace(one, response=response)
        else:
            yield one


def _drain(rejected: list[Rejected], facts: BuildFacts) -> Iterator[DroppedRow]:
    for one in rejected:
        if one.reason is DropReason.BROKEN_ROW and len(facts.broken) < _SHOWN:
            facts.broken.append(f"{one.pair_id}: {one.detail}")
        row = DroppedRow(
            pair_id=one.pair_id,
            corpus=one.corpus,
            origin=one.origin,
            language="",
            reason=one.reason.value,
            detail=one.detail,
        )
        yield _count_dropped(row, facts)
    rejected.clear()


def _dropped_pair(pair: Pair, dropped: Dropped) -> DroppedRow:
    return DroppedRow(
        pair_id=pair.id,
        corpus=pair.corpus,
        origin=pair.origin,
        language=pair.language,
        reason=dropped.reason.value,
        detail=dropped.detail,
    )


def _count_dropped(row: DroppedRow, facts: BuildFacts) -> DroppedRow:
    _count(facts.dropped, str(row.corpus), row.reason)
    facts.rows[str(row.corpus)] = facts.rows.get(str(row.corpus), 0) + 1
    return row


def _count_kept(pair: Pair, facts: BuildFacts) -> None:
    corpus = str(pair.corpus)
    facts.rows[corpus] = facts.rows.get(corpus, 0) + 1
    _count(facts.kept, corpus, pair.language)
    _count(facts.licences, corpus, pair.licence)
    kind = " ".join(pair.evidence.split()[:_EVIDENCE_WORDS]) or "not said"
    _count(facts.evidence, pair.language, kind)


def _count(counts: dict[str, dict[str, int]], first: str, second: str) -> None:
    inner = counts.setdefault(first, {})
    inner[second] = inner.get(second, 0) + 1


def facts_from(raw: Mapping[str, Any]) -> BuildFacts:
    """Read what `to_json` gave."""
    return BuildFacts(**{name: raw[name] for name in BuildFacts.__dataclass_fields__})
