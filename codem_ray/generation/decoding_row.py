"""A completion that is being generated: one row of the transformers engine's batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from codem_ray.generation.engine import Request, end_of_answer
from codem_ray.records import Completion

_PROMPT_TAIL = 8
"""How many prompt tokens are decoded along with a completion. Tokenizers drop the leading space of
the first token that they decode."""

Decode = Callable[..., Any]
"""A tokenizer's `decode`."""


@dataclass(eq=False, kw_only=True, slots=True)
class DecodingRow:
    """One completion in progress: its tokens, its text so far, and whether it is done."""

    request: Request
    sample: int
    prompt: list[int]
    max_tokens: int
    uniforms: list[float]
    """One random number in [0, 1) per token. An empty list means greedy decoding."""
    tokens: list[int] = field(default_factory=list)
    text: str = ""
    is_done: bool = False
    is_truncated: bool = False
    """Whether `max_tokens` ended the completion."""
    _tail: list[int] = field(default_factory=list)
    """Tokens that are decoded together: first context (initially the end of the prompt), then new
    ones."""
    _num_context: int = 0
    """How many tokens at the start of `_tail` are context only."""

    def restart(self) -> None:
        """Discard everything generated so far."""
        self.tokens, self.text, self.is_done, self.is_truncated = [], "", False, False
        self._tail, self._num_context = [], 0

    def push(self, token: int, end_tokens: frozenset[int], decode: Decode) -> None:
        """Add one token and check whether it ends the completion.

        Text after the end of an answer is cut off.
        """
        if not self._tail:
            self._tail = self.prompt[-_PROMPT_TAIL:]
            self._num_context = len(self._tail)
        self.tokens.append(token)
        if token in end_tokens:
            self._flush(decode, is_last=True)
            self.is_done = True
        else:
            self._tail.append(token)
            is_last = len(self.tokens) >= self.max_tokens
            self._flush(decode, is_last=is_last)
            self.is_done = is_last
            self.is_truncated = is_last
        end = end_of_answer(self.text, self.request)
        if end is not None:
            self.text = self.text[:end]
            self.is_done, self.is_truncated = True, False

    def _flush(self, decode: Decode, *, is_last: bool) -> None:
        """Append the text of the new tokens, unless it ends within a character."""
        before = decode(self._tail[: self._num_context], skip_special_tokens=True)
        after = decode(self._tail, skip_special_tokens=True)
        # A token may end in the middle of a character; its text is then not known yet.
        if len(after) > len(before) and (is_last or not after.endswith("\ufffd")):
            self.text += after[len(before) :]
            self._tail = self._tail[self._num_context :]
            self._num_context = len(self._tail)

    def to_completion(self) -> Completion:
        """Return the completion as generated so far."""
        return Completion(
            task_id=self.request.task_id,
            sample=self.sample,
            text=self.text,
            prompt_tokens=len(self.prompt),
            completion_tokens=len(self.tokens),
            is_truncated=self.is_truncated,
        )
