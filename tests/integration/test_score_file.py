"""Files of completions are scored without torch or Ray."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from foreign_logs import inspect_sample, lm_eval_row, write_inspect_eval, write_lines

from codem_ray.benchmarks import load, resolve
from codem_ray.cli.main import main
from codem_ray.errors import DataError, ExitCode
from codem_ray.execution.executor import Executor, local_executor
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.scoring import score_file as scoring
from codem_ray.scoring.completion_files import open_completions
from codem_ray.scoring.problem_index import ProblemIndex
from codem_ray.scoring.score_file import judge_file
from codem_ray.scoring.scored_file import ScoredFile

pytestmark = pytest.mark.toolchain

HEAVY = (
    *("torch", "ray", "transformers", "mlflow", "datasets", "deepspeed", "accelerate"),
    *("tokenizers", "safetensors", "gguf", "huggingface_hub", "peft"),
)


@pytest.fixture(scope="module")
def executor() -> Executor:
    return local_executor()


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def row(problem: Problem, completion: str | None = None) -> dict[str, Any]:
    text = problem.reference if completion is None else completion
    return {"task_id": problem.task_id, "completion": text}


def evaluate(*arguments: str | Path) -> int:
    return main(["evaluate", "--completions", *map(str, arguments)])


def score(
    capsys: pytest.CaptureFixture[str], file: Path, *arguments: str | Path
) -> tuple[int, dict[str, Any]]:
    code = evaluate(file, *arguments, "--json")
    return code, json.loads(capsys.readouterr().out)


def test_bodies_and_whole_answers_are_judged_without_heavy_packages(
    tmp_path: Path,
) -> None:
    first, second, third = load("starter-c", limit=3)
    rows = [
        {**row(first), "model": "m"},
        row(second, second.broken[0]),
        row(third, f"```c\n{third.prompt}{third.reference}```"),
    ]
    file, out = write_lines(tmp_path / "mine.jsonl", rows), tmp_path / "scored.jsonl"
    code = (
        "import sys\n"
        f"for name in {HEAVY!r}:\n    sys.modules[name] = None\n"
        "from codem_ray.cli.main import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    arguments = ["--completions", str(file), "--benchmark", "starter-c", "--limit", "3"]
    done = subprocess.run(
        [sys.executable, "-c", code, "evaluate", *arguments, "--out", str(out), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == ExitCode.COMPLETE, done.stderr
    result = json.loads(done.stdout)
    assert result["is_limited"]
    assert result["pass_at_k"]["1"]["pass_at_k"] == pytest.approx(2 / 3)
    written = rows_of(out)
    assert [one["outcome"] for one in written] == ["passed", "wrong_answer", "passed"]
    assert [one["completion"] for one in written] == [one["completion"] for one in rows]
    assert written[0]["model"] == "m"
    assert written[2]["answer"] is not None
    assert "```" not in written[2]["answer"]
    assert {one["benchmark"] for one in written} == {"starter-c"}


def test_several_samples_give_unbiased_pass_at_k(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems = load("starter-python", limit=3)
    rows = []
    for passes, problem in enumerate(problems):
        rows += [row(problem)] * passes + [row(problem, problem.broken[0])] * (3 - passes)
    file = write_lines(tmp_path / "mine.jsonl", rows)
    asked = ("--benchmark", "starter-python", "--limit", "3")
    code, result = score(capsys, file, *asked, "--k", "1", "2", "3")
    assert code == ExitCode.COMPLETE
    got = {k: one["pass_at_k"] for k, one in result["pass_at_k"].items()}
    # 0, 1 and 2 of 3 samples pass.
    assert got == pytest.approx({"1": 1 / 3, "2": (2 / 3 + 1) / 3, "3": 2 / 3})
    assert result["samples"] == [3, 3]
    assert evaluate(file, *asked, "--k", "1", "4") == ExitCode.CONFIG
    assert "pass@4 needs 4 completions of each problem" in capsys.readouterr().err


def test_missing_completions_are_named_and_make_the_score_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems = load("starter-python", limit=4)
    file = write_lines(tmp_path / "mine.jsonl", [row(problem) for problem in problems[:-1]])
    code, result = score(capsys, file, "--benchmark", "starter-python", "--limit", "2")
    assert (code, result["beyond_limit"]) == (ExitCode.COMPLETE, 1)
    code, result = score(capsys, file, "--benchmark", "starter-python", "--limit", "4")
    assert code == ExitCode.INCOMPLETE
    assert result["unanswered"] == [problems[-1].task_id]
    assert result["pass_at_k"]["1"]["problems"] == 3


def test_broken_rows_are_counted_named_and_left_out_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [problem] = load("starter-python", limit=1)
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(row(problem)) + '\n{"task_id": \n{"task_id": "x"}\n')
    asked = ("--benchmark", "starter-python", "--limit", "1")
    assert evaluate(file, *asked) == ExitCode.CONFIG
    stderr = capsys.readouterr().err
    assert "2 rows cannot be read" in stderr
    assert "line 2: broken JSON" in stderr
    assert "line 3: no field 'completion'" in stderr
    code, result = score(capsys, file, *asked, "--skip-broken")
    assert code == ExitCode.INCOMPLETE
    assert len(result["left_out"]) == 2


def test_a_problem_that_the_benchmark_lacks_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_lines(tmp_path / "m.jsonl", [{"task_id": "starter-c/999", "completion": ""}])
    assert evaluate(file, "--benchmark", "starter-c") == ExitCode.CONFIG
    stderr = capsys.readouterr().err
    assert "line 1" in stderr
    assert "starter-c/999" in stderr


def test_no_answers_and_wrong_languages_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems = load("starter-python", limit=5)
    texts = [
        "I am sorry, I cannot help with that.",
        "```java\nclass A { static int solve(int a) { return a; } }\n```",
        "function solve(a) {\n  console.log(a);\n  return a;\n}\n",
        "```rust\nfn solve(a: i64) -> i64 { a }\n```",
        problems[4].broken[0],
    ]
    rows = [row(problem, text) for problem, text in zip(problems, texts, strict=True)]
    file = write_lines(tmp_path / "mine.jsonl", rows)
    asked = ("--benchmark", "starter-python", "--limit", "5")
    _, result = score(capsys, file, *asked)
    assert result["no_answer"] == {"python": 1}
    assert result["wrong_language"] == {"python": {"java": 1, "javascript": 1, "rust": 1}}
    assert evaluate(file, *asked) == ExitCode.COMPLETE
    stderr = capsys.readouterr().out
    assert "no answer found in 1 completion (python)" in stderr
    assert "not in python: 3 completions (java 1, javascript 1, rust 1)" in stderr


def test_files_of_other_harnesses_get_the_same_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems = load("starter-python", limit=3)
    bodies = [problems[0].reference or "", problems[1].broken[0], problems[2].reference or ""]
    files = [
        write_lines(
            tmp_path / "samples_humaneval.jsonl",
            [
                lm_eval_row(at, {"prompt": problem.prompt}, [body])
                for at, (problem, body) in enumerate(zip(problems, bodies, strict=True))
            ],
        ),
        write_inspect_eval(
            tmp_path / "log.eval",
            [
                inspect_sample(problem.task_id, 1, f"Sure!\n```python\n{problem.prompt}{body}```")
                for problem, body in zip(problems, bodies, strict=True)
            ],
        ),
        tmp_path / "generations.json",
    ]
    whole = [[problem.prompt + body] for problem, body in zip(problems, bodies, strict=True)]
    files[2].write_text(json.dumps(whole))
    for file in files:
        code, result = score(capsys, file, "--benchmark", "starter-python", "--limit", "3")
        assert (code, result["outcomes"]) == (0, {"passed": 2, "wrong_answer": 1}), file
    files[2].write_text(json.dumps([["x"]] * 26))
    assert evaluate(files[2], "--benchmark", "starter-python") == ExitCode.CONFIG
    assert "problem 25: starter-python has 25 problems" in capsys.readouterr().err


def test_ids_of_humaneval_are_accepted_for_the_same_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {
        "task_id": "Python/3",
        "prompt": "def half(n):\n",
        "declaration": "def half(n):\n",
        "canonical_solution": "    return n / 2\n",
        "test": "assert half(4) == 2\nassert half(6) == 3\n",
    }
    benchmark = write_lines(tmp_path / "problems.jsonl", [problem])
    file = write_lines(
        tmp_path / "mine.jsonl", [{"task_id": "HumanEval/3", "completion": "    return n // 2"}]
    )
    out = tmp_path / "out.jsonl"
    assert evaluate(file, "--benchmark", benchmark, "--out", out) == ExitCode.COMPLETE
    [written] = rows_of(out)
    assert (written["task_id"], written["given_task_id"]) == ("Python/3", "HumanEval/3")
    other = write_lines(tmp_path / "o.jsonl", [{"task_id": "Other/3", "completion": ""}])
    assert evaluate(other, "--benchmark", benchmark) == ExitCode.CONFIG
    assert "no problem 'Other/3'" in capsys.readouterr().err


class Counting:
    """An executor that counts jobs, and is interrupted at a certain call."""

    def __init__(self, executor: Executor, *, interrupted_at: int = -1) -> None:
        self.executor, self.interrupted_at = executor, interrupted_at
        self.calls = self.jobs = 0

    def __call__(self, jobs: Sequence[Job]) -> list[Verdict]:
        self.calls += 1
        if self.calls == self.interrupted_at:
            raise KeyboardInterrupt
        self.jobs += len(jobs)
        return self.executor.execute(jobs)


def test_interrupted_call_continues_from_its_rows(
    tmp_path: Path, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "MIN_BATCH", 2)
    spec, problems = resolve("starter-python")
    benchmark = ProblemIndex(spec, problems, 5)
    rows = [row(problem) for problem in problems[:5]]
    file = open_completions(write_lines(tmp_path / "mine.jsonl", rows))
    path = tmp_path / "out.jsonl"

    def out() -> ScoredFile:
        return ScoredFile(path, benchmark.name, benchmark.digest)

    with pytest.raises(KeyboardInterrupt), out() as first:
        judge_file(file, benchmark, Counting(executor, interrupted_at=2), out=first)
    assert len(rows_of(path)) == 2
    # A kill in the middle of a write leaves a partial line; one row has no verdict.
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace('"outcome": "passed"', '"outcome": "infrastructure_error"')
    path.write_text("".join(lines) + lines[0][:50])

    again = Counting(executor)
    with out() as second:
        scored = judge_file(file, benchmark, again, out=second)
    assert again.jobs == 4
    assert [one.outcome for one in scored] == [Outcome.PASSED] * 5
    assert sorted(one["task_id"] for one in rows_of(path)) == sorted(
        p.task_id for p in problems[:5]
    )

    with out() as third:
        judge_file(file, benchmark, again, out=third)
    assert again.jobs == 4

    rows[3]["completion"] = "    return 1\n"
    other = open_completions(write_lines(tmp_path / "mine.jsonl", rows))
    with pytest.raises(DataError, match="outcomes of other completions"), out() as fourth:
        judge_file(other, benchmark, again, out=fourth)
    shorter = open_completions(write_lines(tmp_path / "mine.jsonl", rows[:3]))
    with pytest.raises(DataError, match="outcomes of other completions"), out() as fifth:
        judge_file(shorter, benchmark, again, out=fifth)
    with pytest.raises(DataError, match="holds rows of starter-python"):
        ScoredFile(path, "starter-c", benchmark.digest)
    with pytest.raises(DataError, match="cannot be compressed"):
        ScoredFile(tmp_path / "out.jsonl.gz", "starter-c", "0")


def test_second_run_on_one_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, problems = resolve("starter-python")
    benchmark = ProblemIndex(spec, problems)
    file = write_lines(tmp_path / "mine.jsonl", [row(problems[0])])
    asked = ("--benchmark", "starter-python", "--out", tmp_path / "out.jsonl")
    with ScoredFile(tmp_path / "out.jsonl", benchmark.name, benchmark.digest):
        assert evaluate(file, *asked) == ExitCode.CONFIG
        assert "another run writes to it" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()
    assert evaluate(file, *asked) == ExitCode.INCOMPLETE
    # Continuing keeps the first of two equal rows, and holds the lock after the file is rewritten.
    out = tmp_path / "out.jsonl"
    out.write_text(2 * out.read_text())
    with ScoredFile(out, benchmark.name, benchmark.digest):
        assert len(rows_of(out)) == 1
        assert evaluate(file, *asked) == ExitCode.CONFIG
    assert len(rows_of(out)) == 1


def test_missing_output_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [problem] = load("starter-python", limit=1)
    file = write_lines(tmp_path / "mine.jsonl", [row(problem)])
    out = tmp_path / "no" / "out.jsonl"
    assert evaluate(file, "--benchmark", "starter-python", "--out", out) == ExitCode.CONFIG
    assert f"there is no folder {tmp_path / 'no'}" in capsys.readouterr().err
    assert not out.parent.exists()


def test_completions_of_unknown_problems_are_counted_and_left_out_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [problem] = load("starter-python", limit=1)
    others = [{"task_id": f"starter-java/{at}", "completion": ""} for at in range(7)]
    file = write_lines(tmp_path / "mine.jsonl", [row(problem), *others])
    asked = ("--benchmark", "starter-python")
    assert evaluate(file, *asked) == ExitCode.CONFIG
    stderr = capsys.readouterr().err
    assert "7 completions belong to problems that the benchmark does not have" in stderr
    assert "starter-java/4 and 2 more ids" in stderr
    assert "--benchmark starter-java" in stderr
    code, result = score(capsys, file, *asked, "--skip-broken")
    assert (code, len(result["left_out"])) == (ExitCode.INCOMPLETE, 7)
    assert result["unknown"] == result["left_out"]
    assert evaluate(file, *asked, "--skip-broken") == ExitCode.INCOMPLETE
    printed = capsys.readouterr()
    assert "of the 1 of 25 problems present" in printed.out
    assert "completions of problems that starter-python does not have (7):" in printed.out
    assert "rows without a completion" not in printed.out
    assert "1 completion of 1 problem of starter-python" in printed.err


def test_other_files_are_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [problem] = load("starter-python", limit=1)
    file = write_lines(tmp_path / "mine.jsonl", [row(problem)])
    before = file.read_bytes()
    assert evaluate(file, "--benchmark", "starter-python", "--out", file) == ExitCode.CONFIG
    assert "not a scored row: it lacks sample" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_options_without_effect_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [problem] = load("starter-python", limit=1)
    file = write_lines(tmp_path / "mine.jsonl", [row(problem)])
    asked = ("--benchmark", "starter-python", "--limit", "1")
    assert evaluate(file, *asked, "--targets", "java") == ExitCode.CONFIG
    assert "--targets applies to --model only" in capsys.readouterr().err
    assert evaluate(file, *asked, "--set", "generation.samples=3") == ExitCode.CONFIG
    assert evaluate(file, *asked, "--out", tmp_path) == ExitCode.CONFIG
    assert "is a folder" in capsys.readouterr().err


def test_a_problem_with_a_wrong_reference_can_be_quarantined_for_one_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = ("task_id", "prompt", "reference", "tests", "entry_point", "language", "instruction")
    problems = load("starter-python", limit=2)
    rows = [
        {name: getattr(problem, name) for name in fields}
        | {"licence": "own", "group": problem.group, "broken": list(problem.broken)}
        for problem in problems
    ]
    rows[0]["reference"] = problems[0].broken[0]
    # Its broken controls are no longer a reason to refuse the benchmark either.
    rows[0]["broken"] = [problems[0].reference]
    own = write_lines(tmp_path / "own.jsonl", rows)
    file = write_lines(tmp_path / "mine.jsonl", [row(problem) for problem in problems])
    assert evaluate(file, "--benchmark", own) == ExitCode.ENVIRONMENT
    assert "--quarantine" in capsys.readouterr().err
    code, result = score(capsys, file, "--benchmark", own, "--quarantine", problems[0].task_id)
    assert code == ExitCode.COMPLETE
    assert list(result["quarantined"]) == [problems[0].task_id]
    assert result["pass_at_k"]["1"]["problems"] == 1
    assert result["environment"]["sandbox"] == "bubblewrap"
    assert evaluate(file, "--benchmark", own, "--quarantine", "nope") == ExitCode.CONFIG
