"""Paths of the starter kit's files."""

from __future__ import annotations

from pathlib import Path

STARTER, WORDS = "starter", "starter-words"
"""Corpora: of answer formats, and of made-up words."""


def assets_path() -> Path:
    """Return the folder of all files."""
    return Path(__file__).resolve().parent / "assets"


def corpus_path(language: str, corpus: str = STARTER) -> Path:
    """Return the pairs of a language or of the control `prose`: gzipped JSON lines."""
    folder = {STARTER: "corpora", WORDS: "words"}[corpus]
    return assets_path() / folder / f"{language}.jsonl.gz"


def benchmark_path(language: str, corpus: str = STARTER) -> Path:
    """Return the problems of a target language: gzipped JSON lines."""
    return assets_path() / "benchmark" / f"{corpus}-{language}.jsonl.gz"


def model_path() -> Path:
    """Return the folder of the base model, in the format of `transformers`."""
    return assets_path() / "model"


def instruct_path() -> Path:
    """Return the folder of the base model that answers instructions."""
    return assets_path() / "instruct"


MODELS = {"starter": model_path, "starter-instruct": instruct_path}
"""The folders of the bundled models, by name."""
