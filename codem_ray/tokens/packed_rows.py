"""Packed token rows in which no document sees another."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from array import array
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from codem_ray.errors import DataError
from codem_ray.storage import digest_of
from codem_ray.tokens.bin_packing import pack
from codem_ray.tokens.drawing import Draw
from codem_ray.tokens.encoding import EncodedPairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.int32]

IGNORED = -100
"""Label of a position that carries no loss."""
ARRAYS = ("input_ids", "labels", "position_ids", "counts")
FORMAT_VERSION = 2
CHUNK_ROWS = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class TokensFacts:
    """What a folder of packed tokens holds."""

    pairs: int
    """Pairs in the rows."""
    dropped_too_long: int
    """Pairs longer than `max_tokens`, left out."""
    rows: int
    max_tokens: int
    tokens: int
    """Tokens of documents, padding excluded."""
    target_tokens: int
    """Tokens that carry loss."""
    filling: float
    """Share of positions that hold a document."""
    digest: str
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class PackedTokens:
    """Rows [rows, max_tokens] of int32, memory-mapped; positions restart with each document."""

    facts: TokensFacts
    input_ids: Rows
    labels: Rows
    position_ids: Rows
    counts: Rows
    """[rows, 2]: tokens of documents and target tokens of each row."""


def pack_tokens(
    encoded: EncodedPairs,
    draw: Draw,
    folder: str | os.PathLike[str],
    *,
    pad_token_id: int,
    max_tokens: int,
    seed: int,
) -> TokensFacts:
    """Pack a draw's documents and write their rows to `folder`, whole or not at all.

    Rows are worked out from lengths alone and written a few at a time. Raises DataError when no
    document fits.
    """
    lengths = encoded.lengths
    sizes = array(
        "q",
        (
            lengths.prompts[prompt] + lengths.answers[answer]
            for prompt, answer in zip(draw.prompts, draw.answers, strict=True)
        ),
    )
    kept = array("q", (place for place, size in enumerate(sizes) if size <= max_tokens))
    if not kept:
        raise DataError(
            f"none of {len(sizes)} pairs fits data.max_tokens={max_tokens} "
            f"(the shortest has {min(sizes, default=0)} tokens): raise data.max_tokens"
        )
    rows = pack(array("q", (sizes[place] for place in kept)), max_tokens=max_tokens, seed=seed)
    target = Path(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        partial.mkdir()
        with _RowsFiles(partial, len(rows), max_tokens) as files:
            for start in range(0, len(rows), CHUNK_ROWS):
                documents = [
                    [(draw.prompts[kept[at]], draw.answers[kept[at]]) for at in row]
                    for row in rows[start : start + CHUNK_ROWS]
                ]
                files.write(_filled(encoded, documents, pad_token_id, max_tokens))
        tokens = sum(sizes[place] for place in kept)
        facts = TokensFacts(
            pairs=len(kept),
            dropped_too_long=len(sizes) - len(kept),
            rows=len(rows),
            max_tokens=max_tokens,
            tokens=tokens,
            target_tokens=sum(lengths.answers[draw.answers[place]] for place in kept),
            filling=tokens / (len(rows) * max_tokens),
            digest=files.digest(),
        )
        (partial / "tokens.json").write_text(json.dumps(asdict(facts), indent=2) + "\n")
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return facts


def _filled(
    encoded: EncodedPairs,
    documents: Sequence[Sequence[tuple[int, int]]],
    pad_token_id: int,
    max_tokens: int,
) -> tuple[Rows, Rows, Rows, Rows]:
    """Return ids, labels, positions and counts of some rows of (prompt, answer) documents."""
    import numpy as np

    shape = (len(documents), max_tokens)
    input_ids = np.full(shape, pad_token_id, dtype=np.int32)
    labels = np.full(shape, IGNORED, dtype=np.int32)
    position_ids = np.zeros(shape, dtype=np.int32)
    counts = np.zeros((len(documents), 2), dtype=np.int32)
    for number, row in enumerate(documents):
        at = 0
        for prompt_row, answer_row in row:
            prompt, answer = encoded.prompt(prompt_row), encoded.answer(answer_row)
            middle, end = at + len(prompt), at + len(prompt) + len(answer)
            input_ids[number, at:middle] = prompt
            input_ids[number, middle:end] = answer
            labels[number, middle:end] = answer
            position_ids[number, at:end] = np.arange(end - at)
            at = end
        # Padding is a document of its own: nothing attends to it, and it carries no loss.
        position_ids[number, at:] = np.arange(max_tokens - at)
        counts[number] = at, (labels[number] != IGNORED).sum()
    return input_ids, labels, position_ids, counts


class _RowsFiles:
    """The array files of a folder, written from the first row to the last."""

    def __init__(self, folder: Path, rows: int, max_tokens: int) -> None:
        self._folder = folder
        self._shapes = [(rows, max_tokens)] * 3 + [(rows, 2)]
        self._hashes = [hashlib.sha256(str(shape).encode()) for shape in self._shapes]
        self._streams: list[BinaryIO] = []
        self._stack = ExitStack()

    def __enter__(self) -> _RowsFiles:
        from numpy.lib import format as npy

        for name, shape in zip(ARRAYS, self._shapes, strict=True):
            stream = self._stack.enter_context((self._folder / f"{name}.npy").open("wb"))
            header = {"descr": "<i4", "fortran_order": False, "shape": shape}
            npy.write_array_header_1_0(stream, header)
            self._streams.append(stream)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def write(self, arrays: Iterable[Rows]) -> None:
        """Append rows to each file."""
        for part, stream, content in zip(arrays, self._streams, self._hashes, strict=True):
            values = part.astype("<i4", copy=False).tobytes()
            stream.write(values)
            content.update(values)

    def digest(self) -> str:
        """Return a hash of all that was written."""
        return digest_of([FORMAT_VERSION, *(content.hexdigest() for content in self._hashes)])


def load_tokens(folder: str | os.PathLike[str]) -> PackedTokens:
    """Map the rows of a folder that `pack_tokens` wrote."""
    import numpy as np

    path = Path(folder)
    try:
        facts = TokensFacts(**json.loads((path / "tokens.json").read_text()))
        arrays = {name: np.load(path / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    except (OSError, EOFError, ValueError, TypeError) as error:
        raise DataError(
            f"{path}: no packed tokens can be read here ({error}): delete the folder and run again"
        ) from error
    return PackedTokens(facts, *(arrays[name] for name in ARRAYS))


def tokens_key(
    draw_digest: str, *, tokenizer_digest: str, template: str, max_tokens: int, seed: int
) -> str:
    """Return a hash of all that packed tokens depend on."""
    return digest_of([FORMAT_VERSION, draw_digest, tokenizer_digest, template, max_tokens, seed])
