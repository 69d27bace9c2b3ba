"""Java and Go programs may declare names that the benchmark's imports have, too."""

from __future__ import annotations

import pytest

from codem_ray.execution.executor import Executor
from codem_ray.extraction.answers import extract_answer
from codem_ray.records import Job, Outcome, Problem, PromptStyle
from codem_ray.sandbox.backends import open_sandbox

pytestmark = pytest.mark.toolchain
# ruff: noqa: E501, ISC004

_JAVA = Problem(
    benchmark="names",
    task_id="java/names",
    language="java",
    prompt="import java.util.Stack;\nclass Solution {\n    public int top(int n) {\n",
    instruction="",
    tests=(
        "import java.util.Stack;\npublic class Main {\n"
        "    public static void main(String[] args) {\n"
        "        if (new Solution().top(3) != 3) throw new AssertionError();\n    }\n}\n"
    ),
    context="import java.util.Stack;\n",
    entry_point="top",
)
_GO = Problem(
    benchmark="names",
    task_id="go/names",
    language="go",
    prompt="// Return n.\nfunc Top(n int) int {\n",
    instruction="",
    tests=(
        'import (\n    "testing"\n    "github.com/stretchr/testify/assert"\n)\n'
        "func TestTop(t *testing.T) {\n    assert := assert.New(t)\n"
        "    assert.Equal(3, Top(3))\n}\n"
    ),
    context='import (\n    "bytes"\n    "sort"\n    "time"\n)\n',
    entry_point="Top",
)
_OWN_STACK = (
    "class Stack {{\n    int n;\n    Stack(int n) {{ this.n = n; }}\n    int peek() {{ return n; }}\n}}\n"
    "class Solution {{\n    public int top(int n) {{ return new Stack({}).peek(); }}\n}}\n"
)
_OWN_CLOCK = (
    "type Clock struct{{ Now int }}\n\nfunc sort(n int) int {{ return n }}\n\n"
    "func Top(n int) int {{\n\ttime := Clock{{{}}}\n\treturn sort(time.Now)\n}}\n"
)
CASES = [
    (_JAVA, _OWN_STACK.format("n"), Outcome.PASSED),
    (_JAVA, _OWN_STACK.format("77"), Outcome.WRONG_ANSWER),
    (
        _JAVA,
        "class Solution {\n    public int top(int n) {\n        Stack<Integer> s = new Stack<>();\n"
        "        s.push(n);\n        return s.pop();\n    }\n}\n",
        Outcome.PASSED,
    ),
    (_GO, _OWN_CLOCK.format("n"), Outcome.PASSED),
    (_GO, _OWN_CLOCK.format("77"), Outcome.WRONG_ANSWER),
    (
        _GO,
        "func Top(n int) int {\n\treturn sort.SearchInts([]int{0, 1, 2}, n)\n}\n",
        Outcome.PASSED,
    ),
]


@pytest.mark.parametrize("language", ["java", "go"])
def test_answers_may_declare_names_that_imports_have(language: str) -> None:
    cases = [case for case in CASES if case[0].language == language]
    jobs = [
        Job(
            problem=problem,
            answer=extract_answer(problem, f"```\n{code}```", PromptStyle.INSTRUCTION),
        )
        for problem, code, _ in cases
    ]
    verdicts = Executor(open_sandbox("bubblewrap")).execute(jobs)
    found = [(verdict.outcome, verdict.message) for verdict in verdicts]
    assert [outcome for outcome, _ in found] == [outcome for _, _, outcome in cases], found
