"""Equal programs run once, proofs always run, and wall time limits are retried."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest
from watched_judge import WatchedJudge

from codem_ray.errors import EnvironmentLackError
from codem_ray.execution import verdicts
from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import ExecutionResult, Job, Limits, Outcome, Problem, Verdict
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.sandbox.protocol import Command, ResidentJudge, Sandbox

pytestmark = pytest.mark.toolchain
BUSY = "import time\nwhile time.process_time() < 1.0:\n    pass\ndef double(n):\n    return 2 * n\n"


class CountingSandbox:
    """The real sandbox, which counts compilations and runs."""

    name = "bubblewrap"
    memory_enforcement = "unknown"

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.counts: Counter[str] = Counter()

    def run(self, command: Command) -> ExecutionResult:
        self.counts["compiled" if command.is_writable else "run"] += 1
        return self.sandbox.run(command)

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        self.counts["run"] += 1
        return self.sandbox.run_pair(judge, answer)

    def open_judge(self, command: Command) -> ResidentJudge:
        return WatchedJudge(self.sandbox.open_judge(command), self._count)

    def _count(self, command: Command) -> Command:
        self.counts["run"] += 1
        return command


@pytest.fixture
def counting() -> CountingSandbox:
    try:
        return CountingSandbox(open_sandbox("bubblewrap"))
    except EnvironmentLackError as error:
        pytest.skip(f"no sandbox on this host: {error}")


def job(language: str, answer: str, **fields) -> Job:
    if missing := missing_toolchains([LANGUAGES[language]]):
        pytest.skip("; ".join(map(str, missing)))
    problem = Problem(
        benchmark="unit",
        task_id="0",
        language=language,
        prompt="",
        instruction="",
        tests=LANGUAGES[language].samples.tests,
    )
    return Job(problem=problem, answer=answer, **fields)


def judge(counting: CountingSandbox, tmp_path: Path, jobs: list[Job], **options) -> list[Verdict]:
    return Executor(counting, cache_dir=tmp_path, uses_cache=True, **options).execute(jobs)


@pytest.mark.parametrize("language", ["python", "c"])
def test_an_equal_program_runs_once_for_several_executors(
    language: str, counting: CountingSandbox, tmp_path: Path
) -> None:
    samples = LANGUAGES[language].samples
    jobs = [job(language, text) for text in (samples.passes, samples.fails, samples.exits)]
    first = judge(counting, tmp_path, jobs)
    counts = Counter(counting.counts)
    again = judge(counting, tmp_path, [*jobs, job(language, samples.passes)])
    assert counting.counts == counts
    assert [one.is_cached for one in first] == [False] * 3
    assert [one.is_cached for one in again] == [True] * 4
    assert [dataclasses.replace(one, is_cached=False) for one in again[:3]] == first


def test_proofs_and_programs_with_other_limits_run_again(
    counting: CountingSandbox, tmp_path: Path
) -> None:
    text = LANGUAGES["python"].samples.passes
    judge(counting, tmp_path, [job("python", text)])
    judge(counting, tmp_path, [job("python", text)], limits={"python": Limits(cpu_seconds=3)})
    assert counting.counts["run"] == 2
    (proof,) = judge(counting, tmp_path, [job("python", text, is_proof=True)])
    assert counting.counts["run"] == 3
    assert not proof.is_cached


def test_a_damaged_cache_only_causes_further_runs(
    counting: CountingSandbox, tmp_path: Path
) -> None:
    text = LANGUAGES["python"].samples.passes
    judge(counting, tmp_path, [job("python", text)])
    for path in tmp_path.glob("verdicts.sqlite*"):
        path.write_bytes(b"no database" * 1000)
    (verdict,) = judge(counting, tmp_path, [job("python", text)])
    assert verdict.outcome is Outcome.PASSED
    assert counting.counts["run"] == 2


def test_repeated_runs_compile_once(counting: CountingSandbox, tmp_path: Path) -> None:
    samples = LANGUAGES["c"].samples
    executor = Executor(counting, cache_dir=tmp_path, uses_cache=True)
    runs = executor.execute_repeatedly(
        [job("c", text) for text in (samples.passes, samples.fails)], 4
    )
    assert [[one.outcome for one in own] for own in runs] == [
        [Outcome.PASSED] * 4,
        [Outcome.WRONG_ANSWER] * 4,
    ]
    assert counting.counts == {"compiled": 1, "run": 8}
    (own,) = executor.execute_repeatedly([job("c", samples.does_not_compile or "")], 4)
    assert [one.outcome for one in own] == [Outcome.COMPILE_ERROR] * 4


def test_a_program_short_of_cpu_time_gets_more_wall_time(
    counting: CountingSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On an idle machine a short wall limit acts like a long one on a busy machine. The large factor
    # keeps other load from deciding this test.
    monkeypatch.setattr(verdicts, "WALL_TIME_FACTOR", 60.0)
    limits = {"python": Limits(cpu_seconds=10.0, wall_seconds=1.0)}
    (done,) = judge(counting, tmp_path, [job("python", BUSY)], limits=limits)
    assert done.outcome is Outcome.PASSED, done
    assert done.wall_seconds > 1.0
    assert counting.counts["run"] == 2


def test_timeouts_by_cpu_time_are_stored_and_those_by_wall_time_are_retried(
    counting: CountingSandbox, tmp_path: Path
) -> None:
    limits = {"python": Limits(cpu_seconds=0.5, wall_seconds=60.0)}
    jobs = [job("python", LANGUAGES["python"].samples.loops)]
    for is_cached in (False, True):
        (done,) = judge(counting, tmp_path, jobs, limits=limits)
        assert (done.outcome, done.is_cached) == (Outcome.TIMEOUT, is_cached)
        assert counting.counts["run"] == 1
    limits = {"python": Limits(cpu_seconds=10.0, wall_seconds=1.0)}
    jobs = [job("python", "import time\ntime.sleep(60)\n")]
    for num_runs in (3, 5):
        (done,) = judge(counting, tmp_path, jobs, limits=limits)
        assert (done.outcome, done.is_cached) == (Outcome.TIMEOUT, False)
        assert done.is_wall_timeout
        assert counting.counts["run"] == num_runs


def test_cpu_time_decides_on_a_page_that_met_its_wall_limit(
    counting: CountingSandbox, tmp_path: Path
) -> None:
    loops = LANGUAGES["html"].samples.loops
    limits = {"html": dataclasses.replace(LANGUAGES["html"].limits, cpu_seconds=1.0)}
    done = judge(counting, tmp_path, [job("html", loops)], limits=limits)
    assert done[0].outcome is Outcome.TIMEOUT
    assert not done[0].is_wall_timeout


def test_repeated_runs_find_a_flaky_program(counting: CountingSandbox, tmp_path: Path) -> None:
    # 16 equal outcomes by chance occur once in 32,000 tests.
    text = "import os\ndef double(n):\n    return 2 * n + os.urandom(1)[0] % 2 * (n == 2)\n"
    executor = Executor(counting, cache_dir=tmp_path)
    (runs,) = executor.execute_repeatedly([job("python", text)], 16)
    assert {one.outcome for one in runs} == {Outcome.PASSED, Outcome.WRONG_ANSWER}
