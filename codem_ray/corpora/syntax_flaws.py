"""Syntax flaws of an answer: it is cut off, or it does not parse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codem_ray.corpora.language_detection import is_prose
from codem_ray.corpora.language_signs import is_page
from codem_ray.corpora.pairs import DropReason
from codem_ray.languages import syntax_trees
from codem_ray.languages.markdown_fences import fenced_blocks, joined_code
from codem_ray.languages.source_code import is_indented, mask

if TYPE_CHECKING:
    from tree_sitter import Tree

_DANGLING = re.compile(r"(?:[,(\[{=&|<\\]|(?<![+-])[+-]|(?<![*/])[*/])$")
"""An end that needs a continuation; `i++`, `i--`, `**` and `*/` do not count."""
_OPEN_TAG = re.compile(r"<[^<>]*\Z")
_TAG = re.compile(r"<[a-zA-Z!/]")

Flaw = tuple[DropReason, str]
"""Reason and detail."""


def code_to_check(response: str, language: str) -> str:
    """Return the code of a response in its language.

    These are the blocks tagged with the language, else those without a tag, else all; the whole
    response if it has no fence.
    """
    blocks = fenced_blocks(response)
    if not blocks:
        return response
    tagged = [block for block in blocks if block.is_of(language)]
    return joined_code(tagged or [block for block in blocks if not block.info] or blocks)


def has_open_fence(response: str) -> bool:
    """Whether the last fence is never closed."""
    blocks = fenced_blocks(response)
    return bool(blocks) and not blocks[-1].is_closed


def syntax_flaw(
    code: str, language: str, tree: Tree, *, check_truncated: bool, max_error_share: float
) -> Flaw | None:
    """Return the flaw of code, or None.

    Code is truncated if it ends in the colon of a missing block, or if its syntax errors reach its
    end and it leaves a bracket open or ends in an operator or a comma. Code that parses as a part
    of a program has no flaw. Sentences instead of code do not parse. Other errors can be intended
    (an ellipsis), so they count by their share of the code. Pages have rules of their own.
    """
    if is_page(language):
        return _page_flaw(code, language, tree, check_truncated, max_error_share)
    text = code.rstrip()
    if not tree.root_node.has_error:
        # A colon at the end of a comment or a string is no sign of a missing block.
        if (
            check_truncated
            and is_indented(language)
            and text.endswith(":")
            and mask(text, language).rstrip().endswith(":")
        ):
            return DropReason.TRUNCATED, f"ends in {text.splitlines()[-1].strip()[-40:]!r}"
        return None
    if syntax_trees.parses(code, language):
        return None
    if is_prose(code):
        return DropReason.DOES_NOT_PARSE, "sentences instead of code"
    syntax = syntax_trees.syntax_of(code, language, tree)
    bare = mask(text, language).rstrip()
    num_open = sum(map(bare.count, "([{")) - sum(map(bare.count, ")]}"))
    errors_reach_end = syntax.last_error_line > text.count("\n")
    if check_truncated and errors_reach_end and (num_open > 0 or _DANGLING.search(bare)):
        return DropReason.TRUNCATED, f"cut off after {text[-40:]!r}"
    if syntax.error_share > max_error_share:
        share, line = syntax.error_share, syntax.first_error_line
        return DropReason.DOES_NOT_PARSE, f"{share:.0%} is not valid {language}, from line {line}"
    return None


def _page_flaw(
    code: str, language: str, tree: Tree, check_truncated: bool, max_error_share: float
) -> Flaw | None:
    if not _TAG.search(code):
        return DropReason.DOES_NOT_PARSE, "has no element"
    lower = code.lower()
    if check_truncated:
        if _OPEN_TAG.search(code):
            return DropReason.TRUNCATED, f"cut off after {code.rstrip()[-40:]!r}"
        if "<html" in lower and "</html" not in lower and "</body" not in lower:
            return DropReason.TRUNCATED, "the page is never closed"
    share = syntax_trees.syntax_of(code, language, tree).error_share
    if share > max_error_share:
        return DropReason.DOES_NOT_PARSE, f"{share:.0%} is not valid {language}"
    return None
