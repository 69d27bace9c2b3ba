"""Builds the pairs of a sweep: reads, cleans, counts and stores every row of its corpora."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from codem_ray.config import DataConfig
from codem_ray.corpora.cleaning import Cleaner
from codem_ray.corpora.corpus_files import corpus_digests
from codem_ray.corpora.html_scripts import without_scripts
from codem_ray.corpora.pair_store import PairsInMemory, PairsWriter, RowsWriter
from codem_ray.corpora.pairs import DroppedRow, DropReason, Pair
from codem_ray.corpora.reader import read_pairs
from codem_ray.errors import DataError
from codem_ray.records import Problem
from codem_ray.storage import digest_of

BUILD_VERSION = 3
"""Raised when a build's files or the pairs made from the same corpora change."""
DROPPED = "dropped.parquet"
QUOTED_BROKEN_ROWS = 3
_READING_REASONS = (
    DropReason.BROKEN_ROW,
    DropReason.NOT_WANTED,
    DropReason.OTHER_LANGUAGE,
    DropReason.UNKNOWN_LANGUAGE,
)
"""Reasons of the reader, which say nothing about the quality of a corpus: a corpus of all languages
has many such rows in a sweep of two languages."""

Counts = dict[str, dict[str, int]]


@dataclass(kw_only=True, slots=True)
class BuildFacts:
    """Counts of a build. All keys are strings, as in JSON."""

    digests: list[str] = field(default_factory=list)
    """Digest of each corpus."""
    rows: dict[str, int] = field(default_factory=dict)
    """By corpus."""
    kept: Counts = field(default_factory=dict)
    """Pairs by corpus and language."""
    dropped: Counts = field(default_factory=dict)
    """Rows by corpus and reason."""
    evidence: Counts = field(default_factory=dict)
    """Kept pairs by language and kind of evidence for it."""
    overlap: dict[str, int] = field(default_factory=dict)
    """Contaminated pairs by benchmark."""
    licences: Counts = field(default_factory=dict)
    """Kept pairs by corpus and licence."""
    broken: list[str] = field(default_factory=list)
    """The first broken rows."""
    scripts_stripped: int = 0
    """HTML pairs from which a script was removed."""

    def dropped_by_reason(self) -> dict[str, int]:
        """Return all dropped rows by reason, in the order of DropReason."""
        total = _total(self.dropped)
        return {reason.value: total[reason] for reason in DropReason if total[reason]}

    def drop_summary(self) -> str:
        """Return the number of pairs that cleaning dropped, by reason, as text."""
        return ", ".join(
            f"{count:,} {reason}"
            for reason, count in self.dropped_by_reason().items()
            if reason not in _READING_REASONS
        )

    def kept_by_language(self) -> dict[str, int]:
        """Return all kept pairs by language."""
        return dict(_total(self.kept))

    def count(self, row: Pair | DroppedRow) -> None:
        """Count a kept pair or a dropped row."""
        corpus = str(row.corpus)
        _increment(self.rows, corpus)
        if isinstance(row, Pair):
            _increment(self.kept.setdefault(corpus, {}), row.language)
            _increment(self.licences.setdefault(corpus, {}), row.licence)
            _increment(self.evidence.setdefault(row.language, {}), row.evidence.partition(" ")[0])
            return
        _increment(self.dropped.setdefault(corpus, {}), row.reason.value)
        if row.benchmark:
            _increment(self.overlap, row.benchmark)
        if row.reason is DropReason.BROKEN_ROW and len(self.broken) < QUOTED_BROKEN_ROWS:
            self.broken.append(f"{row.pair_id}: {row.detail}")


def _increment(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


def _total(counts: Counts) -> Counter[str]:
    """Add up the inner counts."""
    return sum(map(Counter, counts.values()), Counter())


def build_key(
    data: DataConfig,
    languages: Sequence[str],
    problems: Iterable[Problem],
    forbidden: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """Return a hash of all inputs of a build, and the digest of each corpus.

    Args:
        data: Corpora (by content, not by folder) and cleaning options.
        languages: Wanted languages.
        problems: Benchmark problems that pairs are compared with.
        forbidden: Available evaluation-only benchmarks, which no corpus may be.
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
    """Build small corpora without writing anything."""
    store = PairsInMemory()
    facts = BuildFacts(digests=digests)
    items = read_pairs(data.corpora, languages, max_broken_share=data.max_broken_share)
    for item in _cleaned(items, data, problems, facts):
        if isinstance(item, Pair):
            store.add(item)
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
    """Build row by row into a folder: kept pairs, their index, and dropped rows.

    Args:
        folder: An existing folder.
        data: Corpora and cleaning options.
        languages: Wanted languages.
        problems: Benchmark problems that pairs are compared with.
        digests: Digest of each corpus.
        forbidden: Problems of benchmarks that no corpus may be, if they are evaluation-only.
        on_row: Called after each row.

    Raises:
        DataError: As `read_pairs`, or a corpus is an evaluation-only benchmark.
    """
    from codem_ray.corpora.decontamination import refuse_evaluation_only

    items = refuse_evaluation_only(
        read_pairs(data.corpora, languages, max_broken_share=data.max_broken_share), forbidden
    )
    facts = BuildFacts(digests=digests)
    with PairsWriter(folder) as kept, RowsWriter(folder / DROPPED, DroppedRow) as dropped:
        for item in _cleaned(items, data, problems, facts):
            if isinstance(item, Pair):
                kept.add(item)
            else:
                dropped.add(item)
            on_row()
    return facts


def _cleaned(
    items: Iterable[Pair | DroppedRow],
    data: DataConfig,
    problems: Iterable[Problem],
    facts: BuildFacts,
) -> Iterator[Pair | DroppedRow]:
    """Clean and count: yield each row that was read, as a dropped row if a check fails."""
    cleaner = Cleaner(problems, data.cleaning)
    for item in items:
        if isinstance(item, Pair):
            if data.html_strip_scripts and item.language == "html":
                response = without_scripts(item.response)
                facts.scripts_stripped += response != item.response
                item = replace(item, response=response)
            item = cleaner.check(item) or item
        facts.count(item)
        yield item


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
                        yield DroppedRow(**{**values, "reason": DropReason(values["reason"])})
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"{path}: the dropped rows cannot be read ({error}): delete the folder and run again"
        ) from error
