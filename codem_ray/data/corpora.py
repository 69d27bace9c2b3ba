"""stub"""
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One instruction and its answer."""

    id: str
    instruction: str
    response: str
    language: str
    origin: str = ""
    licence: str = "unknown"
