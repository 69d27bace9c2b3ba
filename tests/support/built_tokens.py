"""Packed tokens of a few pairs, made without a sweep."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codem_ray.corpora.pair_store import PairsInMemory
from codem_ray.corpora.pairs import Pair
from codem_ray.tokens.packed_rows import TokensFacts, pack_tokens
from codem_ray.tokens.source_draws import Draw
from codem_ray.tokens.store_encoding import EncodedPairs, encode_store


def build_tokens(
    pairs: Sequence[Pair],
    folder: Path,
    *,
    tokenizer: Any,
    template: str,
    max_tokens: int,
    seed: int = 0,
    is_packed: bool = True,
) -> TokensFacts:
    """Tokenise and pack a few pairs into `folder`."""
    store = PairsInMemory(pairs)
    rows = array("q", range(len(pairs)))
    with tempfile.TemporaryDirectory(prefix="codem-ray-tokens-") as made:
        encode_store(store, Path(made), tokenizer=tokenizer, template=template)
        with EncodedPairs(Path(made)) as encoded:
            return pack_tokens(
                encoded,
                Draw(prompts=rows, answers=rows, distinct=len(rows)),
                folder,
                pad_token_id=tokenizer.pad_token_id,
                max_tokens=max_tokens,
                seed=seed,
                is_packed=is_packed,
            )
