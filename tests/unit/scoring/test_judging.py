"""Judging of completions, and the files of its stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import pytest

from codem_ray.errors import DataError, StorageError
from codem_ray.records import (
    Completion,
    Job,
    Outcome,
    Problem,
    ProblemResult,
    PromptStyle,
    Verdict,
)
from codem_ray.scoring.judging import JudgedCompletion, judge_completions, to_results
from codem_ray.scoring.stage_files import (
    read_results,
    read_rows,
    write_results,
    write_rows,
)

PROBLEMS = [
    Problem(
        benchmark="b",
        task_id=f"b/{at}",
        language="python",
        instruction="Add.",
        tests="",
        prompt="def add(x, y):\n",
        entry_point="add",
        quarantine="flaky" if at == 3 else None,
    )
    for at in range(4)
]


def _completion(at: int, text: str, sample: int = 0) -> Completion:
    return Completion(
        task_id=f"b/{at}",
        sample=sample,
        text=text,
        prompt_tokens=5,
        completion_tokens=7,
        is_truncated=at == 1,
    )


COMPLETIONS = [
    _completion(0, "    return x + y\n"),
    _completion(0, "    return x + y\n", 1),
    _completion(1, "    return 'ü\udce4\u2028'\n"),
    _completion(2, "    return 3\n"),
    _completion(3, "    return 4\n"),
]


def _scripted(jobs: Sequence[Job]) -> list[Verdict]:
    outcomes = {"b/0": Outcome.PASSED, "b/2": Outcome.INFRASTRUCTURE_ERROR}
    return [
        Verdict(
            outcome=outcomes.get(job.problem.task_id, Outcome.WRONG_ANSWER),
            message="m",
            run_cpu_seconds=0.5,
        )
        for job in jobs
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_files_return_the_values_written_to_them(tmp_path: Path, name: str) -> None:
    path = tmp_path / "deep" / name
    write_rows(path, COMPLETIONS, Completion)
    assert read_rows(path, Completion) == COMPLETIONS
    first = path.read_bytes()
    write_rows(path, COMPLETIONS, Completion)
    assert path.read_bytes() == first
    judged = judge_completions(PROBLEMS, COMPLETIONS, PromptStyle.COMPLETION, _scripted)
    write_rows(path, judged, JudgedCompletion)
    assert read_rows(path, JudgedCompletion) == judged
    assert list(path.parent.iterdir()) == [path]


def test_damaged_files_are_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, COMPLETIONS, Completion)
    path.write_bytes(path.read_bytes() + b'{"task_id": "x"}\n')
    with pytest.raises(DataError, match=r"a\.jsonl, line 6"):
        read_rows(path, Completion)
    path.write_bytes(b'{"task_')
    with pytest.raises(DataError, match=r"line 1: not JSON"):
        read_rows(path, Completion)
    with pytest.raises(StorageError, match=r"missing\.jsonl"):
        read_rows(tmp_path / "missing.jsonl", Completion)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        write_rows(tmp_path / "file" / "a.jsonl", COMPLETIONS, Completion)


def test_each_completion_is_a_job_of_its_own() -> None:
    seen: list[Job] = []

    def execute(jobs: Sequence[Job]) -> list[Verdict]:
        seen.extend(jobs)
        return _scripted(jobs)

    judged = judge_completions(PROBLEMS, COMPLETIONS, PromptStyle.COMPLETION, execute)
    assert [job.problem.task_id for job in seen] == ["b/0", "b/0", "b/1", "b/2", "b/3"]
    assert [job.sample for job in seen] == [0, 1, 0, 0, 0]
    assert judged[1].verdict.outcome is Outcome.PASSED


def test_a_completion_that_cannot_be_read_has_no_answer_and_the_others_are_judged() -> None:
    damaged = replace(COMPLETIONS[0], text=None)  # type: ignore[arg-type]
    seen: list[Job] = []

    def execute(jobs: Sequence[Job]) -> list[Verdict]:
        seen.extend(jobs)
        return _scripted(jobs)

    both = [damaged, COMPLETIONS[1]]
    judged = judge_completions(PROBLEMS, both, PromptStyle.COMPLETION, execute)
    assert [job.answer is None for job in seen] == [True, False]
    assert "extraction failed" in judged[0].verdict.message
    assert judged[1].verdict.outcome is Outcome.PASSED


@pytest.mark.parametrize("error", [ImportError("no module"), MemoryError()])
def test_a_fault_of_the_installation_is_no_verdict(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise error

    monkeypatch.setattr("codem_ray.scoring.judging.extract_answer", fail)
    with pytest.raises(type(error)):
        judge_completions(PROBLEMS, COMPLETIONS, PromptStyle.COMPLETION, _scripted)


def test_a_completion_of_an_unknown_problem_is_refused() -> None:
    with pytest.raises(DataError, match="c/9"):
        judge_completions(
            PROBLEMS, [replace(COMPLETIONS[0], task_id="c/9")], PromptStyle.COMPLETION, _scripted
        )


def test_rows_keep_their_types_through_parquet(tmp_path: Path) -> None:
    judged = judge_completions(PROBLEMS, COMPLETIONS, PromptStyle.COMPLETION, _scripted)
    rows = to_results(
        judged,
        PROBLEMS,
        trial_id="t",
        source="java",
        seed=1,
        benchmark_digest="d",
        style=PromptStyle.COMPLETION,
    )
    write_results(tmp_path / "r.parquet", rows)
    write_results(tmp_path / "empty.parquet", [])
    frame = read_results([tmp_path / "r.parquet", tmp_path / "empty.parquet"])
    assert list(frame.columns) == [one.name for one in fields(ProblemResult)]
    assert frame["outcome"].tolist() == [row.outcome.value for row in rows]
    assert frame["is_quarantined"].tolist() == [False] * 4 + [True]
    assert frame["is_quarantined"].dtype == bool
    assert frame["seed"].dtype == "int64"
    assert frame["run_cpu_seconds"].dtype == "float64"
    assert len(rows[2].completion_digest) == 16
    assert list(read_results([]).columns) == list(frame.columns)
    (tmp_path / "bad.parquet").write_text("no")
    with pytest.raises(DataError, match=r"bad\.parquet"):
        read_results([tmp_path / "bad.parquet"])
