"""Fenced code blocks of a Markdown text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]*+(`{3,}+|~{3,}+)[ \t]*+([^\n`]*+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FencedBlock:
    """A fenced block."""

    info: str
    """Text after the opening fence, usually a language; empty if there is none."""
    code: str
    is_closed: bool


def blocks_of(text: str) -> list[FencedBlock]:
    """Return the fenced blocks of a text in order; an unclosed block extends to the end."""
    if "```" not in text and "~~~" not in text:
        return []
    blocks: list[FencedBlock] = []
    opening: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opening is None:
            opening = fence
        # A closing fence has the same character, at least the same length, and no text.
        elif fence[1].startswith(opening[1]) and not fence[2].strip():
            code = text[opening.end() : fence.start()].strip("\n")
            blocks.append(FencedBlock(opening[2].strip(), code, True))
            opening = None
    if opening is not None:
        blocks.append(FencedBlock(opening[2].strip(), text[opening.end() :].strip("\n"), False))
    return blocks


def code_of(text: str) -> str:
    """Return the code of its fenced blocks, joined; the whole text if it has none."""
    blocks = blocks_of(text)
    return joined_code(blocks) if blocks else text


def joined_code(blocks: list[FencedBlock]) -> str:
    """Return the code of some blocks, separated by empty lines."""
    return "\n\n".join(block.code for block in blocks)
