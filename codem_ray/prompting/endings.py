"""Where the answer in a completion ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

_OPENING_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[^\n`]*\n", re.MULTILINE)
_CLOSING_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)


def has_open_fence(prompt: str) -> bool:
    """Return whether a prompt ends inside a code block."""
    return len(_CLOSING_FENCE.findall(prompt)) % 2 == 1


def find_end(text: str, stop: Sequence[str], *, is_fenced: bool, is_fence_open: bool) -> int | None:
    """Return the position where the answer in `text` ends, or None while it goes on.

    Args:
        text: The completion.
        stop: Strings that end it.
        is_fenced: Whether the closing fence of the first code block ends it.
        is_fence_open: Whether the prompt opens that code block.
    """
    ends = [at for string in stop if (at := text.find(string)) >= 0]
    if is_fenced and (end := _end_of_block(text, is_fence_open)) is not None:
        ends.append(end)
    return min(ends, default=None)


def _end_of_block(text: str, is_open: bool) -> int | None:
    start = 0
    if not is_open:
        opening = _OPENING_FENCE.search(text)
        if opening is None:
            return None
        start = opening.end()
    closing = _CLOSING_FENCE.search(text, start)
    return None if closing is None else closing.end()
