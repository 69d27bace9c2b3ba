"""The files of a corpus, and digests of their content."""

from __future__ import annotations

import glob
import hashlib
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codem_ray.config import HUB, PROSE, CorpusConfig, expand_home
from codem_ray.corpora.hub_datasets import hub_commit
from codem_ray.errors import DataError
from codem_ray.storage import file_digest

BUNDLED, PLACEHOLDER = ("starter", "starter-words"), "{language}"
"""The names of the corpora that come with the package; the mark of a language in a path."""


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file of a corpus, or a dataset of the hub."""

    origin: str
    """Name of the file without its folder."""
    language: str | None
    """The language in its name, if the corpus path contains `{language}`."""
    path: Path | None
    """None for a dataset of the hub."""


def wanted_languages(corpus: CorpusConfig, languages: Sequence[str]) -> list[str]:
    """Return those of the sweep's languages whose pairs are taken from this corpus."""
    if corpus.kind == PROSE:
        return [name for name in languages if name == PROSE]
    return [
        name
        for name in languages
        if (corpus.languages is None or name in corpus.languages)
        and (name != PROSE or corpus.path in BUNDLED)
    ]


def corpus_files(corpus: CorpusConfig, languages: Sequence[str]) -> list[CorpusFile]:
    """Return the files that a corpus has for the languages of a sweep, in reading order.

    Raises DataError if a glob matches no file.
    """
    names = wanted_languages(corpus, languages)
    if corpus.path in BUNDLED:
        from codem_ray.starter.assets import corpus_path

        paths = ((name, corpus_path(name, corpus.path)) for name in names)
        # The starter kit has no pairs in a language that another package registers.
        return [CorpusFile(f"{corpus.path}/{p.name}", name, p) for name, p in paths if p.is_file()]
    if not names:
        return []
    if PLACEHOLDER not in corpus.path:
        return _files(corpus.path, None)
    located = ((corpus.path.replace(PLACEHOLDER, name), name) for name in names)
    return [file for location, name in located for file in _files(location, name)]


def _files(location: str, language: str | None) -> list[CorpusFile]:
    if location.startswith(HUB):
        return [CorpusFile(location, language, None)]
    path = Path(expand_home(location))
    return [CorpusFile(found.name, language, found) for found in _matches(path)]


def _matches(path: Path) -> list[Path]:
    """Return the files that a glob matches, sorted; a path without wildcards as it is."""
    # Names of files and folders that exist may contain "?", "*" and "[".
    folder = next(parent for parent in (path, *path.parents) if _exists(parent))
    if folder == path or not glob.has_magic(pattern := str(path.relative_to(folder))):
        return [path]
    # Unlike Path.glob, "*" does not match hidden files.
    found = glob.glob(f"{glob.escape(str(folder))}/{pattern}", recursive=True)  # noqa: PTH207
    if not (files := sorted(file for file in map(Path, found) if file.is_file())):
        raise DataError(
            f"{path}: no file matches: check data.corpora[].path (a relative path starts from the "
            f"working directory, {Path.cwd()})"
        )
    return files


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError) as error:
        raise DataError(f"{str(path)!r} cannot be the path of a corpus: {error}") from error


def corpora_bytes(corpora: Sequence[CorpusConfig], languages: Sequence[str]) -> int:
    """Return the total size of all local files of the corpora."""
    return sum(
        file.path.stat().st_size
        for corpus in corpora
        for file in corpus_files(corpus, languages)
        if file.path is not None and _is_file(file.path)
    )


def corpus_digests(corpora: Sequence[CorpusConfig], languages: Sequence[str]) -> list[str]:
    """Return a hash of each corpus: of its files' names and bytes, or of the hub's commit.

    File names count because they can decide the language, the format and the origin of pairs. The
    folder does not count.
    """
    return [_digest(corpus, languages) for corpus in corpora]


def _digest(corpus: CorpusConfig, languages: Sequence[str]) -> str:
    content = hashlib.sha256()
    for file in corpus_files(corpus, languages):
        content.update(repr((file.origin, file.language)).encode("utf-8", "surrogateescape"))
        if file.path is None:
            name = corpus.path.removeprefix(HUB)
            content.update(f"{name}@{hub_commit(name, corpus.revision)}".encode())
        elif _is_file(file.path):
            try:
                content.update(bytes.fromhex(file_digest(file.path)))
            except OSError as error:
                raise DataError(f"{file.path}: the corpus file cannot be read: {error}") from error
        else:
            # Reading the corpus reports the missing file, with the next step.
            content.update(b"absent")
    return content.hexdigest()[:16]


def _is_file(path: Path) -> bool:
    try:
        # `path.is_file()` is False for a name that contains NUL, which hides the mistake.
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise DataError(f"{str(path)!r} cannot be the path of a corpus: {error}") from error
