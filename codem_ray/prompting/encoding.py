"""Token ids of prompts and answers, the same in training and in generation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

from .templates import NAMED
from .templates import adds_special_tokens as adds_tokens

# Characters of private use, which templates pass on as they are.
_MARK = re.compile("\ue000([0-9]+)\ue001")


@dataclass(frozen=True, slots=True)
class _SpecialTokens:
    """The special tokens of a tokenizer."""

    pattern: re.Pattern[str]
    by_text: dict[str, tuple[int, bool, bool]]
    """Id of each token, and whether it takes the white space on its left and on its right."""


@lru_cache(maxsize=4)
def _special_tokens(tokenizer: Any) -> _SpecialTokens:
    added = getattr(tokenizer, "added_tokens_decoder", {})
    by_text = {
        token.content: (number, bool(token.lstrip), bool(token.rstrip))
        for number, token in added.items()
        if token.special
    }
    longest_first = sorted(by_text, key=len, reverse=True)
    # An empty alternation would match everywhere.
    return _SpecialTokens(re.compile("|".join(map(re.escape, longest_first)) or "(?!)"), by_text)


def names_special_token(text: str, tokenizer: Any) -> bool:
    """Whether a text contains the text of one of the tokenizer's special tokens."""
    return _special_tokens(tokenizer).pattern.search(text) is not None


def encode_answers(answers: Sequence[str], tokenizer: Any) -> list[list[int]]:
    """Encode answers, each followed by the end of sequence."""
    encoded = tokenizer(list(answers), add_special_tokens=False, split_special_tokens=True)
    return [[*ids, tokenizer.eos_token_id] for ids in encoded["input_ids"]]


def encode_prompts(
    prompts: Sequence[str], tokenizer: Any, *, adds_special_tokens: bool = True
) -> list[list[int]]:
    """Encode prompts that are all text, as those of the prompt style `completion` are."""
    ids = tokenizer(
        list(prompts), add_special_tokens=adds_special_tokens, split_special_tokens=True
    )["input_ids"]
    return [_open(list(one), tokenizer, has_added=adds_special_tokens) for one in ids]


def encode_rendered(
    instructions: Sequence[str], tokenizer: Any, template: str, render: Callable[[str], str]
) -> list[list[int]]:
    """Encode the prompts that `render` makes of instructions with a template.

    A special token that an instruction names, such as `<|endoftext|>`, is ordinary text. Those of
    the template are special.
    """
    prompts = [render(text) for text in instructions]
    adds = adds_tokens(template)
    if template in NAMED:
        return encode_prompts(prompts, tokenizer, adds_special_tokens=adds)
    # The template's special tokens count. A prompt is encoded as a whole where that is possible,
    # because parts of it can have other token boundaries.
    encoded = tokenizer(prompts, add_special_tokens=adds, split_special_tokens=False)["input_ids"]
    ids = [_open(list(one), tokenizer, has_added=adds) for one in encoded]
    pattern = _special_tokens(tokenizer).pattern
    for number, text in enumerate(instructions):
        named = pattern.findall(text)
        if not named:
            continue
        marked = _mark(text, pattern)
        rendered = render(marked)
        # A template that changes the marks, such as one with `tojson`, decides for itself.
        if _unmark(rendered, named) == prompts[number]:
            ids[number] = start_tokens(tokenizer) if adds else []
            ids[number] += _encode_parts(rendered, named, tokenizer)
    return ids


def _mark(text: str, pattern: re.Pattern[str]) -> str:
    """Replace each special token that a text names by a mark."""
    numbers = count()
    return pattern.sub(lambda _: f"\ue000{next(numbers)}\ue001", text)


def _unmark(text: str, named: Sequence[str]) -> str:
    """Replace each mark by the special token that the instruction names at this place."""

    def restore(found: re.Match[str]) -> str:
        return named[int(found[1])] if int(found[1]) < len(named) else found[0]

    return _MARK.sub(restore, text)


def _encode_parts(rendered: str, named: Sequence[str], tokenizer: Any) -> list[int]:
    """Encode a prompt with marks: what is between the template's special tokens is text."""
    special = _special_tokens(tokenizer)
    ids: list[int] = []
    start, takes_left = 0, False
    for found in [*special.pattern.finditer(rendered), None]:
        text = rendered[start : found.start() if found else None]
        text = text.lstrip() if takes_left else text
        token, strips_left, takes_left = special.by_text[found[0]] if found else (-1, False, False)
        text = _unmark(text.rstrip() if strips_left else text, named)
        if text:
            parts = tokenizer([text], add_special_tokens=False, split_special_tokens=True)
            ids += parts["input_ids"][0]
        if found:
            ids.append(token)
            start = found.end()
    return ids


def start_tokens(tokenizer: Any) -> list[int]:
    """Return the tokens that the tokenizer puts before a text."""
    whole, bare = (
        list(tokenizer(["x"], add_special_tokens=adds)["input_ids"][0]) for adds in (True, False)
    )
    whole = _open(whole, tokenizer, has_added=True)
    return whole[: len(whole) - len(bare)]


def _open(ids: list[int], tokenizer: Any, *, has_added: bool) -> list[int]:
    """Return a prompt's ids without the end of sequence that some tokenizers add to every text."""
    eos: int | None = tokenizer.eos_token_id
    while has_added and len(ids) > 1 and ids[-1] == eos:
        ids.pop()
    # Nothing predicts the first token of a document, so a prompt has at least one.
    return ids or [tokenizer.bos_token_id if tokenizer.bos_token_id is not None else eos or 0]
