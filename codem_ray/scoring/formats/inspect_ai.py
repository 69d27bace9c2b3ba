"""Read completions from the logs of inspect_ai, `.eval` or `.json`."""

from __future__ import annotations

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from codem_ray.errors import DataError
from codem_ray.scoring.formats.entries import CompletionFormat, Entry, FileHead, WrittenCompletion
from codem_ray.scoring.formats.reading import read_items, read_start, type_name, unanswered
from codem_ray.scoring.formats.texts import message_text

_ATTACHMENT = re.compile(r"attachment://(\w+)")
"""Stands for a long text that is stored once, under its hash."""
_FIRST_KEY = re.compile(rb'\{\s*"(?:version|status|eval)"\s*:')
_ZSTANDARD = 93
_LOCAL_HEADER = struct.Struct("<4s22sHH")
"""Signature, fields that the central directory repeats, lengths of the name and the extra field."""


def _matches(head: FileHead) -> bool:
    if head.is_zip:
        return True
    return _FIRST_KEY.match(head.start) is not None


def _read(path: Path) -> Iterator[Entry]:
    for location, sample in _samples(path):
        if not isinstance(sample, dict):
            raise DataError(f"{location}: {type_name(sample)}, a JSON object is expected")
        yield _entry(location, sample)


def _samples(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield place and value of each sample, in the log's order of epochs."""
    if read_start(path).startswith(b"PK"):
        for name, content in _zip_members(path, "samples/", ".json"):
            try:
                yield f"{path}, {name}", json.loads(content)
            except ValueError as error:
                raise DataError(f"{path}, {name}: broken JSON: {error}") from error
    else:
        for number, sample in enumerate(read_items(path, "samples"), start=1):
            yield f"{path}, sample {number}", sample


def _zip_members(path: Path, prefix: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each member with this prefix and suffix."""
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise DataError(f"{path}: damaged or cut off: {error}") from error
    with archive:
        for info in archive.infolist():
            if info.filename.startswith(prefix) and info.filename.endswith(suffix):
                try:
                    yield info.filename, _content(archive, path, info)
                except (zipfile.BadZipFile, zlib.error, OSError, struct.error) as error:
                    raise DataError(f"{path}, {info.filename}: damaged: {error}") from error


def _content(archive: zipfile.ZipFile, path: Path, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type != _ZSTANDARD:
        return archive.read(info)
    # Python's zipfile reads Zstandard from 3.14 on; the package zipfile-zstd patches zipfile.
    import pyarrow

    with path.open("rb") as stream:
        stream.seek(info.header_offset)
        _, _, name_length, extra_length = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
        stream.seek(name_length + extra_length, 1)
        raw = stream.read(info.compress_size)
    # A member may consist of several frames, and a frame may lack its size: read it as a stream.
    with pyarrow.CompressedInputStream(pyarrow.BufferReader(raw), "zstd") as frames:
        content: bytes = frames.read()
    if zlib.crc32(content) != info.CRC:
        raise zipfile.BadZipFile("its checksum is wrong")
    return content


def _entry(location: str, sample: Mapping[str, Any]) -> Entry:
    text = _completion_text(sample)
    if not text and sample.get("error"):
        error = sample["error"]
        message = error.get("message", error) if isinstance(error, dict) else error
        return unanswered(location, f"the sample ended in an error: {str(message)[:200]}")
    metadata = sample.get("metadata")
    ids = (sample.get("id"), metadata.get("task_id") if isinstance(metadata, dict) else None)
    return WrittenCompletion(
        location=location,
        possible_ids=tuple(str(task_id) for task_id in ids if task_id is not None),
        text=text,
        fields={"completion": text},
        passed=_verdict(sample.get("scores")),
    )


def _verdict(scores: Any) -> bool | None:
    """Return whether the only score of a sample is full marks; None for a grade between."""
    values = [one.get("value") for one in scores.values()] if isinstance(scores, dict) else []
    known = {"C": True, "I": False, 1: True, 0: False}
    is_single = len(values) == 1 and isinstance(values[0], str | int | float)
    return known.get(values[0]) if is_single else None


def _completion_text(sample: Mapping[str, Any]) -> str:
    output = sample.get("output")
    if not isinstance(output, dict):
        return ""
    text = output.get("completion")
    if not isinstance(text, str) or not text:
        choices = output.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else {}
        message = first.get("message") if isinstance(first, dict) else None
        text = message_text(message.get("content") if isinstance(message, dict) else None)
    attachments = sample.get("attachments")
    if not isinstance(attachments, dict):
        return text
    return _ATTACHMENT.sub(lambda found: str(attachments.get(found[1], found[0])), text)


INSPECT_AI = CompletionFormat(
    name="inspect_ai log",
    description=".eval, or .json with eval and samples",
    matches=_matches,
    read=_read,
)
