"""JavaScript answers may declare the names of globals, as in a module of their own."""

from __future__ import annotations

import pytest

from codem_ray.execution.executor import Executor
from codem_ray.records import Job, Outcome, Problem
from codem_ray.sandbox.backends import open_sandbox

pytestmark = pytest.mark.toolchain

_PROBLEM = Problem(
    benchmark="names",
    task_id="names/f",
    language="javascript",
    prompt="const f = () => {\n",
    instruction="",
    tests="const test = () => {\n  console.assert(f() === 3)\n}\n\ntest()\n",
    entry_point="f",
)
_GLOBALS = (
    *("Array", "Buffer", "Error", "JSON", "Map", "Math", "Number", "Object", "Promise", "Reflect"),
    *("Set", "String", "Symbol", "WeakMap", "console", "escape", "fetch", "global", "name"),
    *("parseInt", "performance", "process", "status", "structuredClone"),
)
_FORMS = (
    "const {} = 3;\nconst f = () => {};\n",
    "function {}() {{ return 3; }}\nconst f = () => {}();\n",
)


def test_answers_may_declare_names_of_globals() -> None:
    cases = [form.format(name, name) for form in _FORMS for name in _GLOBALS]
    jobs = [Job(problem=_PROBLEM, answer=answer) for answer in cases]
    verdicts = Executor(open_sandbox("bubblewrap")).execute(jobs)
    failed = [
        (answer, verdict.message)
        for answer, verdict in zip(cases, verdicts, strict=True)
        if verdict.outcome is not Outcome.PASSED
    ]
    assert failed == []
