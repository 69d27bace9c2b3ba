"""Finds the HTML page in a completion."""

from __future__ import annotations

import re

from codem_ray.languages.markdown_fences import fenced_blocks, text_before_fences
from codem_ray.records import Problem, PromptStyle

_TAG = re.compile(r"<[!/a-zA-Z]")
_OPENING = re.compile(r"<[!a-zA-Z]")
_WHOLE = re.compile(r"<!doctype\b|<html\b", re.I)
_END = re.compile(r"</html\s*>", re.I)
# Paragraphs without any tag, before the first tag or after the last.
_PROSE_BEFORE = re.compile(r"\A\s*(?:[^<\s][^<\n]*\n)+[ \t]*\n+(?=\s*<)")
_PROSE_AFTER = re.compile(r"(?<=>)[ \t]*\n[ \t]*\n[^<]*\Z")


def page_of(problem: Problem, text: str, style: PromptStyle) -> str | None:
    """Return the page in a text, or None."""
    blocks = fenced_blocks(text)
    pages = [block for block in blocks if _OPENING.search(block.text)]
    own = [page for page in pages if page.is_of(problem.language)]
    chosen = next(iter((*own, *pages)), None)
    if chosen is not None:
        text = chosen.text
    elif blocks:
        text = text_before_fences(text)
    else:
        text = _PROSE_BEFORE.sub("", _PROSE_AFTER.sub("\n", text))
    if not _TAG.search(text):
        return None
    if (end := _END.search(text)) is not None:
        text = text[: end.end()] + "\n"
    whole = _WHOLE.search(text)
    if whole is not None:
        return text[whole.start() :]
    if style is PromptStyle.COMPLETION:
        return problem.prompt + text
    start = _OPENING.search(text)
    if start is None:
        return None
    last = text.rfind(">")
    return text[start.start() : last + 1] + "\n" if chosen is None else text.strip() + "\n"
