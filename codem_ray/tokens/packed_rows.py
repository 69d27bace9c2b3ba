"""Token rows of equal length that hold one or several documents, which do not see each other."""

from __future__ import annotations

import hashlib
import json
import os
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from codem_ray.errors import DataError
from codem_ray.storage import digest_of
from codem_ray.tokens.bin_packing import one_each, pack
from codem_ray.tokens.source_draws import Draw
from codem_ray.tokens.store_encoding import ENCODING_VERSION, EncodedPairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.int32]

IGNORED = -100
"""Label of a position that carries no loss."""
ARRAYS = ("input_ids", "labels", "position_ids", "counts")
FACTS = "tokens.json"
FORMAT_VERSION = 2
CHUNK_ROWS = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class TokensFacts:
    """Counts of a folder of packed tokens."""

    pairs: int
    dropped_too_long: int
    """Pairs longer than `max_tokens`, which are left out."""
    rows: int
    max_tokens: int
    tokens: int
    """Number of tokens without padding."""
    target_tokens: int
    """Tokens that carry loss."""
    filling: float
    """Share of positions that hold a document."""
    digest: str
    is_packed: bool = True
    """Whether a row may hold several documents."""
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True, slots=True)
class PackedTokens:
    """Memory-mapped rows [rows, max_tokens] of int32; positions restart with each document."""

    facts: TokensFacts
    input_ids: Array
    labels: Array
    position_ids: Array
    counts: Array
    """[rows, 2]: tokens and target tokens of each row."""


def tokens_key(
    draw_digest: str,
    *,
    tokenizer_digest: str,
    template: str,
    max_tokens: int,
    seed: int,
    is_packed: bool = True,
) -> str:
    """Return a hash of everything that packed tokens depend on."""
    inputs = [
        FORMAT_VERSION,
        ENCODING_VERSION,
        draw_digest,
        tokenizer_digest,
        template,
        max_tokens,
        seed,
    ]
    return digest_of(inputs if is_packed else [*inputs, "one document per row"])


def pack_tokens(
    encoded: EncodedPairs,
    draw: Draw,
    folder: Path,
    *,
    pad_token_id: int,
    max_tokens: int,
    seed: int,
    is_packed: bool = True,
) -> TokensFacts:
    """Pack the documents of a draw and write their rows to a new folder.

    Unless `is_packed`, each document gets a row of its own.

    Raises DataError if no document fits into `max_tokens`.
    """
    lengths = encoded.lengths
    documents = zip(draw.prompts, draw.answers, strict=True)
    sizes = array("q", (lengths.prompts[p] + lengths.answers[a] for p, a in documents))
    kept = array("q", (number for number, size in enumerate(sizes) if size <= max_tokens))
    if not kept:
        raise DataError(
            f"none of {len(sizes)} pairs fits data.max_tokens={max_tokens} "
            f"(the shortest has {min(sizes, default=0)} tokens): raise data.max_tokens"
        )
    rows = (
        pack(array("q", (sizes[number] for number in kept)), max_tokens=max_tokens, seed=seed)
        if is_packed
        else one_each(len(kept), seed=seed)
    )
    folder.mkdir()
    parts = (
        _fill_rows(
            encoded,
            [
                [(draw.prompts[kept[number]], draw.answers[kept[number]]) for number in row]
                for row in rows[start : start + CHUNK_ROWS]
            ],
            pad_token_id,
            max_tokens,
        )
        for start in range(0, len(rows), CHUNK_ROWS)
    )
    shape = (len(rows), max_tokens)
    digest = _write_arrays(folder, parts, [shape, shape, shape, (len(rows), 2)])
    tokens = sum(sizes[number] for number in kept)
    facts = TokensFacts(
        pairs=len(kept),
        dropped_too_long=len(sizes) - len(kept),
        rows=len(rows),
        max_tokens=max_tokens,
        tokens=tokens,
        target_tokens=sum(lengths.answers[draw.answers[number]] for number in kept),
        filling=tokens / (len(rows) * max_tokens),
        digest=digest,
        is_packed=is_packed,
    )
    (folder / FACTS).write_text(json.dumps(asdict(facts), indent=2) + "\n")
    return facts


def _fill_rows(
    encoded: EncodedPairs,
    rows: Sequence[Sequence[tuple[int, int]]],
    pad_token_id: int,
    max_tokens: int,
) -> tuple[Array, Array, Array, Array]:
    """Return the arrays of ARRAYS for some rows of (prompt, answer) documents."""
    import numpy as np

    shape = (len(rows), max_tokens)
    input_ids = np.full(shape, pad_token_id, dtype=np.int32)
    labels = np.full(shape, IGNORED, dtype=np.int32)
    position_ids = np.zeros(shape, dtype=np.int32)
    counts = np.zeros((len(rows), 2), dtype=np.int32)
    for number, documents in enumerate(rows):
        start = 0
        for prompt_row, answer_row in documents:
            prompt, answer = encoded.prompt(prompt_row), encoded.answer(answer_row)
            middle, end = start + len(prompt), start + len(prompt) + len(answer)
            input_ids[number, start:middle] = prompt
            input_ids[number, middle:end] = answer
            labels[number, middle:end] = answer
            position_ids[number, start:end] = np.arange(end - start)
            start = end
        # Padding is a separate document: no other attends to it, and it carries no loss.
        position_ids[number, start:] = np.arange(max_tokens - start)
        counts[number] = start, (labels[number] != IGNORED).sum()
    return input_ids, labels, position_ids, counts


def _write_arrays(
    folder: Path, parts: Iterable[tuple[Array, ...]], shapes: Sequence[tuple[int, int]]
) -> str:
    """Write the arrays of ARRAYS part by part as .npy files; return a hash of their content.

    `open_memmap` would keep all written pages in memory.
    """
    from numpy.lib import format as npy

    # Not every version of numpy has types for it.
    write_header: Callable[[BinaryIO, dict[str, object]], None] = npy.write_array_header_1_0
    hashes = [hashlib.sha256(str(shape).encode()) for shape in shapes]
    with ExitStack() as stack:
        streams = [stack.enter_context((folder / f"{name}.npy").open("wb")) for name in ARRAYS]
        for stream, shape in zip(streams, shapes, strict=True):
            write_header(stream, {"descr": "<i4", "fortran_order": False, "shape": shape})
        for part in parts:
            for values, stream, content in zip(part, streams, hashes, strict=True):
                data = values.astype("<i4", copy=False).tobytes()
                stream.write(data)
                content.update(data)
    return digest_of([FORMAT_VERSION, *(content.hexdigest() for content in hashes)])


def load_tokens(folder: str | os.PathLike[str]) -> PackedTokens:
    """Map the rows in a folder that `pack_tokens` wrote into memory."""
    import numpy as np

    path = Path(folder)
    try:
        facts = TokensFacts(**json.loads((path / FACTS).read_text()))
        arrays = [np.load(path / f"{name}.npy", mmap_mode="r") for name in ARRAYS]
    except (OSError, EOFError, ValueError, TypeError) as error:
        raise DataError(
            f"{path}: the packed tokens cannot be read ({error}): delete the folder and run again"
        ) from error
    return PackedTokens(facts, *arrays)
