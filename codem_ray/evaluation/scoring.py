"""Scores completions that were made elsewhere, without torch or Ray."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.analysis import Interval, wilson
from codem_ray.benchmarks.rows import Row, read_rows
from codem_ray.errors import DataError
from codem_ray.evaluation.evaluate import Judged, judge
from codem_ray.records import Completion, Job, Outcome, Problem, PromptStyle, Verdict
from codem_ray.storage import storage_errors

Execute = Callable[[Sequence[Job]], list[Verdict]]
_UNKNOWN = (Outcome.INFRASTRUCTURE_ERROR, Outcome.NOT_RUN)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileScore:
    """What a file of completions came to, on the problems that it answers."""

    problems: int
    """In the denominator: neither quarantined nor unknown."""
    unanswered: int
    """Problems of the benchmark for which the file has no completion."""
    pass_at_1: float
    interval: Interval
    outcomes: dict[str, int]
    is_incomplete: bool
    """Some verdict could not be found out."""


def read_completion_rows(path: Path, problems: Sequence[Problem]) -> list[Row]:
    """Read rows of `task_id` and `completion`; DataError names the row that cannot be used."""
    rows = read_rows(path)
    known = {problem.task_id for problem in problems}
    for row in rows:
        row.text("completion", may_be_empty=True)
        task_id = row.text("task_id")
        if task_id not in known:
            raise DataError(
                f"{row.where}: the benchmark has no problem {task_id!r}; it has "
                f"{problems[0].task_id!r} and {len(problems) - 1} more"
            )
    return rows


def score_file(
    rows: Sequence[Row], problems: Sequence[Problem], execute: Execute
) -> tuple[list[Judged], FileScore]:
    """Judge every row, a body to follow the prompt or a whole answer, and sum up."""
    samples: Counter[str] = Counter()
    completions = []
    for row in rows:
        task_id = str(row.values["task_id"])
        completions.append(
            Completion(
                task_id=task_id,
                sample=samples[task_id],
                text=str(row.values["completion"]),
                prompt_tokens=0,
                completion_tokens=0,
                is_truncated=False,
            )
        )
        samples[task_id] += 1
    judged = judge(problems, completions, PromptStyle.COMPLETION, execute)
    quarantined = {problem.task_id for problem in problems if problem.quarantine is not None}
    by_problem: dict[str, list[bool]] = {}
    for one in judged:
        if one.completion.task_id in quarantined or one.verdict.outcome in _UNKNOWN:
            continue
        passed = one.verdict.outcome is Outcome.PASSED
        by_problem.setdefault(one.completion.task_id, []).append(passed)
    shares = [sum(own) / len(own) for own in by_problem.values()]
    mean = sum(shares) / len(shares) if shares else 0.0
    return judged, FileScore(
        problems=len(shares),
        unanswered=len(problems) - len(samples),
        pass_at_1=mean,
        interval=wilson(sum(shares), max(1, len(shares))),
        outcomes=dict(Counter(str(one.verdict.outcome) for one in judged)),
        is_incomplete=any(one.verdict.outcome is Outcome.INFRASTRUCTURE_ERROR for one in judged),
    )


def write_scored(path: Path, rows: Sequence[Row], judged: Sequence[Judged]) -> None:
    """Write each row back with its outcome, message and times."""
    lines = []
    for row, one in zip(rows, judged, strict=True):
        scored: dict[str, Any] = {
            **row.values,
            "outcome": str(one.verdict.outcome),
            "message": one.verdict.message,
            "compile_cpu_seconds": one.verdict.compile_cpu_seconds,
            "run_cpu_seconds": one.verdict.run_cpu_seconds,
            "wall_seconds": one.verdict.wall_seconds,
        }
        lines.append(json.dumps(scored) + "\n")
    with storage_errors(f"write {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
