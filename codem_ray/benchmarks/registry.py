"""Benchmarks by name, and their problems."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from codem_ray.benchmarks import (
    freecodecamp,
    humaneval,
    humaneval_c,
    humaneval_x,
    humanevalpack,
    mceval,
    multipl_e,
    starter,
)
from codem_ray.benchmarks.formats import language_called, recognise
from codem_ray.benchmarks.rows import Source, read_rows
from codem_ray.benchmarks.spec import MAX_QUARANTINED_SHARE, BenchmarkSpec, PublishedFormat
from codem_ray.errors import ConfigError, DataError
from codem_ray.languages import LANGUAGES
from codem_ray.records import Problem

DATA_VARIABLE = "CODEM_RAY_DATA"

FAMILIES = (starter, humanevalpack, humaneval_x, multipl_e, humaneval_c, mceval, freecodecamp)

BENCHMARKS: Mapping[str, BenchmarkSpec] = MappingProxyType(
    {spec.name: spec for family in FAMILIES for spec in family.SPECS}
)
"""Every benchmark by name, in the order in which `ls benchmarks` prints them."""


FORMATS: tuple[PublishedFormat, ...] = (
    *(family.FORMAT for family in FAMILIES),
    humaneval.FORMAT,
)
"""Formats of files, the first that fits is taken: one with more fields than another stands before
it."""


def find(name: str) -> BenchmarkSpec:
    """Return the benchmark of that name.

    Raises:
        ConfigError: there is none; names the nearest.
    """
    if name in BENCHMARKS:
        return BENCHMARKS[name]
    near = difflib.get_close_matches(_with_own_language(name), BENCHMARKS, n=1, cutoff=0.4)
    # The family alone: its problems in Python are the ones that most people mean.
    family = [
        one for one, spec in BENCHMARKS.items() if one.startswith(f"{name.lower().rstrip('-')}-")
    ]
    in_python = [one for one in family if BENCHMARKS[one].language == "python"]
    near = list(dict.fromkeys([*in_python, *family]))[:3] or near
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else "."
    raise ConfigError(f"no benchmark is called {name!r}{hint} `codem-ray ls benchmarks` lists all")


def _with_own_language(name: str) -> str:
    """Return the name with its last part as the benchmark of that family writes the language."""
    family, _, called = name.lower().rpartition("-")
    known = next(
        (spec for spec in LANGUAGES.values() if called in (spec.name, *spec.aliases)), None
    )
    own = (
        one
        for one, spec in BENCHMARKS.items()
        if known and spec.language == known.name and one.rpartition("-")[0] == family
    )
    return next(own, name)


def load(
    name_or_path: str | Path,
    *,
    limit: int | None = None,
    data_dir: str | Path | None = None,
    language: str | None = None,
) -> list[Problem]:
    """Return the problems of a benchmark, or the first `limit` of them.

    Args:
        name_or_path: A benchmark's name, or a file in one of the published formats, told apart by
            its fields.
        limit: Take this many problems from the start.
        data_dir: Folder of the data files; default: `CODEM_RAY_DATA`, else the hub.
        language: Of a file whose rows do not say it.

    Raises:
        ConfigError: no benchmark has that name.
        DataError: a row is wrong; names file, line and field. No row is ever passed over.
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
    """Return what the registry knows of a benchmark, and all its problems; see `load`."""
    folder = data_dir if data_dir is not None else os.environ.get(DATA_VARIABLE) or None
    source = Source(Path(folder) if folder is not None else None)
    if source.data_dir is not None and not source.data_dir.is_dir():
        raise DataError(
            f"{source.data_dir}: no such folder; {DATA_VARIABLE} must name the folder "
            "that holds the data, or be unset"
        )
    text = str(name_or_path)
    if text not in BENCHMARKS and ("/" in text or Path(text).suffix or Path(text).exists()):
        rows = read_rows(Path(text))
        known = recognise(rows[0], FORMATS, language)
        spec = replace(known, name=Path(text).name.split(".")[0], file=text)
        source = replace(source, beside=Path(text).parent)
    else:
        spec = find(text)
        if language is not None and language_called(language) != spec.language:
            raise ConfigError(f"{spec.name} is in {spec.language}, not in {language}")
        rows = source.rows(spec.file, spec.hub_path)
    problems = spec.build(spec, rows, source)
    _check(spec, problems)
    return spec, problems


def _check(spec: BenchmarkSpec, problems: Sequence[Problem]) -> None:
    twice = [task_id for task_id, n in Counter(p.task_id for p in problems).items() if n > 1]
    if twice:
        raise DataError(
            f"{spec.file}: field 'task_id': {', '.join(twice[:5])} occurs more than once"
        )
    quarantined = sum(p.quarantine is not None for p in problems)
    if quarantined > MAX_QUARANTINED_SHARE * len(problems) and quarantined > 2:
        raise DataError(
            f"{spec.name}: {quarantined} of {len(problems)} problems are quarantined; "
            f"at most {MAX_QUARANTINED_SHARE:.0%} may be"
        )


def benchmark_digest(problems: Iterable[Problem]) -> str:
    """Return a hash of all that the outcomes of these problems depend on, as 16 hex digits.

    References, broken controls and quarantine are left out: they change no outcome.
    """
    parts = sorted(f"{problem.task_id}\0{problem.digest()}" for problem in problems)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
