"""Token ids of all pairs of a store, in one file that is written and read in parts."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.corpora.pair_store import PairStore
from codem_ray.corpora.pairs import Pair
from codem_ray.errors import ConfigError, DataError
from codem_ray.prompting.encoding import encode_answers, names_special_token
from codem_ray.prompting.templates import CHAT_DATE
from codem_ray.storage import digest_of
from codem_ray.tokens.prompt_encoding import encode_instructions
from codem_ray.tokens.prompt_template import check_tokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    TokenIds = NDArray[np.int32]

ENCODING_VERSION = 4
IDS, LENGTHS = "ids.bin", "lengths.npy"
CHUNK_PAIRS = 256
_ID_TYPE, _ID_BYTES = "<i4", 4


@dataclass(frozen=True, slots=True)
class TokenLengths:
    """Number of tokens of each pair of a store, as standard arrays of Python integers."""

    prompts: array[int]
    answers: array[int]
    """Includes the end of sequence; all of them are target tokens."""

    def fits(self, prompt: int, answer: int, max_tokens: int) -> bool:
        """Whether the prompt of one row and the answer of another fit into `max_tokens`."""
        return self.prompts[prompt] + self.answers[answer] <= max_tokens


def encoding_key(pairs_digest: str, *, tokenizer_digest: str, template: str) -> str:
    """Return a hash of everything that the token ids of a store depend on."""
    return digest_of([ENCODING_VERSION, pairs_digest, tokenizer_digest, template])


def encode_store(
    store: PairStore,
    folder: Path,
    *,
    tokenizer: Any,
    template: str,
    chat_date: date = CHAT_DATE,
    on_pairs: Callable[[int], None] = lambda count: None,
) -> tuple[TokenLengths, int]:
    """Tokenise all pairs of a store into a folder.

    Returns the lengths, and the number of pairs whose text names a special token.

    The prompt is encoded without the answer, as in generation, so that both have the same token
    boundary. `on_pairs` is called with the number of pairs encoded since the last call.

    Raises DataError if the template fails on a pair, and names the pair.
    """
    import numpy as np

    check_tokenizer(template, tokenizer)
    lengths, num_special = TokenLengths(array("I"), array("I")), 0
    with (folder / IDS).open("wb") as stream:
        pairs = (pair for _, pair in store.read())
        while chunk := list(islice(pairs, CHUNK_PAIRS)):
            for prompt, answer in _encode(chunk, tokenizer, template, chat_date):
                lengths.prompts.append(len(prompt))
                lengths.answers.append(len(answer))
                stream.write(np.asarray(prompt + answer, dtype=_ID_TYPE).tobytes())
            num_special += sum(
                names_special_token(f"{pair.instruction}\n{pair.response}", tokenizer)
                for pair in chunk
            )
            on_pairs(len(chunk))
    np.save(folder / LENGTHS, np.asarray([lengths.prompts, lengths.answers], dtype=np.uint32))
    return lengths, num_special


def read_lengths(folder: Path, num_pairs: int | None = None) -> TokenLengths:
    """Read the lengths of an encoded store; raise DataError if there are not `num_pairs`."""
    import numpy as np

    try:
        prompts, answers = np.load(folder / LENGTHS)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(
            f"{folder}: the token lengths cannot be read ({error}): delete the folder and run again"
        ) from error
    if num_pairs is not None and len(prompts) != num_pairs:
        raise DataError(
            f"{folder}: it has the lengths of {len(prompts):,} pairs instead of {num_pairs:,}: "
            "delete the folder and run again"
        )
    return TokenLengths(array("I", prompts.tobytes()), array("I", answers.tobytes()))


class EncodedPairs:
    """The token ids in an encoded store's folder, read pair by pair."""

    def __init__(self, folder: Path) -> None:
        self.lengths = read_lengths(folder)
        totals = map(sum, zip(self.lengths.prompts, self.lengths.answers, strict=True))
        self._starts = array("Q", accumulate(totals, initial=0))
        # A memory map would keep all pages that were read resident.
        self._file = os.open(folder / IDS, os.O_RDONLY)

    def prompt(self, row: int) -> TokenIds:
        """Return the ids of a pair's prompt."""
        return self._read(self._starts[row], self.lengths.prompts[row])

    def answer(self, row: int) -> TokenIds:
        """Return the ids of a pair's answer, including the end of sequence."""
        return self._read(self._starts[row] + self.lengths.prompts[row], self.lengths.answers[row])

    def _read(self, start: int, count: int) -> TokenIds:
        import numpy as np

        content = os.pread(self._file, count * _ID_BYTES, start * _ID_BYTES)
        if len(content) != count * _ID_BYTES:
            raise DataError(
                f"{IDS} ends after {len(content) // _ID_BYTES} of {count} token ids of a pair: "
                "delete its folder and run again"
            )
        return np.frombuffer(content, dtype=_ID_TYPE)

    def __enter__(self) -> EncodedPairs:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def _encode(
    pairs: list[Pair], tokenizer: Any, template: str, chat_date: date
) -> Iterator[tuple[list[int], list[int]]]:
    """Yield prompt ids and answer ids of each pair."""
    instructions = [pair.instruction for pair in pairs]
    try:
        prompts = encode_instructions(instructions, tokenizer, template, chat_date)
    except ConfigError:
        prompts = [_encode_alone(pair, tokenizer, template, chat_date) for pair in pairs]
    answers = encode_answers([pair.response for pair in pairs], tokenizer)
    yield from zip(prompts, answers, strict=True)


def _encode_alone(pair: Pair, tokenizer: Any, template: str, chat_date: date) -> list[int]:
    """Encode one prompt, so that an error names its pair."""
    try:
        return encode_instructions([pair.instruction], tokenizer, template, chat_date)[0]
    except ConfigError as error:
        raise DataError(f"pair {pair.id} ({pair.origin}): {error}") from error
