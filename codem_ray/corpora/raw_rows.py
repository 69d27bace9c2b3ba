"""Rows of corpus files, streamed from files of any size."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from codem_ray.corpora.json_arrays import array_elements
from codem_ray.errors import DataError

_PARQUET_ROWS = 512
"""Rows of a Parquet file that are decoded together."""
_COMPRESSED = (".gz", ".zst")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as read from a file."""

    place: str
    """`file:line`."""
    content: Any
    """An object of JSON if the corpus is valid; None if the row cannot be decoded."""
    error: str = ""
    """Why the row cannot be decoded."""


def file_rows(path: Path) -> Iterator[RawRow]:
    """Yield the rows of a file one at a time.

    The file's name decides the format: JSON lines, a JSON array, CSV, TSV or Parquet, all but the
    last also with `.gz` or `.zst`. A byte that is not UTF-8 becomes a lone surrogate in its row.

    Raises:
        DataError: The file is missing, has an unknown format, or is damaged so that later rows
            cannot be found.
    """
    if path.is_dir():
        raise DataError(
            f"{path}: a folder cannot be a corpus: name its files, as in {path}/*.jsonl or "
            f"{path}/**/*.parquet"
        )
    if not path.is_file():
        raise DataError(
            f"{path}: corpus file not found: check data.corpora[].path "
            f"(a relative path starts from the working directory, {Path.cwd()})"
        )
    suffixes = (suffix.lower() for suffix in reversed(path.suffixes))
    suffix = next((suffix for suffix in suffixes if suffix not in _COMPRESSED), "")
    try:
        if suffix == ".parquet":
            yield from _parquet_rows(path)
        elif suffix in _SEPARATORS:
            with _open_text(path) as file:
                yield from _csv_rows(path.name, file, _SEPARATORS[suffix])
        elif suffix in (".jsonl", ".json", ".ndjson"):
            is_array = suffix == ".json" and _is_array(path)
            with _open_text(path) as file:
                yield from _array_rows(path, file) if is_array else _line_rows(path.name, file)
        else:
            raise DataError(
                f"{path}: unknown format {suffix!r}: use .jsonl, .ndjson, .json, .csv or .tsv "
                "(also with .gz or .zst), or .parquet"
            )
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: the corpus file cannot be read: {error}") from error


def _open_text(path: Path) -> IO[str]:
    # Only "\n" ends a line: JSON strings and CSV fields may contain other line separators.
    return io.TextIOWrapper(
        _open_bytes(path), encoding="utf-8-sig", errors="surrogateescape", newline="\n"
    )


def _open_bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    match path.suffix.lower():
        case ".gz":
            return gzip.open(path)
        case ".zst":
            import pyarrow as pa

            return pa.input_stream(str(path), compression="zstd")  # type: ignore[no-any-return]
        case _:
            return path.open("rb")


def _is_array(path: Path) -> bool:
    with _open_text(path) as file:
        while chunk := file.read(4096):
            if chunk.strip():
                return chunk.lstrip().startswith("[")
    return False


def _line_rows(name: str, file: IO[str]) -> Iterator[RawRow]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            yield RawRow(place, json.loads(line))
        except (ValueError, RecursionError) as error:
            yield RawRow(place, None, f"not JSON: {error}")


def _array_rows(path: Path, file: IO[str]) -> Iterator[RawRow]:
    try:
        for number, element in enumerate(array_elements(file), start=1):
            yield RawRow(f"{path.name}:{number}", element)
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}") from error


def _csv_rows(name: str, file: IO[str], separator: str) -> Iterator[RawRow]:
    # The default limit of a field is 128 KiB; data.cleaning.max_characters limits pairs instead.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    # Without `strict` an unclosed quotation mark would swallow the rest of the file.
    reader = csv.DictReader(file, delimiter=separator, strict=True)
    number = 1
    try:
        header = reader.fieldnames or []
        if repeated := sorted({column for column in header if header.count(column) > 1}):
            raise DataError(
                f"{name}: the header names the column {repeated[0]!r} more than once, so one would "
                "be lost: rename it"
            )
        for number, row in enumerate(reader, start=2):
            place = f"{name}:{number}"
            if None in row:
                yield RawRow(place, None, "more fields than the header names")
            else:
                yield RawRow(place, row)
    except csv.Error as error:
        raise DataError(
            f"{name}:{number + 1}: not CSV (fields separated by {separator!r}): {error}; a field "
            "that begins with a quotation mark ends with one, and has its own ones doubled"
        ) from error


def _parquet_rows(path: Path) -> Iterator[RawRow]:
    import pyarrow as pa
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
                for position in range(batch.num_rows):
                    number += 1
                    yield _parquet_row(f"{path.name}:{number}", batch, position)
    except pa.ArrowException as error:
        raise DataError(f"{path}: the corpus file cannot be read: {error}") from error


def _parquet_row(place: str, batch: Any, position: int) -> RawRow:
    columns = zip(batch.schema.names, batch.columns, strict=True)
    try:
        return RawRow(place, {name: column[position].as_py() for name, column in columns})
    except UnicodeDecodeError as error:
        return RawRow(place, None, f"not UTF-8: {error}")
    except (ValueError, OverflowError) as error:
        return RawRow(place, None, f"a value that no Python type can hold: {error}")
