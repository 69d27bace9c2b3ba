"""The values of one model on one benchmark, gathered from rows of `results/`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from codem_ray.errors import DataError
from codem_ray.records import Metric, PromptStyle

if TYPE_CHECKING:
    import pandas as pd

CELL_COLUMNS = (
    "trial_id",
    "source",
    "seed",
    "target",
    "benchmark",
    "benchmark_digest",
    "prompt_style",
    "task_id",
    "group",
)
"""Fields that the statistics read of every kind of row."""


@dataclass(kw_only=True, slots=True)
class Cell(ABC):
    """One model on one benchmark in one prompt style, before any statistics."""

    metric: ClassVar[Metric]
    columns: ClassVar[Sequence[str]]
    """Fields of a row that the statistics read."""

    source: str
    seed: int
    trial_id: str
    target: str
    benchmark: str
    benchmark_digest: str
    prompt_style: PromptStyle
    groups: dict[str, str] = field(default_factory=dict)
    """Group of each problem, by task_id."""

    @property
    @abstractmethod
    def asked(self) -> Mapping[str, int]:
        """Samples of each problem that is not quarantined, by task_id."""

    @property
    @abstractmethod
    def is_incomplete(self) -> bool:
        """Whether a value is missing that a later run can supply."""

    @abstractmethod
    def scores(self, k: int) -> dict[str, float]:
        """Return the value of each problem by task_id; only pass@k depends on `k`."""

    @abstractmethod
    def add(self, row: Any) -> None:
        """Count a row, whose attributes are `columns`."""

    @property
    def samples(self) -> int:
        """Samples per problem."""
        return max(self.asked.values(), default=0)

    @classmethod
    def gather(cls, results: pd.DataFrame) -> list[Self]:
        """Gather rows by source, seed, benchmark and prompt style.

        Raises DataError if a column is missing, a sample is duplicated, or a cell mixes two trials
        or two versions of a benchmark.
        """
        missing = [name for name in cls.columns if name not in results.columns]
        if missing:
            raise DataError(f"results have no columns {', '.join(missing)}: pass rows of results/")
        cells: dict[tuple[str, int, str, str], Self] = {}
        seen: set[tuple[str, int, str, str, str, int]] = set()
        rows = results[list(cls.columns)].itertuples(index=False)
        for row in cast("Iterator[Any]", rows):
            key = (row.source, int(row.seed), row.benchmark, str(row.prompt_style))
            cell = cells.get(key)
            if cell is None:
                cell = cells[key] = cls(
                    source=row.source,
                    seed=int(row.seed),
                    trial_id=row.trial_id,
                    target=row.target,
                    benchmark=row.benchmark,
                    benchmark_digest=row.benchmark_digest,
                    prompt_style=PromptStyle(row.prompt_style),
                )
            name = f"{row.source or row.trial_id}, seed {row.seed}, {row.benchmark}"
            if (cell.trial_id, cell.benchmark_digest) != (row.trial_id, row.benchmark_digest):
                raise DataError(
                    f"results of {name} mix trial {cell.trial_id} (benchmark "
                    f"{cell.benchmark_digest}) with {row.trial_id} ({row.benchmark_digest}): pass "
                    "the rows of one plan only"
                )
            sample = int(getattr(row, "sample", 0))
            if (*key, row.task_id, sample) in seen:
                raise DataError(
                    f"results of {name} contain {row.task_id}, sample {sample}, twice: pass each "
                    "row once"
                )
            seen.add((*key, row.task_id, sample))
            cell.groups[row.task_id] = row.group
            cell.add(row)
        return list(cells.values())
