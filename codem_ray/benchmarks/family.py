"""Descriptions of benchmarks and of benchmark families, known before any rows are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from codem_ray.benchmarks.rows import BenchmarkRow, Source
from codem_ray.records import Problem

EVALUATION_ONLY = "evaluation-only"
ANY_USE = "any"
MAX_QUARANTINED_SHARE = 0.03
"""Largest share of a benchmark's problems that may be quarantined."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkSpec:
    """One benchmark: its name, licence and files, and the function that builds its problems."""

    name: str
    language: str
    title: str
    licence: str
    use: str
    """`ANY_USE`, or `EVALUATION_ONLY`: may never enter a training mixture."""
    file: str
    """Path of the rows: absolute, or relative to CODEM_RAY_DATA."""
    build: Callable[[BenchmarkSpec, Sequence[BenchmarkRow], Source], list[Problem]] = field(
        repr=False
    )
    """Turn the rows into problems; further files of the benchmark come from the source."""
    num_problems: int | None = None
    """Published number of problems, for plans made before the file is here. None if unknown."""
    hub_id: str | None = None
    """Dataset on the Hugging Face hub. None if it is not on the hub."""
    hub_file: str | None = None
    """Data file within that dataset."""
    hub_revision: str = "main"
    id_aliases: tuple[str, ...] = ()
    """Prefixes under which other tools number the same problems: `HumanEval` for `HumanEval/7`."""
    notes: tuple[str, ...] = ()
    quarantine: Mapping[str, str] = field(default_factory=dict)
    """Problems that count in no denominator: task id to reason."""

    @property
    def hub_path(self) -> str | None:
        """The data file as an `hf://` path."""
        if self.hub_id is None or self.hub_file is None:
            return None
        return f"hf://datasets/{self.hub_id}@{self.hub_revision}/{self.hub_file}"


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkFamily:
    """Benchmarks that share one row format."""

    title: str
    fields: frozenset[str]
    """Fields that every row has. They identify the format of a file that is given by path."""
    language_of: Callable[[BenchmarkRow], str]
    """Return the language that a row states, by any name; an empty text if it states none."""
    benchmarks: tuple[BenchmarkSpec, ...] = ()
    """Benchmarks that can be used by name."""
    file_benchmarks: tuple[BenchmarkSpec, ...] = ()
    """Specs that read a file given by path, one per language; by default the first of `benchmarks`
    in each language."""

    def by_language(self) -> dict[str, BenchmarkSpec]:
        """Return the spec that reads a file in each language."""
        specs: dict[str, BenchmarkSpec] = {}
        for spec in self.file_benchmarks or self.benchmarks:
            specs.setdefault(spec.language, spec)
        return specs


def id_prefix(row: BenchmarkRow) -> str:
    """Return the text before the number of a task id: `CPP` of `CPP/7`."""
    return str(row.values.get("task_id", "")).rpartition("/")[0]


def language_field(row: BenchmarkRow) -> str:
    """Return the field `language`, or an empty text."""
    return str(row.values.get("language", ""))
