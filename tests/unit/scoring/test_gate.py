"""The gate lets a benchmark through only when references pass and controls fail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from codem_ray.errors import ReferenceGateError
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.scoring.gate import ExecuteRepeatedly, validate_benchmark
from codem_ray.scoring.gate_report import GateReport, gate_key, read_gate, write_gate

PROMPT = "def f(a, b):\n"


def toy(
    number: int,
    reference: str | None = "    return a + b\n",
    *,
    broken: tuple[str, ...] = (),
    quarantine: str | None = None,
    tests: str = "assert f(1, 2) == 3",
) -> Problem:
    return Problem(
        benchmark="toy",
        task_id=f"toy/{number}",
        language="python",
        prompt=PROMPT,
        instruction="",
        tests=tests,
        reference=reference,
        broken=broken,
        entry_point="f",
        quarantine=quarantine,
    )


def run_here(jobs: Sequence[Job]) -> list[Verdict]:
    """Judge toy answers in this process."""
    verdicts = []
    for job in jobs:
        names: dict[str, object] = {}
        try:
            exec(job.answer or "", names)
            exec(job.problem.tests, names)
            verdicts.append(Verdict(outcome=Outcome.PASSED, checks_done=7))
        except AssertionError:
            verdicts.append(Verdict(outcome=Outcome.WRONG_ANSWER))
        except Exception as error:
            verdicts.append(Verdict(outcome=Outcome.RUNTIME_ERROR, message=repr(error)))
    return verdicts


def test_good_references_and_failing_controls_pass() -> None:
    problems = [toy(0, broken=("    return a - b\n",)), toy(1)]
    report = validate_benchmark(problems, run_here)
    report.raise_if_failed()
    assert (report.references_passed, report.controls_failed) == (2, 1)
    assert report.expected_checks == {p.digest(): 7 for p in problems}


def test_a_failing_reference_is_named_with_its_outcome() -> None:
    report = validate_benchmark([toy(0), toy(1, "    return a * b\n")], run_here)
    with pytest.raises(ReferenceGateError, match=r"toy/1 \(wrong_answer.*--quarantine toy/1`"):
        report.raise_if_failed()


def test_a_passing_control_is_named() -> None:
    report = validate_benchmark([toy(0, broken=("    return b + a\n",))], run_here)
    with pytest.raises(ReferenceGateError, match="broken controls pass: toy/0"):
        report.raise_if_failed()


def test_a_quarantined_reference_may_fail_and_is_listed_with_the_reason() -> None:
    report = validate_benchmark([toy(0), toy(1, "    return 0\n", quarantine="wrong")], run_here)
    report.raise_if_failed()
    assert report.quarantined == {"toy/1": "wrong"}
    assert report.references_passed == 1


def test_a_control_of_a_quarantined_problem_may_pass() -> None:
    passing = toy(1, broken=("    return b + a\n",), quarantine="weak tests")
    report = validate_benchmark([toy(0), passing], run_here)
    report.raise_if_failed()
    assert report.num_controls == 0


def test_a_problem_that_cannot_be_run_here_does_not_fail_the_others() -> None:
    def partly(jobs: Sequence[Job]) -> list[Verdict]:
        absent = Verdict(outcome=Outcome.NOT_RUN)
        return [absent if job.problem.task_id == "toy/1" else run_here([job])[0] for job in jobs]

    broken = ("    return a - b\n",)
    report = validate_benchmark([toy(0, broken=broken), toy(1, broken=broken)], partly)
    report.raise_if_failed()
    assert [one.task_id for one in report.not_run] == ["toy/1"]
    assert (report.controls_failed, report.controls_absent) == (1, 1)


def test_references_that_could_not_be_run_fail_the_gate() -> None:
    def absent(jobs: Sequence[Job]) -> list[Verdict]:
        return [Verdict(outcome=Outcome.NOT_RUN) for _ in jobs]

    report = validate_benchmark([toy(0)], absent)
    assert not report.references_failed
    with pytest.raises(ReferenceGateError, match=r"could not be run: toy/0"):
        report.raise_if_failed()


def test_a_lost_verdict_is_an_error() -> None:
    with pytest.raises(ReferenceGateError, match="1 answers were executed, 0 verdicts"):
        validate_benchmark([toy(0)], lambda jobs: [])


def test_survivors_are_listed_with_their_line_and_do_not_fail_the_gate() -> None:
    weak = toy(0, "    if a > 100:\n        return 7\n    return a + b\n")
    report = validate_benchmark([weak], run_here, mutants_per_problem=20)
    report.raise_if_failed()
    assert report.mutants_killed > 0
    lines = {(s.mutation, s.before, s.after, s.line) for s in report.survivors}
    assert ("off-by-one", "if a > 100:", "if a > 101:", 2) in lines


def test_problems_without_references_are_counted() -> None:
    report = validate_benchmark([toy(0, None), toy(1)], run_here)
    assert report.without_reference == 1


def test_reports_are_equal_after_a_round_trip_through_json(tmp_path: Path) -> None:
    report = validate_benchmark([toy(0), toy(1, "    return 9\n")], run_here, mutants_per_problem=2)
    assert GateReport.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_only_reports_of_passed_gates_are_cached(tmp_path: Path) -> None:
    good = validate_benchmark([toy(0)], run_here)
    write_gate("key", good, tmp_path)
    assert read_gate("key", tmp_path) == good
    assert read_gate("other", tmp_path) is None
    bad = validate_benchmark([toy(0, "    return 9\n")], run_here)
    with pytest.raises(ReferenceGateError):
        write_gate("bad", bad, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["key.json"]


def test_damaged_cache_entries_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text('{"format": 1, "benchmark": "x"}')
    assert read_gate("key", tmp_path) is None


def test_cache_key_depends_on_toolchain_sandbox_reference_and_tests() -> None:
    base = gate_key([toy(0)], "tools")
    changed = [
        gate_key([toy(0)], "others"),
        gate_key([toy(0)], "tools", sandbox="process-without-isolation"),
        gate_key([toy(0, "    return b + a\n")], "tools"),
        gate_key([replace(toy(0), tests="assert True")], "tools"),
        gate_key([replace(toy(0), entry_point="g")], "tools"),
    ]
    assert len({base, *changed}) == 6
    assert gate_key([toy(0)], "tools") == base


def test_a_mutant_that_makes_the_tests_check_less_does_not_survive() -> None:
    def count_by_length(jobs: Sequence[Job]) -> list[Verdict]:
        return [
            Verdict(outcome=Outcome.PASSED, checks_done=2 if "a + b" in (job.answer or "") else 1)
            for job in jobs
        ]

    report = validate_benchmark(
        [toy(0, broken=("    return 7\n",))], count_by_length, mutants_per_problem=1
    )
    report.raise_if_failed()
    assert (report.mutants_killed, report.survivors) == (1, ())
    assert report.controls_failed == 1


def run_in_turn(*outcomes: Outcome, on: str) -> ExecuteRepeatedly:
    """Run each toy answer once per outcome; an answer that contains `on` gets these outcomes."""

    def execute(jobs: Sequence[Job]) -> list[list[Verdict]]:
        return [
            [Verdict(outcome=one, checks_done=7) for one in outcomes]
            if on in (job.answer or "")
            else run_here([job]) * len(outcomes)
            for job in jobs
        ]

    return execute


def test_a_reference_passes_only_when_it_passes_every_time() -> None:
    flaky = toy(2, "    return a + b + 0\n")
    runs = run_in_turn(Outcome.PASSED, Outcome.TIMEOUT, Outcome.PASSED, on="+ 0")
    report = validate_benchmark([toy(1), flaky], run_here, execute_repeatedly=runs)
    assert (report.is_passed, report.references_passed, report.runs) == (False, 1, 3)
    (failure,) = report.references_failed
    assert (failure.task_id, failure.outcome) == ("toy/2", "timeout")
    assert failure.message.startswith("passed 2 of 3 runs")
    (found,) = report.flaky
    assert found.outcomes == {"passed": 2, "timeout": 1}
    assert GateReport.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_a_control_fails_only_when_it_fails_every_time() -> None:
    broken = "    return a - b\n"
    runs = run_in_turn(Outcome.WRONG_ANSWER, Outcome.PASSED, on="a - b")
    report = validate_benchmark([toy(1, broken=(broken,))], run_here, execute_repeatedly=runs)
    assert (report.is_passed, report.controls_passed) == (False, ("toy/1",))
    assert [one.is_control for one in report.flaky] == [True]


def test_quarantined_problems_may_be_flaky() -> None:
    flaky = toy(2, "    return a + b + 0\n", quarantine="depends on chance")
    runs = run_in_turn(Outcome.PASSED, Outcome.WRONG_ANSWER, on="+ 0")
    report = validate_benchmark([toy(1), flaky], run_here, execute_repeatedly=runs)
    assert report.is_passed
    assert [one.task_id for one in report.flaky] == ["toy/2"]
