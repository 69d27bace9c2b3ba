"""Says what is wrong with an answer by itself: it is empty, breaks off, or does not parse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codem_ray.corpora import syntax_trees
from codem_ray.corpora.language_detection import is_page, is_prose
from codem_ray.corpora.language_labels import language_names
from codem_ray.corpora.markdown_fences import Block, blocks_of
from codem_ray.corpora.pairs import DropReason
from codem_ray.extraction.masking import is_indented, mask

if TYPE_CHECKING:
    from tree_sitter import Tree

_DANGLING = re.compile(r"(?:[,(\[{=&|<\\]|(?<![+-])[+-]|(?<![*/])[*/])$")
_OPEN_TAG = re.compile(r"<[^<>]*\Z")
_TAG = re.compile(r"<[a-zA-Z!/]")

Flaw = tuple[DropReason, str]


def code_to_check(response: str, language: str) -> str:
    """Return the code of an answer that is of its language: its fences, else the whole."""
    blocks = blocks_of(response)
    if not blocks:
        return response
    names = language_names()
    own = [block for block in blocks if names.get(block.tag) == language]
    return _joined(own or [block for block in blocks if not block.tag] or blocks)


def _joined(blocks: list[Block]) -> str:
    return "\n\n".join(block.code for block in blocks)


def is_fence_open(response: str) -> bool:
    """Whether a fence is never closed."""
    blocks = blocks_of(response)
    return bool(blocks) and not blocks[-1].is_closed


def flaw_of(
    code: str, language: str, tree: Tree, *, is_cut_refused: bool, max_error_share: float
) -> Flaw | None:
    """Say why code is no good answer, or None.

    Code breaks off where it does not parse up to its end and leaves a bracket open, or ends in an
    operator. Other code that does not parse may be meant so, with an ellipsis say, or be a piece
    of a program: only the share that does not fit counts.
    """
    if is_page(language):
        return _page_flaw(code, language, tree, is_cut_refused, max_error_share)
    text = code.rstrip()
    if not tree.root_node.has_error:
        if is_cut_refused and is_indented(language) and _ends_in_colon(text, language):
            return DropReason.TRUNCATED, f"ends in {text.splitlines()[-1].strip()[-40:]!r}"
        return None
    if syntax_trees.parses(code, language):
        return None
    if is_prose(code):
        return DropReason.DOES_NOT_PARSE, "sentences, no code"
    syntax = syntax_trees.syntax_of(code, language, tree)
    bare = mask(text, language).rstrip()
    opened = sum(map(bare.count, "([{")) - sum(map(bare.count, ")]}"))
    if is_cut_refused and _reaches_end(syntax, text) and (opened > 0 or _DANGLING.search(bare)):
        return DropReason.TRUNCATED, f"breaks off after {text[-40:]!r}"
    if syntax.error_share > max_error_share:
        return (
            DropReason.DOES_NOT_PARSE,
            f"{syntax.error_share:.0%} is no {language}, from line {syntax.first_error_line} on",
        )
    return None


def _reaches_end(syntax: syntax_trees.Syntax, text: str) -> bool:
    return syntax.last_error_line > text.count("\n")


def _ends_in_colon(text: str, language: str) -> bool:
    return text.endswith(":") and mask(text, language).rstrip().endswith(":")


def _page_flaw(
    code: str, language: str, tree: Tree, is_cut_refused: bool, max_error_share: float
) -> Flaw | None:
    if not _TAG.search(code):
        return DropReason.DOES_NOT_PARSE, "holds no element"
    lower = code.lower()
    if is_cut_refused:
        if _OPEN_TAG.search(code):
            return DropReason.TRUNCATED, f"breaks off after {code.rstrip()[-40:]!r}"
        if "<html" in lower and "</html" not in lower and "</body" not in lower:
            return DropReason.TRUNCATED, "the page is never closed"
    share = syntax_trees.syntax_of(code, language, tree).error_share
    if share > max_error_share:
        return DropReason.DOES_NOT_PARSE, f"{share:.0%} is no {language}"
    return None
