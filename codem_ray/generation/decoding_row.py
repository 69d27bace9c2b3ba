"""One completion while the transformers engine writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from codem_ray.generation.engine import Request, end_of_answer
from codem_ray.records import Completion

_PROMPT_TAIL = 8
"""Prompt tokens decoded before a completion, so that its leading spaces survive."""

Decode = Callable[..., Any]
"""A tokenizer's `decode`."""


@dataclass(eq=False, kw_only=True, slots=True)
class DecodingRow:
    """One completion in progress: its tokens, its text so far, and whether it is done."""

    request: Request
    sample: int
    prompt: list[int]
    max_tokens: int
    draws: list[float]
    """Random numbers in [0, 1), one per token; empty: greedy."""
    tokens: list[int] = field(default_factory=list)
    text: str = ""
    is_done: bool = False
    is_truncated: bool = False
    _tail: list[int] = field(default_factory=list)
    """Tokens that are decoded together: some that are in `text`, for context, then new ones."""
    _num_settled: int = 0
    """Tokens of `_tail` that are in `text`."""

    def restart(self) -> None:
        """Discard all tokens and text."""
        self.tokens, self.text, self.is_done, self.is_truncated = [], "", False, False
        self._tail, self._num_settled = [], 0

    def push(self, token: int, end_tokens: frozenset[int], decode: Decode) -> None:
        """Add one token and check whether it ends the completion."""
        if not self._tail:
            self._tail = self.prompt[-_PROMPT_TAIL:]
            self._num_settled = len(self._tail)
        self.tokens.append(token)
        if token in end_tokens:
            self._settle(decode, is_last=True)
            self.is_done = True
        else:
            self._tail.append(token)
            is_last = len(self.tokens) >= self.max_tokens
            self._settle(decode, is_last=is_last)
            self.is_truncated = self.is_done = is_last
        end = end_of_answer(self.text, self.request)
        if end is not None:
            self.text = self.text[:end]
            self.is_done, self.is_truncated = True, False

    def _settle(self, decode: Decode, *, is_last: bool) -> None:
        """Append the text of the new tokens once it is known."""
        before = decode(self._tail[: self._num_settled], skip_special_tokens=True)
        after = decode(self._tail, skip_special_tokens=True)
        # A token may end in the middle of a character; its text is then not known yet.
        if len(after) > len(before) and (is_last or not after.endswith("\ufffd")):
            self.text += after[len(before) :]
            self._tail = self._tail[self._num_settled :]
            self._num_settled = len(self._tail)

    def completion(self) -> Completion:
        """Return the finished completion."""
        return Completion(
            task_id=self.request.task_id,
            sample=self.sample,
            text=self.text,
            prompt_tokens=len(self.prompt),
            completion_tokens=len(self.tokens),
            is_truncated=self.is_truncated,
        )
