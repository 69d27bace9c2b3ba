"""Reads corpora of instruction pairs; broken rows are counted, named and limited."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.config.models import PROSE, CorpusConfig, CorpusFormat
from codem_ray.data.cleaning import DropReason
from codem_ray.data.language_filter import identify, language_names
from codem_ray.data.rows import BrokenRow, Fields, fields_of
from codem_ray.errors import DataError

NAMED_BROKEN_ROWS = 5
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
STARTER, HUB, PLACEHOLDER = "starter", "hub:", "{language}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One instruction and its answer."""

    id: str
    """From the row, else `file:line`; the same on every machine."""
    instruction: str
    """With the row's input, if it has one."""
    response: str
    language: str
    """Name of a known language, or `prose`."""
    origin: str
    """File or dataset that it comes from."""
    licence: str = "unknown"
    evidence: str = ""
    """What its language was told by."""
    corpus: int = 0
    """Place of its corpus in `data.corpora`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A row that made no pair."""

    pair_id: str
    origin: str
    corpus: int
    reason: DropReason
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusReading:
    """What was read from one corpus."""

    origin: str
    licence: str
    pairs: tuple[Pair, ...]
    rows: int
    broken: tuple[str, ...]
    """`file:line: reason` of each broken row."""
    without_language: int
    """Rows whose language is unknown or none of those wanted."""


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    """`file:line`."""
    content: object
    """The row, or the BrokenRow that it turned out to be."""


def read_corpora(
    corpora: Sequence[CorpusConfig], languages: Sequence[str], *, max_broken_share: float
) -> tuple[CorpusReading, ...]:
    """Read every corpus for the languages wanted; raise DataError for one that cannot be used."""
    return tuple(
        read_corpus(corpus, languages, max_broken_share=max_broken_share) for corpus in corpora
    )


def read_corpus(
    corpus: CorpusConfig, languages: Sequence[str], *, max_broken_share: float
) -> CorpusReading:
    """Read one corpus; raise DataError when a file is missing, too broken, or holds no pair."""
    pairs: list[Pair] = []
    rejected: list[Rejected] = []
    for one in stream_pairs([corpus], languages, max_broken_share=max_broken_share):
        if isinstance(one, Pair):
            pairs.append(one)
        else:
            rejected.append(one)
    broken = tuple(
        f"{one.pair_id}: {one.detail}" for one in rejected if one.reason is DropReason.BROKEN_ROW
    )
    return CorpusReading(
        origin=corpus.path,
        licence=corpus.licence,
        pairs=tuple(pairs),
        rows=len(pairs) + len(rejected),
        broken=broken,
        without_language=len(rejected) - len(broken),
    )


def stream_pairs(
    corpora: Sequence[CorpusConfig], languages: Sequence[str], *, max_broken_share: float
) -> Iterator[Pair | Rejected]:
    """Read corpora row by row, each row a pair or what became of it.

    Raises DataError, at the end of what is wrong, for a file that is missing or too broken and for
    a corpus without a pair.
    """
    for number, corpus in enumerate(corpora):
        wanted = _wanted(corpus, languages)
        if not wanted:
            continue
        rows = num_pairs = 0
        for one in _stream_corpus(corpus, number, wanted, max_broken_share):
            rows += 1
            num_pairs += isinstance(one, Pair)
            yield one
        if not num_pairs:
            raise DataError(
                f"corpus {corpus.path}: no pair in {', '.join(wanted)} ({rows} rows): "
                "check data.corpora: path, format, languages, language_field"
            )


def _wanted(corpus: CorpusConfig, languages: Sequence[str]) -> list[str]:
    if corpus.kind == PROSE:
        return [PROSE] if PROSE in languages else []
    if corpus.path == STARTER and corpus.languages is None:
        return list(languages)
    return [
        name
        for name in languages
        if name != PROSE and (corpus.languages is None or name in corpus.languages)
    ]


def _stream_corpus(
    corpus: CorpusConfig, number: int, wanted: Sequence[str], max_broken_share: float
) -> Iterator[Pair | Rejected]:
    for origin, known_language, found in _files(corpus, wanted):
        broken_here: list[str] = []
        rows_here = 0
        for row in found:
            rows_here += 1
            try:
                if isinstance(row.content, BrokenRow):
                    raise row.content
                fields = fields_of(row.content, corpus.format, known_language)
                _refuse_half_characters(fields)
            except BrokenRow as error:
                broken_here.append(f"{row.place}: {error}")
                yield Rejected(
                    pair_id=row.place,
                    origin=origin,
                    corpus=number,
                    reason=DropReason.BROKEN_ROW,
                    detail=str(error),
                )
                continue
            if known_language or corpus.kind == PROSE:
                told: tuple[str | None, str] = (known_language or PROSE, "corpus")
            else:
                told = _language_of(fields, corpus)
            name, evidence = told
            if name is None or name not in wanted:
                yield Rejected(
                    pair_id=fields.id or row.place,
                    origin=origin,
                    corpus=number,
                    reason=DropReason.UNKNOWN_LANGUAGE if name is None else DropReason.NOT_WANTED,
                    detail=evidence if name is None else name,
                )
                continue
            yield Pair(
                id=fields.id or row.place,
                instruction=fields.instruction,
                response=fields.response,
                language=name,
                origin=origin,
                licence=corpus.licence,
                evidence=evidence,
                corpus=number,
            )
        _refuse_if_too_broken(origin, broken_here, rows_here, max_broken_share)


def _refuse_half_characters(fields: Fields) -> None:
    found = _HALF_CHARACTER.search(f"{fields.id}{fields.instruction}{fields.response}")
    if found is None:
        return
    code = ord(found[0])
    # Bytes that could not be read stand as U+DC80 to U+DCFF.
    is_byte = 0xDC80 <= code <= 0xDCFF
    what = f"the byte 0x{code - 0xDC00:02x}" if is_byte else f"U+{code:04X}, half a character"
    raise BrokenRow(f"not UTF-8: {what}")


def _language_of(fields: Fields, corpus: CorpusConfig) -> tuple[str | None, str]:
    if corpus.language_field is not None:
        value = str(fields.row.get(corpus.language_field)).strip().lower()
        return language_names().get(value), f"field {value!r}"
    found = identify(fields.instruction, fields.response)
    return found.language, found.evidence


def _refuse_if_too_broken(
    origin: str, broken: list[str], rows: int, max_broken_share: float
) -> None:
    if not broken or len(broken) <= max_broken_share * rows:
        return
    named = "\n".join(f"  {line}" for line in broken[:NAMED_BROKEN_ROWS])
    more = len(broken) - NAMED_BROKEN_ROWS
    rest = f"\n  and {more} more" if more > 0 else ""
    raise DataError(
        f"{origin}: {len(broken)} of {rows} rows are broken ({len(broken) / rows:.1%}), more than "
        f"data.max_broken_share={max_broken_share:g} allows: mend the file or raise the share\n"
        f"{named}{rest}"
    )


def _files(
    corpus: CorpusConfig, wanted: Sequence[str]
) -> Iterator[tuple[str, str | None, Iterator[_Row]]]:
    """Yield (origin, language if the file name says it, rows) of each file of a corpus."""
    if corpus.path.startswith(HUB):
        for origin, known in _expanded(corpus.path, wanted):
            yield origin, known, _hub_rows(origin.removeprefix(HUB), corpus.revision)
        return
    if corpus.path == STARTER:
        from codem_ray.starter.assets import corpus_path

        for name in wanted:
            path = corpus_path(name)
            # A language of another package has no pairs of ours.
            if path.is_file():
                yield f"{STARTER}/{path.name}", name, _file_rows(path)
        return
    for origin, known in _expanded(corpus.path, wanted):
        path = Path(origin).expanduser()
        yield path.name, known, _file_rows(path)


def _expanded(path: str, wanted: Sequence[str]) -> list[tuple[str, str | None]]:
    if PLACEHOLDER not in path:
        return [(path, None)]
    return [(path.replace(PLACEHOLDER, name), name) for name in wanted]


def _file_rows(path: Path) -> Iterator[_Row]:
    if not path.is_file():
        raise DataError(
            f"{path}: corpus file not found: check data.corpora[].path "
            f"(a relative path starts from the working directory, {Path.cwd()})"
        )
    kind = [suffix for suffix in path.suffixes if suffix != ".gz"][-1:]
    if kind == [".parquet"]:
        return _parquet_rows(path)
    if kind in ([".jsonl"], [".ndjson"]):
        return _streamed_lines(path)
    try:
        data = path.read_bytes()
        content = gzip.decompress(data) if path.suffix == ".gz" else data
        # A byte that is no UTF-8 breaks its own row, not the file.
        text = content.decode("utf-8-sig", "surrogateescape")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: the corpus file cannot be read: {error}") from error
    if kind == [".csv"]:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        return (_Row(f"{path.name}:{number + 2}", row) for number, row in enumerate(reader))
    if kind == [".json"] and text.lstrip().startswith("["):
        return _array_rows(path, text)
    if kind == [".json"]:
        return _line_rows(path.name, text.split("\n"))
    raise DataError(
        f"{path}: no known kind of corpus file: use .jsonl, .json, .csv or .parquet (.gz too)"
    )


def _streamed_lines(path: Path) -> Iterator[_Row]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(
            path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="\n"
        ) as stream:
            yield from _line_rows(path.name, stream)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: the corpus file cannot be read: {error}") from error


def _line_rows(name: str, lines: Iterable[str]) -> Iterator[_Row]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            content: object = json.loads(line)
        except ValueError as error:
            content = BrokenRow(f"not JSON: {error}")
        yield _Row(f"{name}:{number}", content)


def _array_rows(path: Path, text: str) -> Iterator[_Row]:
    try:
        rows: list[object] = json.loads(text)
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}") from error
    return (_Row(f"{path.name}:{number}", row) for number, row in enumerate(rows, start=1))


def _parquet_rows(path: Path) -> Iterator[_Row]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: the corpus file cannot be read: {error}") from error
    return (_Row(f"{path.name}:{number}", row) for number, row in enumerate(rows, start=1))


def _hub_rows(name: str, revision: str | None) -> Iterator[_Row]:
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise DataError(
            f"the corpus hub:{name} needs the package `datasets`: pip install 'codem-ray[train]'"
        ) from error
    try:
        splits = datasets.load_dataset(name, revision=revision)
    except Exception as error:
        raise DataError(
            f"the corpus hub:{name} (revision {revision or 'main'}) cannot be loaded: {error}"
        ) from error
    return (
        _Row(f"{name}/{split}:{number}", dict(row))
        for split in sorted(splits)
        for number, row in enumerate(splits[split], start=1)
    )


__all__ = [
    "CorpusFormat",
    "CorpusReading",
    "Pair",
    "Rejected",
    "read_corpora",
    "read_corpus",
    "stream_pairs",
]
