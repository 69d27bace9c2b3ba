"""Finds the code in an answer: what its Markdown fences hold, else all of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]*+(`{3,}+|~{3,}+)[ \t]*+([^\s`{]*+)[^\n`]*+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """What one fence holds."""

    tag: str
    """Its info string in lower case; empty: it has none."""
    code: str
    is_closed: bool


def blocks_of(text: str) -> list[Block]:
    """Return the fenced blocks of a text, in order; one that is never closed goes to the end."""
    if "```" not in text and "~~~" not in text:
        return []
    blocks: list[Block] = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        # A fence is closed by one of its own kind, at least as long, without a tag.
        elif fence[1].startswith(opened[1]) and not fence[2]:
            code = text[opened.end() : fence.start()].strip("\n")
            blocks.append(Block(opened[2].lower(), code, True))
            opened = None
    if opened is not None:
        blocks.append(Block(opened[2].lower(), text[opened.end() :].strip("\n"), False))
    return blocks


def code_of(text: str) -> str:
    """Return the code of an answer: its fenced blocks, one after the other, else the whole."""
    blocks = blocks_of(text)
    return "\n\n".join(block.code for block in blocks) if blocks else text
