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

from codem_ray.benchmarks import humaneval_c, humaneval_x, mceval, multipl_e, starter
from codem_ray.benchmarks.rows import Row, Source, read_rows
from codem_ray.benchmarks.spec import MAX_QUARANTINED_SHARE, BenchmarkSpec
from codem_ray.errors import ConfigError, DataError
from codem_ray.records import Problem

DATA_VARIABLE = "CODEM_RAY_DATA"

BENCHMARKS: Mapping[str, BenchmarkSpec] = MappingProxyType(
    {
        spec.name: spec
        for family in (starter, humaneval_x, multipl_e, humaneval_c, mceval)
        for spec in family.SPECS
    }
)
"""Every benchmark by name, in the order in which `ls benchmarks` prints them."""


def find(name: str) -> BenchmarkSpec:
    """Return the benchmark of that name.

    Raises:
        ConfigError: there is none; names the nearest.
    """
    if name in BENCHMARKS:
        return BENCHMARKS[name]
    near = difflib.get_close_matches(name, BENCHMARKS, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ConfigError(f"no benchmark is called {name!r}{hint} `codem-ray ls benchmarks` lists all")


def load(
    name_or_path: str | Path, *, limit: int | None = None, data_dir: str | Path | None = None
) -> list[Problem]:
    """Return the problems of a benchmark, or the first `limit` of them.

    Args:
        name_or_path: A benchmark's name, or a file in one of the published formats (HumanEval-X,
            MultiPL-E, LLM4Decompile's C, McEval, the starter kit's), told apart by its fields.
        limit: Take this many problems from the start.
        data_dir: Folder of the data files; default: `CODEM_RAY_DATA`, else the hub.

    Raises:
        ConfigError: no benchmark has that name.
        DataError: a row is wrong; names file, line and field. No row is ever passed over.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"limit is {limit}; it must be at least 1")
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
        spec = replace(_format_of(rows[0]), name=Path(text).name.split(".")[0])
    else:
        spec = find(text)
        rows = source.rows(spec.file, spec.hub_path)
    problems = spec.build(spec, rows, source)
    _check(spec, problems)
    return problems[:limit]


def _format_of(row: Row) -> BenchmarkSpec:
    """Recognise a published format by the fields of its first row."""
    fields = set(row.values)
    language = str(row.values.get("language", ""))
    prefix = str(row.values.get("task_id", "")).rpartition("/")[0]
    if {"tests", "broken", "instruction"} <= fields and f"starter-{language}" in BENCHMARKS:
        return BENCHMARKS[f"starter-{language}"]
    if {"c_func", "c_test"} <= fields:
        return BENCHMARKS["humaneval-c"]
    if {"prompt", "tests", "stop_tokens"} <= fields and language == "ts":
        return BENCHMARKS["multipl-e-ts"]
    if {"canonical_solution", "test", "declaration"} <= fields:
        for spec in humaneval_x.SPECS:
            if prefix.lower() in (spec.language, spec.name.rpartition("-")[2]):
                return spec
    if {"instruction", "level"} <= fields and f"mceval-{prefix.lower()}" in BENCHMARKS:
        return BENCHMARKS[f"mceval-{prefix.lower()}"]
    raise DataError(
        f"{row.where}: not a format that is known; its fields are {', '.join(sorted(fields))}. "
        "Known: HumanEval-X, MultiPL-E (ts), LLM4Decompile's C, McEval, the starter kit's"
    )


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
