"""A program's outcome does not depend on those that are compiled with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codem_ray.benchmarks import load
from codem_ray.evaluation.mutations import mutants
from codem_ray.execution.executor import Executor
from codem_ray.generation.answers import whole_answer
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome
from codem_ray.sandbox.host import open_sandbox

pytestmark = pytest.mark.toolchain

BATCHED = [name for name, spec in LANGUAGES.items() if spec.build is not None or name == "html"]
HOSTILE = {
    # What one program says of itself must not be taken for a word on its neighbours.
    "java": 'class Solution { String s = "\nu0/Answer.java:1: error: x\n"; }',
    "go": "func F() { u0 := 1 }\n/*\nu0/answer.go:1:1: undefined: x\n*/\n",
    "typescript": "const a: number = 'x';\n/*\nu0/program.ts(1): TS1: x\n*/\n",
    "c": "#error u0/program.c: error\n",
    "cpp": "#error u0/program.cpp: error\n",
    "html": "<p>u0 ok 9</p>",
}


# The compilers that take a second or two to start, once for each program here.
SLOW = ("java", "typescript")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW)) for n in BATCHED]
)
def test_outcomes_in_a_batch_are_those_of_each_alone(name: str) -> None:
    if lacks := missing_toolchains([LANGUAGES[name]]):
        pytest.skip("; ".join(map(str, lacks)))
    jobs = []
    for problem in load(f"starter-{name}", limit=2):
        right = whole_answer(problem, problem.reference or "")
        texts = [right, right[: len(right) // 2], HOSTILE[name]]
        texts += [mutant.text for mutant in mutants(right, name, limit=1)]
        jobs += [Job(problem=problem, answer=text) for text in texts]
    # References last: an error of an earlier program must not reach them.
    jobs.sort(key=lambda job: job.answer == whole_answer(job.problem, job.problem.reference or ""))
    executor = Executor(open_sandbox("bubblewrap"))
    together = [verdict.outcome for verdict in executor.execute(jobs)]
    alone = [executor.execute([replace(job)])[0].outcome for job in jobs]
    assert together == alone
    assert together[-2:] == [Outcome.PASSED, Outcome.PASSED]
    assert Outcome.PASSED not in together[:2]
