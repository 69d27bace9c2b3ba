"""Builds the pairs of a sweep: reads, cleans, counts and stores every row of its corpora."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from codem_ray.config import DataConfig
from codem_ray.corpora.build_facts import BuildFacts
from codem_ray.corpora.cleaning import Cleaner
from codem_ray.corpora.corpus_files import corpus_digests
from codem_ray.corpora.html_scripts import without_scripts
from codem_ray.corpora.pair_store import PairsInMemory, PairsWriter, RowsWriter
from codem_ray.corpora.pairs import DroppedRow, DropReason, Pair
from codem_ray.corpora.reader import read_pairs
from codem_ray.errors import DataError
from codem_ray.records import Problem
from codem_ray.storage import digest_of

BUILD_VERSION = 4
"""Increased when a release makes other files or pairs from the same corpora."""
DROPPED = "dropped.parquet"


def build_key(
    data: DataConfig,
    languages: Sequence[str],
    problems: Iterable[Problem],
    forbidden: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """Return a hash of all inputs of a build, and the digest of each corpus.

    Corpora count by content, not by folder. Pairs are compared with `problems`. No corpus may be
    one of the evaluation-only benchmarks in `forbidden`.
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

    Pairs are compared with `problems`. No corpus may be an evaluation-only benchmark whose problems
    are among `forbidden`. `on_row` is called after each row.

    Raises DataError as `read_pairs` does, and for a corpus that is an evaluation-only benchmark.
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
    problems: Sequence[Problem],
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
