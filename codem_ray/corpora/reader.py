"""Reads corpora row by row: each row becomes a labelled pair or a dropped row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from codem_ray.config import HUB, CorpusConfig
from codem_ray.corpora.compact_map import CompactMap, digest64
from codem_ray.corpora.corpus_files import (
    PLACEHOLDER,
    CorpusFile,
    corpus_files,
    wanted_languages,
)
from codem_ray.corpora.hub_datasets import hub_rows
from codem_ray.corpora.language_labels import label_pair
from codem_ray.corpora.pairs import DroppedRow, DropReason, Pair, RowWithoutPair
from codem_ray.corpora.raw_rows import RawRow, file_rows
from codem_ray.corpora.row_formats import parse_row
from codem_ray.errors import DataError

NAMED_BROKEN_ROWS = 5
"""Broken rows that an error message quotes."""


def read_pairs(
    corpora: Sequence[CorpusConfig], languages: Sequence[str], *, max_broken_share: float
) -> Iterator[Pair | DroppedRow]:
    """Yield every row of the corpora, in order, as a labelled pair or a dropped row.

    A corpus without a wanted language is not opened; `prose` is in corpora of that kind only. A
    repeated id gets corpus and number of the pair appended.

    Raises DataError if a file is missing, if more than `max_broken_share` of its rows are broken
    (known at its end), or if a corpus has no pair, or no column that the sweep file names (known at
    its end).
    """
    seen_ids = CompactMap()
    for number, corpus in enumerate(corpora):
        wanted = wanted_languages(corpus, languages)
        if not wanted:
            continue
        counts: Counter[str] = Counter()
        columns: dict[str, None] = {}
        first = ""
        for file in corpus_files(corpus, languages):
            for item in _read_file(file, corpus, number, wanted, max_broken_share, columns):
                if isinstance(item, Pair):
                    counts["pairs"] += 1
                    yield _with_unique_id(item, seen_ids, counts["pairs"])
                else:
                    counts[item.reason] += 1
                    first = first or f"{item.pair_id}: {item.reason} {item.detail}".rstrip()
                    yield item
        _require_columns(corpus, columns)
        if not counts["pairs"]:
            raise DataError(_no_pair(corpus, wanted, counts, first))


def _read_file(
    file: CorpusFile,
    corpus: CorpusConfig,
    number: int,
    wanted: Sequence[str],
    max_broken_share: float,
    columns: dict[str, None],
) -> Iterator[Pair | DroppedRow]:
    """Yield the rows of a file, and add the names of their columns to `columns`."""
    if file.path is None:
        raw_rows = hub_rows(corpus, file.origin.removeprefix(HUB))
    else:
        raw_rows = file_rows(file.path)
    rows = broken = 0
    examples: list[str] = []
    for row in raw_rows:
        rows += 1
        if isinstance(row.content, dict):
            columns.update(dict.fromkeys(row.content))
        item = _read_row(row, file, corpus, number, wanted)
        if isinstance(item, DroppedRow) and item.reason is DropReason.BROKEN_ROW:
            broken += 1
            if len(examples) < NAMED_BROKEN_ROWS:
                examples.append(f"\n  {item.pair_id}: {item.detail}")
        yield item
    if broken and broken > max_broken_share * rows:
        more = f"\n  and {broken - len(examples)} more" if broken > len(examples) else ""
        raise DataError(
            f"{file.origin}: {broken} of {rows} rows are broken ({broken / rows:.1%}), more than "
            f"data.max_broken_share={max_broken_share:g} allows: repair the file, name its "
            "fields in data.corpora[].columns, or raise the share"
            f"{''.join(examples)}{more}"
        )


def _read_row(
    row: RawRow, file: CorpusFile, corpus: CorpusConfig, number: int, wanted: Sequence[str]
) -> Pair | DroppedRow:
    try:
        pair = parse_row(row, file, corpus, number)
    except RowWithoutPair as error:
        return DroppedRow(
            pair_id=row.place,
            corpus=number,
            origin=file.origin,
            language="",
            reason=error.reason,
            detail=str(error),
        )
    label = label_pair(pair, row, file, corpus)
    if label.language is not None and label.language in wanted:
        return replace(pair, language=label.language, evidence=label.evidence)
    if label.language is not None:
        detail = f"{label.language}: {label.evidence}"
        return DroppedRow.of(pair, DropReason.NOT_WANTED, detail)
    reason = DropReason.OTHER_LANGUAGE if label.is_other else DropReason.UNKNOWN_LANGUAGE
    return DroppedRow.of(pair, reason, label.evidence, unregistered_name=label.unregistered_name)


def _require_columns(corpus: CorpusConfig, columns: Mapping[str, None]) -> None:
    """Raise DataError for a column that the sweep file names and no row has."""
    wanted = {f"columns.{field}": column for field, column in corpus.named_columns.items()}
    if corpus.language_field is not None and PLACEHOLDER not in corpus.path:
        wanted["language_field"] = corpus.language_field
    for key, column in wanted.items():
        if columns and column not in columns:
            raise DataError(
                f"corpus {corpus.path}: {key} is {column!r}, and no row has such a column; the "
                f"columns are {', '.join(map(str, columns))}"
            )


def _with_unique_id(pair: Pair, seen_ids: CompactMap, number: int) -> Pair:
    if seen_ids.add(digest64(pair.id), 0):
        return pair
    unique = f"{pair.id} ({pair.corpus}:{number})"
    while not seen_ids.add(digest64(unique), 0):
        unique += "'"
    return replace(pair, id=unique)


def _no_pair(corpus: CorpusConfig, wanted: Sequence[str], counts: Counter[str], first: str) -> str:
    rows = counts.total()
    reasons = ", ".join(f"{counts[reason]:,} {reason}" for reason in DropReason if counts[reason])
    return (
        f"corpus {corpus.path}: no pair in {', '.join(wanted)} ({rows:,} rows"
        f"{f': {reasons}; the first is {first}' if reasons else ''}): "
        "check data.corpora: path, format, columns, languages, language_field"
    )
