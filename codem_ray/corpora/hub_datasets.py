"""Datasets of the Hugging Face hub as corpora."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codem_ray.corpora.raw_rows import RawRow
from codem_ray.errors import DataError

HUB = "hub:"
"""Prefix of a corpus path that names a dataset of the hub."""
_COMMIT = re.compile(r"[0-9a-f]{40}")


def hub_rows(name: str, revision: str | None) -> Iterator[RawRow]:
    """Stream the rows of all splits of a dataset, in the order of the splits' names."""
    try:
        import datasets
    except ModuleNotFoundError as error:
        raise DataError(_needs_datasets(name)) from error
    try:
        splits = datasets.load_dataset(name, revision=revision, streaming=True)
        for split in sorted(splits):
            for number, row in enumerate(splits[split], start=1):
                yield RawRow(f"{name}/{split}:{number}", dict(row))
    # Errors of the hub, the network and every file format arrive here without a common base class.
    except Exception as error:
        raise DataError(
            f"the corpus {HUB}{name} (revision {revision or 'main'}) cannot be loaded: {error}"
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
