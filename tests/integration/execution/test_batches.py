"""A program's outcome does not depend on the programs that are compiled with it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from codem_ray.benchmarks import load
from codem_ray.execution import building
from codem_ray.execution.executor import Executor
from codem_ray.extraction.answers import whole_answer
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.scoring.mutations import mutants

pytestmark = pytest.mark.toolchain

BATCHED = [name for name, spec in LANGUAGES.items() if spec.build is not None or name == "html"]
HOSTILE = {
    # Output caused by one program must not be attributed to another.
    "java": 'class Solution { String s = "\nu0/Answer.java:1: error: x\n"; }',
    "go": "func F() { u0 := 1 }\n/*\nu0/answer.go:1:1: undefined: x\n*/\n",
    "typescript": "const a: number = 'x';\n/*\nu0/program.ts(1): TS1: x\n*/\n",
    "c": "#error u0/program.c: error\n",
    "cpp": "#error u0/program.cpp: error\n",
    "html": "<p>u0 ok 9</p>",
}


# These compilers take a second or two to start, once for each program here.
SLOW = ("java", "typescript")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW)) for n in BATCHED]
)
def test_outcomes_in_a_batch_equal_those_of_each_program_alone(name: str) -> None:
    if missing := missing_toolchains([LANGUAGES[name]]):
        pytest.skip("; ".join(map(str, missing)))
    jobs = []
    for problem in load(f"starter-{name}", limit=2):
        right = whole_answer(problem, problem.reference or "")
        texts = [right, right[: len(right) // 2], HOSTILE[name]]
        texts += [mutant.text for mutant in mutants(right, name, limit=1)]
        jobs += [Job(problem=problem, answer=text) for text in texts]
    # References come last, so that errors of earlier programs could reach them.
    jobs.sort(key=lambda job: job.answer == whole_answer(job.problem, job.problem.reference or ""))
    executor = Executor(open_sandbox("bubblewrap"))
    together = [verdict.outcome for verdict in executor.execute(jobs)]
    alone = [executor.execute([replace(job)])[0].outcome for job in jobs]
    assert together == alone
    assert together[-2:] == [Outcome.PASSED, Outcome.PASSED]
    assert Outcome.PASSED not in together[:2]


# Programs that make the compiler meet a limit of the whole batch: time, memory, output.
TENFOLD = "".join(f"#define B{n + 1} " + f"B{n} " * 10 + "\n" for n in range(7))
BOMBS = {
    "time": ({"cpu_seconds": 2.0}, f"#define B0 1,\n{TENFOLD}int many[] = {{ B7 }};\n"),
    "memory": ({"memory_bytes": 200 << 20}, "char big[300 << 20] = {1};\n"),
    "output": ({"output_bytes": 60_000}, "#error no\n" * 2000),
}
EXPECTED = {"time": Outcome.TIMEOUT, "output": Outcome.OUTPUT_LIMIT}


@pytest.mark.parametrize("name", ["c", "cpp"])
@pytest.mark.parametrize("kind", BOMBS)
def test_a_program_that_meets_a_limit_of_the_compiler_fails_alone(
    kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing := missing_toolchains([LANGUAGES[name]]):
        pytest.skip("; ".join(map(str, missing)))
    limits, bomb = BOMBS[kind]
    tight = replace(building.COMPILE_LIMITS, **limits)
    monkeypatch.setattr(building, "COMPILE_LIMITS", tight)
    (problem,) = load(f"starter-{name}", limit=1)
    right = whole_answer(problem, problem.reference or "")
    answers = [right, "", f"{bomb}{right}", f"{right}\n", f"{right}\n\n"]
    executor = Executor(open_sandbox("bubblewrap"))
    jobs = [Job(problem=problem, answer=answer) for answer in answers]
    together = [verdict.outcome for verdict in executor.execute(jobs)]
    assert [together[0], *together[3:]] == [Outcome.PASSED] * 3
    assert together[1] is Outcome.COMPILE_ERROR
    assert together[2] is executor.execute([jobs[2]])[0].outcome
    assert together[2] is EXPECTED.get(kind, together[2])
    assert together[2] not in (Outcome.PASSED, Outcome.INFRASTRUCTURE_ERROR)


@pytest.mark.parametrize("name", ["c", "go"])
def test_a_message_in_a_batch_equals_that_of_the_program_alone(name: str) -> None:
    if missing := missing_toolchains([LANGUAGES[name]]):
        pytest.skip("; ".join(map(str, missing)))
    (problem,) = load(f"starter-{name}", limit=1)
    wrong = LANGUAGES[name].samples.does_not_compile or ""
    jobs = [Job(problem=problem, answer=text) for text in (wrong, f"{wrong}\n", "")]
    executor = Executor(open_sandbox("bubblewrap"))
    messages = [verdict.message for verdict in executor.execute(jobs)]
    assert messages[0] == messages[1] == executor.execute(jobs[:1])[0].message
    assert messages[0]
    assert not re.search(r"\bu\d+/|build-", messages[0])


def test_a_large_program_leaves_room_for_the_other_programs() -> None:
    if missing := missing_toolchains([LANGUAGES["c"]]):
        pytest.skip("; ".join(map(str, missing)))
    (problem,) = load("starter-c", limit=1)
    right = whole_answer(problem, problem.reference or "")
    size = building.COMPILE_LIMITS.file_bytes - (96 << 10)
    large = f"__attribute__((used)) static char big[{size}] = {{1}};\n{right}"
    jobs = [Job(problem=problem, answer=text) for text in (large, right, f"{right}\n")]
    executor = Executor(open_sandbox("bubblewrap"))
    together = [verdict.outcome for verdict in executor.execute(jobs)]
    assert together == [executor.execute([job])[0].outcome for job in jobs]
    assert together[1:] == [Outcome.PASSED] * 2
