"""Packed token rows in which no document sees another."""

from __future__ import annotations

import bisect
import hashlib
import json
import os
import random
import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.data.corpora import Pair
from codem_ray.data.template import prompt_adds_special_tokens, render_prompt
from codem_ray.errors import DataError, ModelLoadError
from codem_ray.hugging_face import import_transformers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.int32]

IGNORED = -100
"""Label of a position that carries no loss."""
ARRAYS = ("input_ids", "labels", "position_ids", "counts")
FORMAT_VERSION = 1
CHARACTERS_PER_TOKEN = 3.5


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


@dataclass(frozen=True, slots=True)
class Document:
    """One pair as token ids; the first `num_prompt` carry no loss."""

    ids: tuple[int, ...]
    num_prompt: int


def load_tokenizer(
    path: str, *, revision: str | None = None, trust_remote_code: bool = False
) -> Any:
    """Load a model's tokenizer and check that it can end an answer."""
    try:
        tokenizer = import_transformers().AutoTokenizer.from_pretrained(
            path, revision=revision, trust_remote_code=trust_remote_code
        )
    except Exception as error:
        raise ModelLoadError(f"the tokenizer of {path} does not load: {error}") from error
    if tokenizer.eos_token_id is None:
        raise ModelLoadError(
            f"the tokenizer of {path} has no end-of-sequence token, so an answer could never end: "
            "set eos_token in its tokenizer_config.json"
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def encode_pairs(pairs: Sequence[Pair], *, tokenizer: Any, template: str) -> list[Document]:
    """Tokenise pairs as prompt, answer, end of sequence.

    The prompt is encoded by itself, as generation does it, so that both see the same boundary.
    """
    if not pairs:
        return []
    prompts = [render_prompt(template, pair.instruction, tokenizer) for pair in pairs]
    prompt_ids = tokenizer(prompts, add_special_tokens=prompt_adds_special_tokens(template))[
        "input_ids"
    ]
    answer_ids = tokenizer([pair.response for pair in pairs], add_special_tokens=False)["input_ids"]
    eos: int = tokenizer.eos_token_id
    documents = []
    for prompt, answer in zip(prompt_ids, answer_ids, strict=True):
        start = list(prompt)
        while start and start[-1] == eos and len(start) > 1:
            start.pop()
        if not start:
            # The first token of a document is predicted from nothing, so it must not be a target.
            start = [tokenizer.bos_token_id if tokenizer.bos_token_id is not None else eos]
        documents.append(Document(ids=(*start, *answer, eos), num_prompt=len(start)))
    return documents


def pack(lengths: Sequence[int], *, max_tokens: int, seed: int) -> list[list[int]]:
    """Assign documents to rows by best fit, longest first; the order is seeded."""
    rng = random.Random(f"pack/{seed}")
    order = list(range(len(lengths)))
    rng.shuffle(order)
    order.sort(key=lambda index: -lengths[index])
    rows: list[list[int]] = []
    free: list[tuple[int, int]] = []
    """(free positions, row), sorted."""
    for index in order:
        place = bisect.bisect_left(free, (lengths[index], -1))
        if place == len(free):
            rows.append([index])
            bisect.insort(free, (max_tokens - lengths[index], len(rows) - 1))
        else:
            room, row = free.pop(place)
            rows[row].append(index)
            bisect.insort(free, (room - lengths[index], row))
    rng.shuffle(rows)
    for documents in rows:
        rng.shuffle(documents)
    return rows


def _digest(arrays: Iterable[Rows]) -> str:
    content = hashlib.sha256(f"tokens v{FORMAT_VERSION}".encode())
    for array in arrays:
        content.update(str(array.shape).encode())
        content.update(array.tobytes())
    return content.hexdigest()[:16]


def build_tokens(
    pairs: Sequence[Pair],
    folder: str | os.PathLike[str],
    *,
    tokenizer: Any,
    template: str,
    max_tokens: int,
    seed: int = 0,
) -> TokensFacts:
    """Tokenise, pack and write pairs to `folder`, whole or not at all.

    Raises DataError when no pair fits.
    """
    import numpy as np

    documents = encode_pairs(pairs, tokenizer=tokenizer, template=template)
    kept = [document for document in documents if len(document.ids) <= max_tokens]
    if not kept:
        longest = min((len(document.ids) for document in documents), default=0)
        raise DataError(
            f"none of {len(pairs)} pairs fits data.max_tokens={max_tokens} "
            f"(the shortest has {longest} tokens): raise data.max_tokens"
        )
    rows = pack([len(document.ids) for document in kept], max_tokens=max_tokens, seed=seed)
    shape = (len(rows), max_tokens)
    input_ids = np.full(shape, tokenizer.pad_token_id, dtype=np.int32)
    labels = np.full(shape, IGNORED, dtype=np.int32)
    position_ids = np.zeros(shape, dtype=np.int32)
    counts = np.zeros((len(rows), 2), dtype=np.int32)
    for number, row in enumerate(rows):
        at = 0
        for index in row:
            document = kept[index]
            end = at + len(document.ids)
            input_ids[number, at:end] = document.ids
            labels[number, at + document.num_prompt : end] = document.ids[document.num_prompt :]
            position_ids[number, at:end] = np.arange(end - at)
            at = end
        # Padding is a document of its own: nothing attends to it, and it carries no loss.
        position_ids[number, at:] = np.arange(max_tokens - at)
        counts[number] = at, (labels[number] != IGNORED).sum()
    tokens = sum(len(document.ids) for document in kept)
    facts = TokensFacts(
        pairs=len(kept),
        dropped_too_long=len(documents) - len(kept),
        rows=len(rows),
        max_tokens=max_tokens,
        tokens=tokens,
        target_tokens=int((labels != IGNORED).sum()),
        filling=tokens / (len(rows) * max_tokens),
        digest=_digest((input_ids, labels, position_ids)),
    )
    arrays = (input_ids, labels, position_ids, counts)
    _write(Path(folder), facts, dict(zip(ARRAYS, arrays, strict=True)))
    return facts


def _write(folder: Path, facts: TokensFacts, arrays: dict[str, Rows]) -> None:
    import numpy as np

    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        partial.mkdir()
        for name, array in arrays.items():
            np.save(partial / f"{name}.npy", array)
        (partial / "tokens.json").write_text(json.dumps(asdict(facts), indent=2) + "\n")
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def load_tokens(folder: str | os.PathLike[str]) -> PackedTokens:
    """Map the rows of a folder that `build_tokens` wrote."""
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
    pairs: Iterable[Pair], *, tokenizer_digest: str, template: str, max_tokens: int, seed: int
) -> str:
    """Return a hash of all that packed tokens depend on, as 16 hex digits."""
    content = hashlib.sha256(
        json.dumps([FORMAT_VERSION, tokenizer_digest, template, max_tokens, seed]).encode()
    )
    for pair in pairs:
        content.update(json.dumps([pair.instruction, pair.response]).encode())
    return content.hexdigest()[:16]


def estimate_tokens(pairs: Iterable[Pair]) -> int:
    """Estimate the tokens of pairs from their characters, where no tokenizer is at hand."""
    characters = sum(len(pair.instruction) + len(pair.response) for pair in pairs)
    return round(characters / CHARACTERS_PER_TOKEN)
