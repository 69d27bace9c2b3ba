"""Loads the problems of a benchmark, given by name or as a file in a known format."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from codem_ray.benchmarks.family import MAX_QUARANTINED_SHARE, BenchmarkFamily, BenchmarkSpec
from codem_ray.benchmarks.registry import BENCHMARKS, FAMILIES, find
from codem_ray.benchmarks.rows import DATA_VARIABLE, BenchmarkRow, Source, read_rows
from codem_ray.errors import ConfigError, DataError
from codem_ray.languages import language as find_language
from codem_ray.records import Problem


def load(
    name_or_path: str | Path,
    *,
    limit: int | None = None,
    data_dir: str | Path | None = None,
    language: str | None = None,
) -> list[Problem]:
    """Return the problems of a benchmark, or the first `limit` of them.

    Args:
        name_or_path: A benchmark's name, or a file whose fields match a known format.
        limit: Number of problems to take from the start.
        data_dir: Folder of the data files; default: `CODEM_RAY_DATA`, else the hub.
        language: Language of a file whose rows do not state it.

    Raises:
        ConfigError: no benchmark has that name.
        DataError: a row is wrong; names file, line and field. No row is ever skipped.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"limit is {limit}; it must be at least 1")
    return resolve(name_or_path, data_dir=data_dir, language=language)[1][:limit]


def resolve(
    name_or_path: str | Path,
    *,
    data_dir: str | Path | None = None,
    language: str | None = None,
) -> tuple[BenchmarkSpec, list[Problem]]:
    """Return the spec of a benchmark and all its problems; see `load`."""
    folder = data_dir if data_dir is not None else os.environ.get(DATA_VARIABLE) or None
    source = Source(Path(folder) if folder is not None else None)
    if source.data_dir is not None and not source.data_dir.is_dir():
        raise DataError(
            f"{source.data_dir}: no such folder; {DATA_VARIABLE} must name the folder "
            "that holds the data, or be unset"
        )
    text = str(name_or_path)
    if text not in BENCHMARKS and ("/" in text or Path(text).suffix or Path(text).exists()):
        path = Path(text)
        rows = read_rows(path)
        known = recognise(rows[0], FAMILIES, language)
        # The name of a folder may hold a number, as in `humaneval-ts-model-0.2-reworded`.
        name = path.resolve().name if path.is_dir() else path.name.split(".")[0]
        spec = replace(known, name=name, file=text)
        source = replace(source, file_dir=path.parent)
    else:
        spec = find(text)
        if language is not None and find_language(language).name != spec.language:
            raise ConfigError(f"{spec.name} is in {spec.language}, not in {language}")
        rows = source.rows(spec.file, spec.hub_path)
    problems = [
        replace(problem, quarantine=spec.quarantine.get(problem.task_id, problem.quarantine))
        for problem in spec.build(spec, rows, source)
    ]
    _check(spec, problems)
    return spec, problems


def recognise(
    row: BenchmarkRow, families: Sequence[BenchmarkFamily], asked: str | None = None
) -> BenchmarkSpec:
    """Return the benchmark that reads a file whose first row is this.

    The first family that fits is chosen, unless another one requires all its fields and more.

    Args:
        row: The first row of the file.
        families: All known families.
        asked: Language of the file, where its rows do not state it.

    Raises:
        DataError: no family fits, the language is unknown, or `asked` is another language.
    """
    fits = [family for family in families if family.fields <= row.values.keys()]
    family = next((f for f in fits if not any(f.fields < other.fields for other in fits)), None)
    if family is None:
        raise DataError(
            f"{row.location}: unknown format with the fields {', '.join(sorted(row.values))}. "
            "Known formats, by the fields that every row must have:\n"
            + "\n".join(f"  {known.title}: {', '.join(sorted(known.fields))}" for known in families)
        )
    by_language = family.by_language()
    readable = ", ".join(by_language)
    wanted = find_language(asked).name if asked is not None else None
    if stated := family.language_of(row):
        name = _language_or_none(stated)
        if name not in by_language:
            raise DataError(
                f"{row.location}: {family.title} in {stated!r}; it can be read in {readable}"
            )
        if wanted not in (None, name):
            raise DataError(f"{row.location}: {family.title} in {name}, but --language is {wanted}")
        return by_language[name]
    if wanted is None and len(by_language) > 1:
        raise DataError(
            f"{row.location}: {family.title}, but the row does not state its language: add "
            f"--language and one of {readable}"
        )
    if wanted is not None and wanted not in by_language:
        raise DataError(
            f"{row.location}: {family.title} can be read in {readable}, not in {wanted}"
        )
    return by_language[wanted or next(iter(by_language))]


def _language_or_none(name: str) -> str | None:
    try:
        return find_language(name).name
    except ConfigError:
        return None


def _check(spec: BenchmarkSpec, problems: Sequence[Problem]) -> None:
    repeated = [task_id for task_id, n in Counter(p.task_id for p in problems).items() if n > 1]
    if repeated:
        raise DataError(
            f"{spec.file}: field 'task_id': {', '.join(repeated[:5])} occurs more than once"
        )
    quarantined = sum(p.quarantine is not None for p in problems)
    if quarantined > MAX_QUARANTINED_SHARE * len(problems) and quarantined > 2:
        raise DataError(
            f"{spec.name}: {quarantined} of {len(problems)} problems are quarantined; "
            f"at most {MAX_QUARANTINED_SHARE:.0%} may be"
        )


def is_local(name: str) -> bool:
    """Return whether the file of a named benchmark can be read without the network."""
    file = Path(BENCHMARKS[name].file)
    return (Path(os.environ.get(DATA_VARIABLE) or "/nonexistent") / file).exists()


def benchmark_digest(problems: Iterable[Problem]) -> str:
    """Return a hash of everything that the outcomes of these problems depend on, as 16 hex digits.

    References, broken controls and quarantine are left out: they change no outcome.
    """
    parts = sorted(f"{problem.task_id}\0{problem.digest()}" for problem in problems)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
