"""Fenced code blocks of a text, as chat models write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codem_ray.languages import SPELLINGS

_FENCE = re.compile(
    r"^(?P<indent>[ \t]*(?P<item>(?:[-*+]|\d+[.)])[ \t]+)?)"
    r"(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$"
)
_ONE_LINE = re.compile(
    r"^[ \t]*(?P<marks>`{3,})(?P<tag>[\w+#.-]*)[ \t]+(?P<code>\S.*?)`{3,}[ \t]*$"
)
_GLUED = re.compile(r"^(?P<before>.*?[^\s`])(?P<marks>`{3,})(?P<after>[^`\n]*)$")
_INFO = re.compile(r"[ \t]*[\w+#.-]*[ \t]*")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, or the text before a first closing fence."""

    info: str
    """Info string in lower case: the language and perhaps attributes; empty if there is none."""
    text: str
    is_closed: bool = True

    @property
    def languages(self) -> tuple[str, ...] | None:
        """The known languages that the fence may mean: () if it states none, None if another."""
        return SPELLINGS.of_fence(self.info) if self.info else ()

    def is_of(self, language: str) -> bool:
        """Return whether the fence names a language."""
        return SPELLINGS.is_fence_of(language, self.info)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A fence, or the code of a block in one line."""

    start: int
    end: int
    marks: str
    indent: int
    info: str
    is_glued: bool = False
    is_item: bool = False
    """Whether the mark of a list item precedes it."""
    code: str | None = None


def fenced_blocks(text: str) -> tuple[str, list[Block]]:
    """Return the text before the first fence, and the blocks in order.

    A fence with a tag also ends the block before it. A fence may follow code on its line. A block
    without an end reaches to the end of the text.
    """
    marks = _fences(text)
    return text[: marks[0].start] if marks else text, _blocks(text, marks)


def blocks_after_first_fence(text: str) -> list[Block]:
    """Return the blocks that follow a first fence which ends a block that the prompt opened."""
    marks = _fences(text)
    is_end = bool(marks) and not marks[0].info and marks[0].code is None
    return _blocks(text, marks[1:]) if is_end else []


def text_between_fences(text: str) -> str:
    """Return the text from the first fence to the last, with those between them."""
    marks = _fences(text)
    return text[marks[0].end : marks[-1].start] if marks else ""


def _fences(text: str) -> list[_Mark]:
    found: list[_Mark] = []
    if "```" not in text and "~~~" not in text:
        return found
    start = 0
    for line in text.splitlines(keepends=True):
        if "```" in line or "~~~" in line:
            mark = _fence(line.rstrip("\n"), start, start + len(line))
            if mark is not None:
                found.append(mark)
        start += len(line)
    return found


def _fence(line: str, start: int, end: int) -> _Mark | None:
    if (fence := _FENCE.match(line)) is not None:
        indent, info = len(fence["indent"].expandtabs(4)), fence["info"].strip().lower()
        return _Mark(start, end, fence["marks"], indent, info, is_item=bool(fence["item"]))
    if (one := _ONE_LINE.match(line)) is not None:
        return _Mark(start, end, one["marks"], 0, one["tag"].lower(), code=f"{one['code']}\n")
    glued = _GLUED.match(line)
    if glued is None or "```" in glued["before"]:
        # Two marks in a line enclose inline code.
        return None
    # Text that follows on the line belongs to the prose after a block.
    before, marks, after = glued["before"], glued["marks"], glued["after"]
    is_info = _INFO.fullmatch(after) is not None
    glued_tag = after.strip().lower() if is_info and before.rstrip()[-1] in ":." else ""
    at = start + len(before)
    return _Mark(at, end if is_info else at + len(marks), marks, 0, glued_tag, True)


def _blocks(text: str, marks: list[_Mark]) -> list[Block]:
    found: list[Block] = []
    at = 0
    while at < len(marks):
        opening = marks[at]
        at += 1
        if opening.code is not None:
            found.append(Block(opening.info, opening.code))
            continue
        while at < len(marks) and not _ends(marks[at], opening):
            at += 1
        is_closed = at < len(marks)
        body = text[opening.end : marks[at].start if is_closed else len(text)]
        if is_closed and marks[at].is_glued:
            body += "\n"
        if is_closed and not marks[at].info:
            # A fence with a tag also opens the next block.
            at += 1
        if opening.indent:
            body = re.sub(rf"^[ \t]{{1,{opening.indent}}}", "", body, flags=re.MULTILINE)
        found.append(_block(opening.info, body, is_closed))
    return found


def _block(info: str, body: str, is_closed: bool) -> Block:
    """Return a block; if the fence has no tag, the first line may be the tag."""
    first, _, rest = body.partition("\n")
    if not info and re.fullmatch(r"[A-Za-z][\w+#]*", first) and SPELLINGS.of_fence(first):
        return Block(first.lower(), rest, is_closed)
    return Block(info, body, is_closed)


def _ends(fence: _Mark, opening: _Mark) -> bool:
    """Return whether a fence closes the block. Deeper and other fences are part of its text."""
    return (
        fence.code is None
        and not fence.is_item
        and fence.indent - opening.indent < 4
        and fence.marks.startswith(opening.marks)
    )
