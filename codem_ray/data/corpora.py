"""Reads corpora of instruction pairs; broken rows are counted, named and limited."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.config.models import CorpusConfig, CorpusFormat
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
    """Name of a known language."""
    origin: str
    """File or dataset that it comes from."""
    licence: str = "unknown"


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
    wanted = [name for name in languages if corpus.languages is None or name in corpus.languages]
    pairs: list[Pair] = []
    broken: list[str] = []
    rows = without_language = 0
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
                continue
            name = known_language or _language_of(fields, corpus)
            if name is None or name not in wanted:
                without_language += 1
                continue
            pairs.append(
                Pair(
                    id=fields.id or row.place,
                    instruction=fields.instruction,
                    response=fields.response,
                    language=name,
                    origin=origin,
                    licence=corpus.licence,
                )
            )
        _refuse_if_too_broken(origin, broken_here, rows_here, max_broken_share)
        rows += rows_here
        broken += broken_here
    if not pairs:
        raise DataError(
            f"corpus {corpus.path}: no pair in {', '.join(wanted) or 'any language of the sweep'} "
            f"({rows} rows, {len(broken)} broken, {without_language} in no wanted language): "
            "check data.corpora: path, format, languages, language_field"
        )
    return CorpusReading(
        origin=corpus.path,
        licence=corpus.licence,
        pairs=tuple(pairs),
        rows=rows,
        broken=tuple(broken),
        without_language=without_language,
    )


def _refuse_half_characters(fields: Fields) -> None:
    found = _HALF_CHARACTER.search(f"{fields.id}{fields.instruction}{fields.response}")
    if found is None:
        return
    code = ord(found[0])
    # Bytes that could not be read stand as U+DC80 to U+DCFF.
    is_byte = 0xDC80 <= code <= 0xDCFF
    what = f"the byte 0x{code - 0xDC00:02x}" if is_byte else f"U+{code:04X}, half a character"
    raise BrokenRow(f"not UTF-8: {what}")


def _language_of(fields: Fields, corpus: CorpusConfig) -> str | None:
    if corpus.language_field is not None:
        value = fields.row.get(corpus.language_field)
        return language_names().get(str(value).strip().lower())
    return identify(fields.instruction, fields.response).language


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
    if kind in ([".jsonl"], [".json"], [".ndjson"]):
        return _line_rows(path.name, text)
    raise DataError(
        f"{path}: no known kind of corpus file: use .jsonl, .json, .csv or .parquet (.gz too)"
    )


def _line_rows(name: str, text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.split("\n"), start=1):
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


__all__ = ["CorpusFormat", "CorpusReading", "Pair", "read_corpora", "read_corpus"]
