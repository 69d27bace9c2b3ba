"""Says which content a corpus has now, whatever its files are called."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Sequence
from pathlib import Path

from codem_ray.config import CorpusConfig
from codem_ray.corpora.raw_rows import needs_datasets
from codem_ray.corpora.reader import HUB, corpus_files
from codem_ray.errors import DataError


def corpus_digests(corpora: Sequence[CorpusConfig], languages: Sequence[str]) -> list[str]:
    """Return a hash of each corpus's content: of its files' bytes, or of the hub's commit.

    Where a file lies makes no difference; what it is called does, since a name can tell a language,
    a format and the origin of pairs.
    """
    return [_digest(corpus, languages) for corpus in corpora]


def corpora_bytes(corpora: Sequence[CorpusConfig], languages: Sequence[str]) -> int:
    """Return the size of all files of the corpora that lie here."""
    return sum(
        file.path.stat().st_size
        for corpus in corpora
        for file in corpus_files(corpus, languages)
        if file.path is not None and _is_file(file.path)
    )


def _digest(corpus: CorpusConfig, languages: Sequence[str]) -> str:
    content = hashlib.sha256()
    for file in corpus_files(corpus, languages):
        # Its name, too, says what a file is read as.
        content.update(repr((file.origin, file.language)).encode("utf-8", "surrogateescape"))
        if file.path is None:
            content.update(_hub_commit(corpus).encode())
        elif _is_file(file.path):
            content.update(_file_digest(file.path))
        else:
            # Whoever reads it says so, with what to do.
            content.update(b"absent")
    return content.hexdigest()[:16]


def _file_digest(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise DataError(f"{path}: the corpus file cannot be read: {error}") from error


def _is_file(path: Path) -> bool:
    try:
        # Unlike `path.is_file()`, which calls a name with a NUL in it absent.
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise DataError(f"{str(path)!r} cannot be the path of a corpus: {error}") from error


def _hub_commit(corpus: CorpusConfig) -> str:
    """Return the commit that a hub dataset's revision stands for now."""
    name = corpus.path.removeprefix(HUB)
    revision = corpus.revision or "main"
    if len(revision) == 40 and set(revision) <= set("0123456789abcdef"):
        return f"{name}@{revision}"
    try:
        import huggingface_hub
    except ModuleNotFoundError as error:
        raise DataError(needs_datasets(name)) from error
    try:
        info = huggingface_hub.HfApi().dataset_info(name, revision=revision)
    except Exception as error:
        raise DataError(
            f"the corpus hub:{name} (revision {revision}) cannot be looked up: {error}; give a "
            "commit in data.corpora[].revision, and what the local cache holds of it is enough"
        ) from error
    return f"{name}@{info.sha}"
