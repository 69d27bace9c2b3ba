"""The reference gate on real toolchains: references pass, controls and mutants fail."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from codem_ray.benchmarks import DATA_VARIABLE, load
from codem_ray.cli.main import main
from codem_ray.errors import EnvironmentLackError
from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.records import Job, Verdict
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox
from codem_ray.sandbox.protocol import Sandbox
from codem_ray.scoring.gate import validate_benchmark

pytestmark = pytest.mark.toolchain
needs_data = pytest.mark.skipif(
    DATA_VARIABLE not in os.environ, reason=f"{DATA_VARIABLE} does not name a data folder"
)

PASSING = {
    "humaneval-x-python": 164,
    "humaneval-x-cpp": 164,
    "humaneval-x-java": 164,
    "humaneval-x-js": 162,
    "humaneval-x-go": 163,
    "humaneval-c": 164,
}


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    try:
        return BubblewrapSandbox()
    except EnvironmentLackError as error:
        pytest.skip(f"no sandbox here: {error}")


def run(sandbox: Sandbox, jobs: Sequence[Job]) -> list[Verdict]:
    return Executor(sandbox, num_threads=os.cpu_count() or 1).execute(jobs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_starter_references_pass_and_controls_fail(language: str, sandbox: Sandbox) -> None:
    problems = load(f"starter-{language}", limit=6)
    report = validate_benchmark(
        problems, lambda jobs: run(sandbox, jobs), mutants_per_problem=1, with_sentinels=True
    )
    if report.not_run and not report.references_failed:
        pytest.skip(f"{language}: {report.not_run[0].message}")
    report.raise_if_failed()
    assert report.references_passed == len(problems)
    assert report.controls_failed == sum(len(p.broken) for p in problems)
    assert report.mutants_killed > 0
    assert sum(report.sentinels_failed.values()) >= 2 * len(problems)
    assert not report.sentinels_passed


@needs_data
@pytest.mark.parametrize("name", PASSING)
def test_published_references_pass(name: str, sandbox: Sandbox) -> None:
    # Whole benchmarks take too long here: the first problems and the unusual ones.
    odd = {10, 22, 32, 38, 50, 69, 74, 95, 112, 137, 155, 162}
    problems = [p for i, p in enumerate(load(name)) if i < 4 or i in odd or p.quarantine]
    report = validate_benchmark(problems, lambda jobs: run(sandbox, jobs), mutants_per_problem=1)
    report.raise_if_failed()
    assert report.references_passed == len(problems) - len(report.quarantined)
    assert report.mutants_killed > len(problems) // 2


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("name", PASSING)
def test_all_published_references_pass(name: str, sandbox: Sandbox) -> None:
    report = validate_benchmark(load(name), lambda jobs: run(sandbox, jobs))
    report.raise_if_failed()
    assert report.references_passed == PASSING[name]


@needs_data
def test_benchmark_without_references_passes_with_none(capsys: pytest.CaptureFixture[str]) -> None:
    # None of its problems has a reference, not even the quarantined one.
    assert main(["validate", "--benchmark", "multipl-e-ts", "--mutants", "0"]) == 0
    captured = capsys.readouterr()
    assert "0/0 references" in captured.err
    [row] = [line for line in captured.out.splitlines() if line.startswith("multipl-e-ts  ok")]
    assert "none" in row
