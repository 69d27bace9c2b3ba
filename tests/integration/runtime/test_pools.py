"""Executor pools: order of verdicts, sharing by trials, deaths of actors."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import ray
from scripted import Gate, ScriptedExecutor, ask_gate

from codem_ray.errors import ToolchainError
from codem_ray.records import Job, Outcome, Problem
from codem_ray.runtime.executors import ExecutorPool, build_executor
from codem_ray.sweep.executor_policy import fixed_size

SQUARE = "def square(x):\n    return x * x  # {}\n"


def _job(at: int, answer: str | None, language: str = "python") -> Job:
    problem = Problem(
        benchmark="b",
        task_id=f"b/{at}",
        language=language,
        prompt=f"{at}",
        instruction="",
        tests="assert square(3) == 9\n",
        entry_point="square",
    )
    return Job(problem=problem, answer=answer)


def _real_jobs(count: int) -> list[Job]:
    kinds = [SQUARE, SQUARE.replace("x * x", "x"), SQUARE.replace("x * x", "1 / 0")]
    return [_job(at, kinds[at % 3].format(at) if at % 7 else None) for at in range(count)]


def _check(jobs: list[Job], outcomes: list[Outcome]) -> None:
    for at, (job, outcome) in enumerate(zip(jobs, outcomes, strict=True)):
        if job.answer is None:
            assert outcome is Outcome.NO_ANSWER
        else:
            expected = (Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR)[at % 3]
            assert outcome is expected, (at, outcome)


@pytest.fixture(scope="module")
def pool(ray_session: None) -> Iterator[ExecutorPool]:
    pool = ExecutorPool.start(ScriptedExecutor, fixed_size(2))
    yield pool
    pool.shutdown()


@pytest.mark.ray
def test_job_that_kills_executors_is_the_only_one_lost(pool: ExecutorPool) -> None:
    jobs = [_job(at, "kill" if at == 13 else f"answer {at}") for at in range(20)]
    seen: list[int] = []
    verdicts = pool.execute(jobs, seen.append)
    assert [at for at, verdict in enumerate(verdicts) if verdict.outcome is not Outcome.PASSED] == [
        13
    ]
    assert verdicts[13].outcome is Outcome.INFRASTRUCTURE_ERROR
    assert verdicts[19].message == "answer 19"
    assert sum(seen) == 20


@pytest.mark.ray
def test_errors_of_the_environment_are_raised_and_bugs_are_not_scored(pool: ExecutorPool) -> None:
    with pytest.raises(ToolchainError, match="javac is missing"):
        pool.execute([_job(0, "toolchain")])
    verdicts = pool.execute([_job(at, "bug" if at == 3 else "fine") for at in range(10)])
    assert verdicts[3].outcome is Outcome.INFRASTRUCTURE_ERROR
    assert "a bug of the executor" in verdicts[3].message
    assert sum(verdict.outcome is Outcome.PASSED for verdict in verdicts) == 9


@pytest.mark.ray
def test_pool_works_in_other_processes_with_the_expected_checks(pool: ExecutorPool) -> None:
    import ray

    jobs = [_job(at, f"answer {at}") for at in range(30)]
    pool.expected_checks[jobs[2].problem.digest()] = 5

    @ray.remote(num_cpus=1)
    def trial(pool: ExecutorPool, jobs: list[Job]) -> list[tuple[str, int]]:
        return [(verdict.message, verdict.checks_done) for verdict in pool.execute(jobs)]

    both = ray.get([trial.remote(pool, jobs) for _ in range(2)], timeout=60)
    assert both[0] == both[1]
    assert both[0][2] == ("answer 2", 5)
    assert [message for message, _ in both[0]] == [f"answer {at}" for at in range(30)]


@pytest.mark.ray
@pytest.mark.toolchain
def test_killed_executor_loses_no_real_verdict(ray_session: None, tmp_path: Path) -> None:
    jobs = _real_jobs(50)
    pool = ExecutorPool.start(partial(build_executor, "bubblewrap", tmp_path), fixed_size(2))
    try:
        killed = threading.Event()

        def kill_first(done: int) -> None:
            if not killed.is_set():
                killed.set()
                # The other executor is in the middle of a chunk, or about to get one.
                for pid in pool.pids:
                    os.kill(pid, signal.SIGKILL)
                    time.sleep(0.3)

        verdicts = pool.execute(jobs, kill_first)
        assert killed.is_set()
    finally:
        pool.shutdown()
    _check(jobs, [verdict.outcome for verdict in verdicts])


@pytest.mark.ray
def test_a_fleet_that_ray_starts_again_asks_which_nodes_may_execute(
    ray_session: None, capfd: pytest.CaptureFixture[str]
) -> None:
    kind: Any = ray.remote(num_cpus=0)(Gate)
    gate = kind.remote()
    pool = ExecutorPool.start(ScriptedExecutor, fixed_size(1), refusal=partial(ask_gate, gate))
    try:
        assert ray.get(gate.asked.remote()) == 1
        ray.kill(pool.fleet, no_restart=False)
        verdicts = pool.execute([_job(at, f"answer {at}") for at in range(4)])
        assert {verdict.outcome for verdict in verdicts} == {Outcome.PASSED}
        assert ray.get(gate.asked.remote()) == 2
    finally:
        pool.shutdown()
    # Ray warns of what it would not have for the restart.
    assert "constructor arguments" not in "".join(capfd.readouterr())
