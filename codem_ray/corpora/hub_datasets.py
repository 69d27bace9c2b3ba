"""Datasets of the Hugging Face hub as corpora."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codem_ray.config import HUB, CorpusConfig
from codem_ray.corpora.raw_rows import RawRow
from codem_ray.errors import DataError

_COMMIT = re.compile(r"[0-9a-f]{40}")


def hub_rows(corpus: CorpusConfig, name: str) -> Iterator[RawRow]:
    """Stream the rows of a split of the dataset with this name."""
    part = "/".join(filter(None, (name, corpus.subset, corpus.split)))
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise DataError(_needs_datasets(name)) from error
    try:
        rows = datasets.load_dataset(
            name, corpus.subset, split=corpus.split, revision=corpus.revision, streaming=True
        )
        for number, row in enumerate(rows, start=1):
            yield RawRow(f"{part}:{number}", dict(row))
    # Errors of the hub, the network and every file format arrive here without a common base class.
    except Exception as error:
        raise DataError(
            f"the corpus {HUB}{name} (revision {corpus.revision or 'main'}, subset "
            f"{corpus.subset or 'none'}, split {corpus.split}) cannot be loaded: {error}; check "
            "data.corpora[]: path, revision, subset, split"
        ) from error


def hub_commit(name: str, revision: str | None) -> str:
    """Return the commit that a dataset's revision points to now."""
    revision = revision or "main"
    if _COMMIT.fullmatch(revision):
        return revision
    try:
        import huggingface_hub
    except ModuleNotFoundError as error:
        raise DataError(_needs_datasets(name)) from error
    try:
        return str(huggingface_hub.HfApi().dataset_info(name, revision=revision).sha)
    except Exception as error:
        raise DataError(
            f"the corpus {HUB}{name} (revision {revision}) cannot be looked up: {error}; with a "
            "commit in data.corpora[].revision the local cache is enough"
        ) from error


def _needs_datasets(name: str) -> str:
    return f"the corpus {HUB}{name} needs the package `datasets`: pip install 'codem-ray[train]'"
