"""Malformed answers get an ordinary verdict and never cause an error of ours."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codem_ray.errors import ExitCode
from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.sandbox.backends import open_sandbox

pytestmark = pytest.mark.toolchain

CODE = [name for name in LANGUAGES if name != "html"]
WRITES: Mapping[str, str] = {
    "python": 'import sys\nfor _i in range(100000):\n    sys.stdout.write("line\\n")\n'
    "sys.stdout.flush()\nimport os\nos.write(1, bytes(range(256)) * 100)\n",
    "javascript": 'for (let i = 0; i < 100000; i++) process.stdout.write("line\\n");\n'
    "process.stdout.write(Buffer.from([...Array(256).keys()]));\n",
    "typescript": "declare const process: any, Buffer: any;\n"
    'for (let i = 0; i < 100000; i++) process.stdout.write("line\\n");\n'
    "process.stdout.write(Buffer.from([0, 255, 254, 128, 10]));\n",
    "c": "#include <stdio.h>\n__attribute__((constructor)) static void write_much(void) {\n"
    '    for (int i = 0; i < 100000; i++) puts("line");\n'
    "    for (int i = 0; i < 256; i++) putchar(i);\n}\n",
    "cpp": "#include <vector>\n#include <iostream>\nstatic int written = [] {\n"
    '    for (int i = 0; i < 100000; i++) std::cout << "line\\n";\n'
    "    for (int i = 0; i < 256; i++) std::cout.put(i);\n    return 0;\n}();\n",
    "java": "class Writes {\n    static {\n        for (int i = 0; i < 100000; i++) "
    'System.out.println("line");\n'
    "        for (int i = 0; i < 256; i++) System.out.write(i);\n    }\n}\n",
    "go": 'import "os"\n\nfunc init() {\n\tfor i := 0; i < 100000; i++ {\n'
    '\t\tos.Stdout.WriteString("line\\n")\n\t}\n\tos.Stdout.Write([]byte{0, 255, 254, 128})\n}\n',
}
"""Code before a correct answer that writes 100,000 lines and bytes that are not UTF-8."""
RECURSION: Mapping[str, str] = {
    "python": "def double(n):\n    return double(n + 1)\n",
    "javascript": "const double = (n) => double(n + 1) + 1;\n",
    "typescript": "function double(n: number[]): number[] {\n  return double(n).concat(1);\n}\n",
    "c": "int twice(int n) {\n    volatile char frame[512];\n    frame[0] = n;\n"
    "    return twice(n + 1) + frame[0];\n}\n",
    "cpp": "#include <vector>\nint twice(std::vector<int> v) {\n    volatile char frame[512];\n"
    "    frame[0] = 1;\n    return twice(v) + frame[0];\n}\n",
    "java": "class Solution {\n    public int twice(int n) {\n        return twice(n + 1) + 1;\n"
    "    }\n}\n",
    "go": "func Twice(n int) int {\n\treturn Twice(n+1) + 1\n}\n",
}


@pytest.fixture(scope="module")
def executor() -> Executor:
    limits = {
        name: dataclasses.replace(spec.limits, cpu_seconds=4.0) for name, spec in LANGUAGES.items()
    }
    return Executor(open_sandbox("bubblewrap"), limits=limits, num_threads=1)


def judge(executor: Executor, language: str, *answers: str) -> list[Verdict]:
    """Judge answers in a batch with a correct and a wrong one, which must keep their verdicts."""
    if missing := missing_toolchains([LANGUAGES[language]]):
        pytest.skip("; ".join(map(str, missing)))
    samples = LANGUAGES[language].samples
    problem = Problem(
        benchmark="unit",
        task_id="0",
        language=language,
        prompt="",
        instruction="",
        tests=samples.tests,
    )
    jobs = [Job(problem=problem, answer=one) for one in (samples.passes, *answers, samples.fails)]
    verdicts = executor.execute(jobs)
    assert verdicts[0].outcome is Outcome.PASSED, verdicts[0]
    assert verdicts[-1].outcome is Outcome.WRONG_ANSWER, verdicts[-1]
    return verdicts[1:-1]


@pytest.mark.parametrize("name", CODE)
def test_a_program_that_writes_100_000_lines_and_bytes_of_every_value_may_pass(
    executor: Executor, name: str
) -> None:
    right = LANGUAGES[name].samples.passes
    if name == "java":
        right = right.replace("int twice(int n) {", "int twice(int n) {\n        new Writes();")
    (verdict,) = judge(executor, name, WRITES[name] + right)
    assert verdict.outcome is Outcome.PASSED, verdict


@pytest.mark.parametrize("name", CODE)
def test_endless_recursion_is_a_failure_of_the_answer(executor: Executor, name: str) -> None:
    (verdict,) = judge(executor, name, RECURSION[name])
    allowed = {Outcome.RUNTIME_ERROR, Outcome.MEMORY_LIMIT, Outcome.WRONG_ANSWER, Outcome.TIMEOUT}
    assert verdict.outcome in allowed, verdict
    assert verdict.message


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_program_of_10_mb_gets_its_verdict(executor: Executor, name: str) -> None:
    spec = LANGUAGES[name]
    opening, closing = spec.block_comment or (spec.comment_prefix, "")
    # A page of a hundred thousand nodes is slow in any parser.
    width, count = (90, 108_000) if name != "html" else (10_000_000, 1)
    lines = f"{opening} {'x' * width} {closing}\n" * count
    (verdict,) = judge(executor, name, lines + spec.samples.passes)
    assert len(lines) > 10_000_000
    assert verdict.outcome is Outcome.PASSED, verdict


@pytest.mark.parametrize("name", LANGUAGES)
def test_bytes_that_are_not_text_are_an_error_of_the_answer_or_harmless(
    executor: Executor, name: str
) -> None:
    right = LANGUAGES[name].samples.passes
    start, end = LANGUAGES[name].block_comment or (LANGUAGES[name].comment_prefix, "")
    answers = [
        f"{start} \0 {end}\n{right}",
        right.replace(" ", " \0 ", 1),
        f"{start} \ud800 \udfff {end}\n{right}",
        right.replace(" ", " \udc80\udcff ", 1),
        f"{start} caf\udce9 {end}\n{right}",  # Latin-1, read with surrogateescape
        f"\ufeff{right}",
        "\0" * 1000,
        "\ud800",
        right.replace("\n", "\r\n"),
        right.replace("\n", "\u2028"),
    ]
    fine = {Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR, Outcome.COMPILE_ERROR}
    verdicts = judge(executor, name, *answers)
    assert {verdict.outcome for verdict in verdicts} <= fine, verdicts
    # Malformed characters in a comment must not fail a program.
    assert verdicts[2].outcome is Outcome.PASSED, verdicts[2]
    assert verdicts[4].outcome is Outcome.PASSED, verdicts[4]
    for verdict in verdicts:
        json.dumps(dataclasses.asdict(verdict)).encode()
        verdict.message.encode()


ROW: Mapping[str, Any] = {
    "task_id": "Python/0",
    "prompt": 'def half(x):\n    """ Half of it.\n    """\n',
    "canonical_solution": "    return x / 2\n",
    "test": "assert half(4) == 2\n",
    "declaration": "def half(x):\n",
    "text": "Half of it.",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test": ""}, "field 'test' is empty"),
        ({"test": None}, "field 'test'"),
        ({"prompt": None}, "field 'prompt'"),
        ({"task_id": None}, "field 'task_id'"),
        ({"task_id": "Cobol/0"}, "Cobol"),
    ],
)
def test_an_unusable_benchmark_row_ends_the_command(
    tmp_path: Path, change: Mapping[str, Any], message: str
) -> None:
    bench = tmp_path / "mine.jsonl"
    bad = {**ROW, "task_id": "Python/1", **change}
    rows = [bad] if "Cobol" in str(change) else [ROW, bad]
    bench.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = command(tmp_path, bench, [{"task_id": "Python/0", "completion": "    return x / 2\n"}])
    assert done.returncode == ExitCode.CONFIG, done.stderr
    assert message in done.stderr
    assert f"line {len(rows)}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "scored.jsonl").exists()


def test_malformed_completions_are_scored_and_written_back(tmp_path: Path) -> None:
    bench = tmp_path / "mine.jsonl"
    rows = [{**ROW, "task_id": f"Python/{n}"} for n in range(4)]
    bench.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    bodies = ["    return x / 2  # \ud800\n", "    return x \0 / 2\n", "", "    return 'é' * 9\n"]
    completions = [{"task_id": f"Python/{n}", "completion": text} for n, text in enumerate(bodies)]
    done = command(tmp_path, bench, completions)
    assert done.returncode == ExitCode.COMPLETE, done.stderr
    scored = [json.loads(line) for line in (tmp_path / "scored.jsonl").read_text().splitlines()]
    assert scored[0]["outcome"] == "passed"
    assert all(row["outcome"] not in ("passed", "infrastructure_error") for row in scored[1:])
    assert [row["completion"] for row in scored] == bodies


def command(
    folder: Path, bench: Path, completions: list[dict[str, str]]
) -> subprocess.CompletedProcess[str]:
    file = folder / "completions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in completions), encoding="utf-8")
    out = str(folder / "scored.jsonl")
    arguments = ["--completions", str(file), "--benchmark", str(bench), "--out", out]
    return subprocess.run(
        [sys.executable, "-m", "codem_ray", "evaluate", *arguments],
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
