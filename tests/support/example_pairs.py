"""Pairs written in one line."""

from __future__ import annotations

from typing import Any

from codem_ray.corpora.pairs import Pair


def make_pair(
    number: int | str, instruction: str, response: str, language: str = "python", **fields: Any
) -> Pair:
    """Return a pair whose id is a number or a name."""
    return Pair(
        **{"origin": "test", **fields},
        id=str(number),
        instruction=instruction,
        response=response,
        language=language,
    )
