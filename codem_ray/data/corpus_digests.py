"""Says which content a corpus has now, whatever its files are called."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from codem_ray.config.models import PROSE, CorpusConfig
from codem_ray.data.corpora import HUB, PLACEHOLDER, STARTER
from codem_ray.data.corpus_files import needs_datasets
from codem_ray.errors import DataError


def corpus_digests(corpora: Sequence[CorpusConfig], languages: Sequence[str]) -> list[str]:
    """Return a hash of each corpus's content: of its files' bytes, or of the hub's commit."""
    return [_digest(corpus, languages) for corpus in corpora]


def corpora_bytes(corpora: Sequence[CorpusConfig], languages: Sequence[str]) -> int:
    """Return the size of all files of the corpora that lie here."""
    return sum(
        path.stat().st_size
        for corpus in corpora
        if not corpus.path.startswith(HUB)
        for path in _paths(corpus, languages)
        if path.is_file()
    )


def _digest(corpus: CorpusConfig, languages: Sequence[str]) -> str:
    if corpus.path.startswith(HUB):
        return hashlib.sha256(_hub_commit(corpus).encode()).hexdigest()[:16]
    content = hashlib.sha256()
    for path in _paths(corpus, languages):
        try:
            with path.open("rb") as stream:
                content.update(hashlib.file_digest(stream, "sha256").digest())
        except FileNotFoundError:
            # Whoever reads it says so, with what to do.
            content.update(b"absent")
        except OSError as error:
            raise DataError(f"{path}: the corpus file cannot be read: {error}") from error
    return content.hexdigest()[:16]


def _paths(corpus: CorpusConfig, languages: Sequence[str]) -> Iterator[Path]:
    own = [name for name in languages if corpus.languages is None or name in corpus.languages]
    if corpus.path == STARTER:
        from codem_ray.starter.assets import corpus_path

        yield from (path for name in own if (path := corpus_path(name)).is_file())
    elif PLACEHOLDER in corpus.path:
        for name in own:
            if name != PROSE:
                yield Path(corpus.path.replace(PLACEHOLDER, name)).expanduser()
    else:
        path = Path(corpus.path).expanduser()
        yield from sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


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
