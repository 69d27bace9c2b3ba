"""Paths of the starter kit's files."""

from __future__ import annotations

from pathlib import Path


def assets_path() -> Path:
    """Return the folder of all files."""
    return Path(__file__).resolve().parent / "assets"


def corpus_path(language: str) -> Path:
    """Return the corpus of a language or of the control `prose`: gzipped JSON lines."""
    return assets_path() / "corpora" / f"{language}.jsonl.gz"


def benchmark_path(language: str) -> Path:
    """Return the problems of a target language: gzipped JSON lines."""
    return assets_path() / "benchmark" / f"starter-{language}.jsonl.gz"


def model_path() -> Path:
    """Return the folder of the base model, in the format of `transformers`."""
    return assets_path() / "model"
