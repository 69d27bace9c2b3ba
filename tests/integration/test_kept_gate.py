"""The reference gate's report is kept and used again while nothing has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from codem_ray.benchmarks import load
from codem_ray.execution.executor import Executor
from codem_ray.records import Job, Problem, Progress, Verdict
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.scoring.gate import require_references

pytestmark = pytest.mark.toolchain


class CountingExecutor(Executor):
    """Counts the jobs that it is given."""

    num_jobs = 0

    def execute(self, jobs: Sequence[Job], *, progress: Progress | None = None) -> list[Verdict]:
        self.num_jobs += len(jobs)
        return super().execute(jobs, progress=progress)


def test_the_gate_of_a_benchmark_runs_once_until_something_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    problems = [replace(problem, broken=()) for problem in load("starter-python", limit=2)]
    other_entry = [replace(problem, entry_point=None) for problem in problems]
    sandbox, caches = open_sandbox("bubblewrap"), tmp_path / "caches"

    def jobs_of(asked: Sequence[Problem], *, uses_cache: bool = True) -> int:
        executor = CountingExecutor(sandbox, cache_dir=caches, uses_cache=uses_cache)
        require_references(asked, executor, lambda newly_done, added: None)
        assert executor.expected_checks.keys() == {problem.digest() for problem in asked}
        return executor.num_jobs

    assert jobs_of(problems) == 2
    assert jobs_of(problems) == 0
    assert jobs_of(problems, uses_cache=False) == 2
    assert jobs_of(other_entry) == 2
    assert jobs_of(problems[:1]) == 1
