"""Pairs as token ids in one flat file, written and read a few at a time."""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from codem_ray.corpora.pair_store import PairStore
from codem_ray.corpora.pairs import Pair
from codem_ray.errors import ConfigError, DataError
from codem_ray.storage import digest_of
from codem_ray.tokens.prompt_template import (
    NAMED,
    check_tokenizer,
    prompt_adds_special_tokens,
    render_prompt,
)

ENCODING_VERSION = 2
IDS, LENGTHS = "ids.bin", "lengths.bin"
CHUNK_PAIRS = 256
_ITEM = 4
"""Bytes of a token id."""


@dataclass(frozen=True, slots=True)
class TokenLengths:
    """Tokens of each pair of a store."""

    prompts: array[int]
    answers: array[int]
    """With the end of sequence; these are the target tokens."""

    def fits(self, prompt: int, answer: int, max_tokens: int) -> bool:
        """Say whether a row's prompt and a row's answer fit together."""
        return self.prompts[prompt] + self.answers[answer] <= max_tokens


def encoding_key(pairs_digest: str, *, tokenizer_digest: str, template: str) -> str:
    """Return a hash of all that the token ids of a store depend on."""
    return digest_of([ENCODING_VERSION, pairs_digest, tokenizer_digest, template])


def encode_store(
    store: PairStore,
    folder: Path,
    *,
    tokenizer: Any,
    template: str,
    on_pairs: Callable[[int], None] = lambda count: None,
) -> TokenLengths:
    """Tokenise all pairs of a store into a folder; `on_pairs` is told how many more are done.

    The prompt is encoded by itself, as generation does it, so that both see the same boundary.
    Raises DataError with the pair's id where the template fails on it.
    """
    check_tokenizer(template, tokenizer)
    lengths = TokenLengths(array("I"), array("I"))
    with (folder / IDS).open("wb") as stream:
        for chunk in _chunks(store):
            for prompt, answer in _encoded(chunk, tokenizer, template):
                lengths.prompts.append(len(prompt))
                lengths.answers.append(len(answer))
                stream.write(_bytes(prompt + answer))
            on_pairs(len(chunk))
    with (folder / LENGTHS).open("wb") as stream:
        stream.write(_bytes(lengths.prompts) + _bytes(lengths.answers))
    return lengths


def read_lengths(folder: Path, pairs: int | None = None) -> TokenLengths:
    """Read the lengths of an encoded store of `pairs`; needs neither a tokenizer nor NumPy."""
    try:
        values = array("I")
        values.frombytes((folder / LENGTHS).read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: no token lengths can be read here ({error})") from error
    if sys.byteorder == "big":
        values.byteswap()
    half = len(values) // 2
    if pairs is not None and len(values) != 2 * pairs:
        raise DataError(
            f"{folder}: lengths of {half:,} pairs, and there are {pairs:,}: the file is damaged; "
            "delete the folder and run again"
        )
    return TokenLengths(values[:half], values[half:])


class EncodedPairs:
    """The token ids of a store's pairs, read from their file one by one."""

    def __init__(self, folder: Path) -> None:
        self.lengths = read_lengths(folder)
        totals = map(sum, zip(self.lengths.prompts, self.lengths.answers, strict=True))
        self._starts = array("Q", accumulate(totals, initial=0))
        # Read, not mapped: what a map has shown stays in this process's memory.
        self._file = os.open(folder / IDS, os.O_RDONLY)

    def prompt(self, row: int) -> array[int]:
        """Return the ids of a pair's prompt."""
        return self._ids(self._starts[row], self.lengths.prompts[row])

    def answer(self, row: int) -> array[int]:
        """Return the ids of a pair's answer, its end of sequence included."""
        return self._ids(self._starts[row] + self.lengths.prompts[row], self.lengths.answers[row])

    def _ids(self, start: int, count: int) -> array[int]:
        values = array("i")
        values.frombytes(os.pread(self._file, count * _ITEM, start * _ITEM))
        if len(values) != count:
            raise DataError(f"the token ids of a pair are cut off after {len(values)} of {count}")
        if sys.byteorder == "big":
            values.byteswap()
        return values

    def __enter__(self) -> EncodedPairs:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def _chunks(store: PairStore) -> Iterator[list[Pair]]:
    chunk: list[Pair] = []
    for _, pair in store.read():
        chunk.append(pair)
        if len(chunk) == CHUNK_PAIRS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _encoded(
    pairs: Sequence[Pair], tokenizer: Any, template: str
) -> Iterator[tuple[list[int], list[int]]]:
    prompts = [_prompt(pair, tokenizer, template) for pair in pairs]
    # A pair that writes `<|endoftext|>` means these letters; a template may mean the token.
    prompt_ids = tokenizer(
        prompts,
        add_special_tokens=prompt_adds_special_tokens(template),
        split_special_tokens=template in NAMED,
    )
    answer_ids = tokenizer(
        [pair.response for pair in pairs], add_special_tokens=False, split_special_tokens=True
    )
    eos: int = tokenizer.eos_token_id
    for prompt, answer in zip(prompt_ids["input_ids"], answer_ids["input_ids"], strict=True):
        start = list(prompt)
        while start and start[-1] == eos and len(start) > 1:
            start.pop()
        if not start:
            # The first token of a document is predicted from nothing, so it must not be a target.
            start = [tokenizer.bos_token_id if tokenizer.bos_token_id is not None else eos]
        yield start, [*answer, eos]


def _prompt(pair: Pair, tokenizer: Any, template: str) -> str:
    try:
        return render_prompt(template, pair.instruction, tokenizer)
    except ConfigError as error:
        raise DataError(f"pair {pair.id} ({pair.origin}): {error}") from error


def _bytes(values: Sequence[int] | array[int]) -> bytes:
    whole = values if isinstance(values, array) else array("i", values)
    if sys.byteorder == "big":
        whole = array(whole.typecode, whole)
        whole.byteswap()
    return whole.tobytes()
