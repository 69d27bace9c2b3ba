"""Streams the rows of corpus files and hub data sets, whatever their size."""

from __future__ import annotations

import csv
import gzip
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from codem_ray.corpora.row_formats import BrokenRow
from codem_ray.errors import DataError

CHUNK_CHARACTERS = 1 << 20
MAX_ELEMENT_CHARACTERS = 64 << 20
"""Of an element of a JSON array: one that has no end by then is no JSON."""
_PARQUET_ROWS = 512


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in its file."""

    place: str
    """`file:line`."""
    content: object
    """The row, or the BrokenRow that it turned out to be."""


def file_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file, one at a time; raise DataError for one that cannot be read.

    JSON lines, a JSON array, CSV or Parquet, by the file's name; `.gz` too, except for Parquet. A
    byte that is no UTF-8 stands as half a character in its own row.
    """
    if not path.is_file():
        raise DataError(
            f"{path}: corpus file not found: check data.corpora[].path "
            f"(a relative path starts from the working directory, {Path.cwd()})"
        )
    kind = [suffix for suffix in path.suffixes if suffix != ".gz"][-1:]
    try:
        if kind == [".parquet"]:
            yield from _parquet_rows(path)
        elif kind == [".csv"]:
            with _opened(path) as file:
                yield from _csv_rows(path.name, file)
        elif kind in ([".jsonl"], [".json"], [".ndjson"]):
            is_array = kind == [".json"] and _is_array(path)
            with _opened(path) as file:
                yield from _array_rows(path, file) if is_array else _line_rows(path.name, file)
        else:
            raise DataError(
                f"{path}: no known kind of corpus file: use .jsonl, .json, .csv or .parquet "
                "(.gz too)"
            )
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: the corpus file cannot be read: {error}") from error


def needs_datasets(name: str) -> str:
    """Say what reading a data set of the hub needs."""
    return f"the corpus hub:{name} needs the package `datasets`: pip install 'codem-ray[train]'"


def hub_rows(name: str, revision: str | None) -> Iterator[Row]:
    """Yield the rows of all splits of a data set of the hub, without keeping them."""
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise DataError(needs_datasets(name)) from error
    try:
        splits = datasets.load_dataset(name, revision=revision, streaming=True)
        for split in sorted(splits):
            for number, row in enumerate(splits[split], start=1):
                yield Row(f"{name}/{split}:{number}", dict(row))
    # The library raises of its own, of the hub's, of the network's and of the file formats' kinds.
    except Exception as error:
        raise DataError(
            f"the corpus hub:{name} (revision {revision or 'main'}) cannot be loaded: {error}"
        ) from error


def _opened(path: Path) -> IO[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    # Lines are what "\n" ends: other marks stand inside of JSON texts and of CSV's fields.
    return opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="\n")


def _is_array(path: Path) -> bool:
    with _opened(path) as file:
        while chunk := file.read(4096):
            if chunk.strip():
                return chunk.lstrip().startswith("[")
    return False


def _line_rows(name: str, file: IO[str]) -> Iterator[Row]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            content: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            content = BrokenRow(f"not JSON: {error}")
        yield Row(f"{name}:{number}", content)


def _array_rows(path: Path, file: IO[str]) -> Iterator[Row]:
    decoder = json.JSONDecoder()
    text, is_at_end = "", False
    number = 0
    opening = "["
    while True:
        # What stands before an element: the bracket, then a comma.
        text = text.lstrip()
        if len(text) < 2 and not is_at_end:
            chunk = file.read(CHUNK_CHARACTERS)
            text, is_at_end = text + chunk, not chunk
            continue
        closing = text if number else text[1:].lstrip()
        if closing.startswith("]") and (number or text.startswith("[")):
            if (text.partition("]")[2] + file.read(CHUNK_CHARACTERS)).strip():
                raise DataError(f"{path}: not JSON: something follows the array")
            return
        if not text.startswith(opening):
            raise DataError(
                f"{path}: not JSON: {opening!r} or ']' expected after {number} elements"
            )
        element, text, is_at_end = _element(path, number, decoder, text[1:], file, is_at_end)
        number += 1
        opening = ","
        yield Row(f"{path.name}:{number}", element)


def _element(
    path: Path,
    number: int,
    decoder: json.JSONDecoder,
    text: str,
    file: IO[str],
    is_at_end: bool,
) -> tuple[object, str, bool]:
    """Return the next element of an array, what follows it so far, and whether that is all."""
    while True:
        text = text.lstrip()
        problem = "it breaks off"
        try:
            element, end = decoder.raw_decode(text)
        except RecursionError as error:
            raise DataError(f"{path}: element {number + 1}: nested too deeply") from error
        except ValueError as error:
            problem = str(error)
        else:
            # A number may go on in what has not been read.
            if end < len(text) or is_at_end:
                return element, text[end:], is_at_end
        if is_at_end or len(text) > MAX_ELEMENT_CHARACTERS:
            raise DataError(f"{path}: not JSON: element {number + 1}: {problem}")
        # Twice as much each time: an element is decoded anew from its start.
        chunk = file.read(max(CHUNK_CHARACTERS, len(text)))
        text, is_at_end = text + chunk, not chunk


def _csv_rows(name: str, file: IO[str]) -> Iterator[Row]:
    # The library's own limit is 128 KiB a field; a pair that is too long is a matter of cleaning.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    # A quotation mark that is never closed would take the rest of the file into its field.
    reader = csv.DictReader(file, strict=True)
    number = 1
    try:
        for number, row in enumerate(reader, start=2):
            if None in row:
                yield Row(f"{name}:{number}", BrokenRow("more fields than the first line names"))
            else:
                yield Row(f"{name}:{number}", row)
    except csv.Error as error:
        raise DataError(f"{name}:{number + 1}: not CSV: {error}") from error


def _parquet_rows(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
                for place in range(batch.num_rows):
                    number += 1
                    yield Row(f"{path.name}:{number}", _parquet_row(batch, place))
    except pa.ArrowException as error:
        raise DataError(f"{path}: the corpus file cannot be read: {error}") from error


def _parquet_row(batch: Any, place: int) -> object:
    try:
        return {
            name: column[place].as_py()
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }
    except UnicodeDecodeError as error:
        return BrokenRow(f"not UTF-8: {error}")
    except (ValueError, OverflowError) as error:
        return BrokenRow(f"a value that Python has no type for: {error}")
