"""Reads the samples of inspect_ai's logs."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

from codem_ray.errors import DataError
from codem_ray.scoring.json_stream import array_items
from codem_ray.scoring.zip_members import zip_members

_ATTACHMENT = "attachment://"

Sample = tuple[str, tuple[str, ...], str | None, str]
"""Place, what may be the task id, what the model wrote (None: nothing), and why nothing."""


def inspect_samples(path: Path, text: AbstractContextManager[IO[str]]) -> Iterator[Sample]:
    """Yield the samples of a log, epoch after epoch as it has them; `text` is the log as text.

    Raises:
        DataError: the log is damaged.
    """
    if zipfile.is_zipfile(path):
        for name, content in zip_members(path, "samples/", ".json"):
            try:
                sample = json.loads(content)
            except ValueError as error:
                raise DataError(f"{path}, {name}: broken JSON: {error}") from error
            yield _sample(f"{path}, {name}", sample)
        return
    with path.open("rb") as stream:
        if stream.read(2) == b"PK":
            # Only to have the damage named.
            next(zip_members(path, "", ""), None)
    with text as document:
        for at, sample in enumerate(array_items(document, str(path), "samples"), start=1):
            yield _sample(f"{path}, sample {at}", sample)


def _sample(where: str, sample: Any) -> Sample:
    if not isinstance(sample, dict):
        raise DataError(f"{where}: a {type(sample).__name__}, a JSON object is expected")
    metadata = sample.get("metadata")
    names = (sample.get("id"), metadata.get("task_id") if isinstance(metadata, dict) else None)
    known = tuple(str(name) for name in names if name is not None)
    text = _written(sample)
    if not text and sample.get("error"):
        error = sample["error"]
        message = error.get("message", error) if isinstance(error, dict) else error
        return where, known, None, f"the sample ended in an error: {str(message)[:200]}"
    return where, known, text, ""


def _written(sample: Mapping[str, Any]) -> str:
    output = sample.get("output")
    if not isinstance(output, dict):
        return ""
    attachments = sample.get("attachments")
    text = output.get("completion")
    if not isinstance(text, str) or not text:
        choices = output.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else {}
        message = first.get("message") if isinstance(first, dict) else None
        text = _content(message.get("content") if isinstance(message, dict) else None)
    if text.startswith(_ATTACHMENT) and isinstance(attachments, dict):
        text = str(attachments.get(text.removeprefix(_ATTACHMENT), text))
    return text


def _content(content: Any) -> str:
    """Return the text of a message: reasoning and tool calls are no part of the answer."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(
        str(part.get("text", ""))
        for part in content
        if isinstance(part, dict) and part.get("type") == "text"
    )
