"""Fenced code blocks of a text, as people and chat models write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from codem_ray.languages import SPELLINGS

_FENCE = re.compile(
    r"^(?P<before>[^\n]*?)(?<!`)(?P<marks>`{3,}+|~{3,}+)(?P<after>[^`\n]*+)$\n?", re.MULTILINE
)
_MARGIN = re.compile(r"[ \t]*(?P<item>(?:[-*+]|\d+[.)])[ \t]+)?")
_ONE_LINE = re.compile(r"[ \t]*`{3,}(?P<tag>[\w+#.-]*)[ \t]+(?P<code>\S.*)")
_TAG = re.compile(r"[ \t]*[\w+#.-]*[ \t]*")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block."""

    info: str
    """Info string in lower case: the language and perhaps attributes; empty if there is none."""
    text: str
    is_closed: bool = True

    @property
    def code(self) -> str:
        """The text without empty lines around it."""
        return self.text.strip("\n")

    @property
    def languages(self) -> tuple[str, ...] | None:
        """The known languages that the fence may mean: () if it states none, None if another."""
        return SPELLINGS.of_fence(self.info) if self.info else ()

    def is_of(self, language: str) -> bool:
        """Return whether the fence names a language."""
        return SPELLINGS.is_fence_of(language, self.info)


@dataclass(frozen=True, slots=True)
class _Fence:
    """A fence, or a block in one line."""

    start: int
    end: int
    marks: str
    info: str
    indent: int = 0
    is_item: bool = False
    """Whether the mark of a list item precedes it."""
    is_glued: bool = False
    """Whether it follows text in its line."""
    code: str | None = None
    """The code of a block in one line."""


def fenced_blocks(text: str) -> list[Block]:
    """Return the blocks in order; one without an end reaches to the end of the text.

    A fence with a tag also ends the block before it. A fence may follow code in its line.
    """
    return _blocks(text, _fences(text))


def joined_code(blocks: Iterable[Block]) -> str:
    """Return the code of some blocks, separated by empty lines."""
    return "\n\n".join(block.code for block in blocks)


def text_before_fences(text: str) -> str:
    """Return the text before the first fence."""
    return text[: next((fence.start for fence in _fences(text)), len(text))]


def text_between_fences(text: str) -> str:
    """Return the text from the first fence to the last, with the fences between them."""
    fences = _fences(text)
    return text[fences[0].end : fences[-1].start] if fences else ""


def blocks_after_first_fence(text: str) -> list[Block]:
    """Return the blocks that follow a first fence which ends a block that the prompt opened."""
    fences = _fences(text)
    is_end = bool(fences) and not fences[0].info and fences[0].code is None
    return _blocks(text, fences[1:]) if is_end else []


@lru_cache(maxsize=8)
def _fences(text: str) -> tuple[_Fence, ...]:
    if "```" not in text and "~~~" not in text:
        return ()
    text_end = len(text.rstrip())
    found = [_fence(line, text_end) for line in _FENCE.finditer(text)]
    return tuple(fence for fence in found if fence is not None)


def _fence(line: re.Match[str], text_end: int) -> _Fence | None:
    before, marks, after = line["before"], line["marks"], line["after"]
    info = after.strip().lower()
    if margin := _MARGIN.fullmatch(before):
        # At the end of a text, a fence at any depth closes the block.
        indent = len(before.expandtabs(4)) if line.end() < text_end else 0
        return _Fence(line.start(), line.end(), marks, info, indent, is_item=bool(margin["item"]))
    if not info and (one := _ONE_LINE.fullmatch(before)):
        tag, code = one["tag"].lower(), one["code"]
        if SPELLINGS.of_fence(tag) is None:
            # The first word is code, too.
            tag, code = "", one[0].lstrip("` \t")
        return _Fence(line.start(), line.end(), marks, tag, code=f"{code}\n")
    if marks[0] == "~" or "```" in before or before[-1].isspace():
        # Two marks in a line enclose inline code.
        return None
    is_tag = _TAG.fullmatch(after) is not None
    # Text that follows in the line belongs to the prose after a block.
    end = line.end() if is_tag else line.end("marks")
    tag = info if is_tag and before[-1] in ":." else ""
    return _Fence(line.start("marks"), end, marks, tag, is_glued=True)


def _blocks(text: str, fences: tuple[_Fence, ...]) -> list[Block]:
    found: list[Block] = []
    at = 0
    while at < len(fences):
        opening = fences[at]
        at += 1
        if opening.code is not None:
            found.append(Block(opening.info, opening.code))
            continue
        while at < len(fences) and not _ends(fences[at], opening):
            at += 1
        closing = fences[at] if at < len(fences) else None
        body = text[opening.end : closing.start if closing else len(text)]
        if closing is not None and closing.is_glued:
            body += "\n"
        if closing is not None and not closing.info:
            # A fence with a tag also opens the next block.
            at += 1
        if opening.indent:
            body = re.sub(rf"^[ \t]{{1,{opening.indent}}}", "", body, flags=re.MULTILINE)
        found.append(_block(opening.info, body, closing is not None))
    return found


def _ends(fence: _Fence, opening: _Fence) -> bool:
    """Return whether a fence closes a block. Deeper and other fences are part of its text."""
    return (
        fence.code is None
        and not fence.is_item
        and fence.indent - opening.indent < 4
        and fence.marks.startswith(opening.marks)
    )


def _block(info: str, body: str, is_closed: bool) -> Block:
    """Return a block; if the fence has no tag, the first line may be the tag."""
    first, _, rest = body.partition("\n")
    if not info and re.fullmatch(r"[A-Za-z][\w+#]*", first) and SPELLINGS.of_fence(first):
        return Block(first.lower(), rest, is_closed)
    return Block(info, body, is_closed)
