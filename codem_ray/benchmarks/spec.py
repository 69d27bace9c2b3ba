"""What the registry knows of a benchmark before its rows are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from codem_ray.benchmarks.rows import Row, Source
from codem_ray.records import Problem

EVALUATION_ONLY = "evaluation-only"
ANY_USE = "any"
MAX_QUARANTINED_SHARE = 0.03
"""Quarantined problems per benchmark, at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkSpec:
    """A benchmark by name: where its rows are, what they may be used for, how they are read."""

    name: str
    language: str
    title: str
    licence: str
    use: str
    """`any`, or `evaluation-only`: may never enter a training mixture."""
    file: str
    """Path of the rows under CODEM_RAY_DATA."""
    build: Callable[[BenchmarkSpec, Sequence[Row], Source], list[Problem]] = field(repr=False)
    """Turn the rows into problems; files that belong to them come from the source."""
    hub_id: str | None = None
    """Data set on the Hugging Face hub; None: it is not there."""
    hub_file: str | None = None
    """Its data file (`hf://` path below the data set), because script data sets are refused."""
    hub_revision: str = "main"
    id_aliases: tuple[str, ...] = ()
    """Prefixes under which others number the same problems: `HumanEval` for `HumanEval/7`."""
    notes: tuple[str, ...] = ()
    quarantine: Mapping[str, str] = field(default_factory=dict)
    """Problems that stand in no denominator, by task id, with the reason."""

    @property
    def hub_path(self) -> str | None:
        """The data file as an `hf://` path."""
        if self.hub_id is None or self.hub_file is None:
            return None
        return f"hf://datasets/{self.hub_id}@{self.hub_revision}/{self.hub_file}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedFormat:
    """How a file of a benchmark family is known, whatever its name."""

    title: str
    fields: frozenset[str]
    """What every row has; the first format of the registry that fits is taken."""
    language_of: Callable[[Row], str]
    """What a row itself calls its language; empty: it does not say."""
    specs: tuple[BenchmarkSpec, ...]
    """One for each language that the family is known in."""


def id_prefix(row: Row) -> str:
    """Return what stands before the number of a task id: `CPP` of `CPP/7`."""
    return str(row.values.get("task_id", "")).rpartition("/")[0]


def language_field(row: Row) -> str:
    """Return the field `language`, or an empty text."""
    return str(row.values.get("language", ""))
