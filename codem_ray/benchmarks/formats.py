"""Tells a benchmark file's format and language by the fields of its rows."""

from __future__ import annotations

from collections.abc import Sequence

from codem_ray.benchmarks.rows import Row
from codem_ray.benchmarks.spec import BenchmarkSpec, PublishedFormat
from codem_ray.errors import ConfigError, DataError
from codem_ray.languages import language


def language_called(name: str) -> str:
    """Return the name of the language that is called so.

    Raises:
        ConfigError: none is; names the nearest.
    """
    return language(name).name


def recognise(
    row: Row, formats: Sequence[PublishedFormat], asked: str | None = None
) -> BenchmarkSpec:
    """Return the benchmark whose rows look like this one.

    Args:
        row: The first of the file.
        formats: The first that fits is taken.
        asked: The language, where rows do not say it.

    Raises:
        DataError: no format fits, the language is not known, or is not the one asked for.
    """
    known = next((one for one in formats if one.fields <= row.values.keys()), None)
    if known is None:
        raise DataError(
            f"{row.where}: not a format that is known; its fields are "
            f"{', '.join(sorted(row.values))}. Known, by the fields that every row has:\n"
            + "\n".join(f"  {one.title}: {', '.join(sorted(one.fields))}" for one in formats)
        )
    by_language = {spec.language: spec for spec in known.specs}
    wanted = language_called(asked) if asked is not None else None
    said = known.language_of(row)
    if said:
        named = _known_language(said)
        if named not in by_language:
            raise DataError(
                f"{row.where}: {known.title} in {said!r}; it can be read in "
                f"{', '.join(by_language)}"
            )
        if wanted not in (None, named):
            raise DataError(f"{row.where}: {known.title} in {named}, but --language is {wanted}")
        return by_language[named]
    if wanted is None and len(by_language) > 1:
        raise DataError(
            f"{row.where}: {known.title}, but the row does not say in which language: add "
            f"--language and one of {', '.join(by_language)}"
        )
    if wanted is not None and wanted not in by_language:
        raise DataError(
            f"{row.where}: {known.title} can be read in {', '.join(by_language)}, not in {wanted}"
        )
    return by_language[wanted or next(iter(by_language))]


def _known_language(said: str) -> str:
    try:
        return language_called(said)
    except ConfigError:
        return ""
