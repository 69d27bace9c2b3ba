"""Where the files of the starter kit lie."""

from __future__ import annotations

from pathlib import Path


def assets_path() -> Path:
    """Folder of all files of the starter kit."""
    return Path(__file__).resolve().parent / "assets"


def corpus_path(language: str) -> Path:
    """Pairs in `language`, or of the control `prose`, as gzipped JSON lines."""
    return assets_path() / "corpora" / f"{language}.jsonl.gz"


def benchmark_path(language: str) -> Path:
    """Problems of the target `language`, as gzipped JSON lines."""
    return assets_path() / "benchmark" / f"starter-{language}.jsonl.gz"


def model_path() -> Path:
    """Folder of the base model, as `transformers` loads it."""
    return assets_path() / "model"
