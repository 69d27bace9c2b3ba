"""Read completions in the layout of bigcode-evaluation-harness's `generations.json`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codem_ray.scoring.formats.entries import CompletionFormat, Entry, FileHead, WrittenCompletion
from codem_ray.scoring.formats.reading import broken, read_items, type_name, unanswered

_NOT_GENERATED = "not generated yet"


def _matches(head: FileHead) -> bool:
    return bool(head.items) and all(item is None or isinstance(item, list) for item in head.items)


def _read(path: Path) -> Iterator[Entry]:
    for position, item in enumerate(read_items(path)):
        location = f"{path}, problem {position}"
        if item is None:
            yield unanswered(location, _NOT_GENERATED)
        elif not isinstance(item, list):
            yield broken(location, f"{type_name(item)}, a list of programs is expected")
        else:
            yield from (_entry(location, position, text) for text in item)


def _entry(location: str, position: int, text: object) -> Entry:
    if text is None:
        return unanswered(location, _NOT_GENERATED)
    if not isinstance(text, str):
        return broken(location, f"a program is {type_name(text)}, text is expected")
    return WrittenCompletion(
        location=location, position=position, text=text, fields={"completion": text}
    )


BIGCODE = CompletionFormat(
    name="bigcode generations",
    description="a JSON list with a list of programs for each problem, in order",
    matches=_matches,
    read=_read,
)
