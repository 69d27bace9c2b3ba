"""C and C++ programs see the names of their own headers, whatever the benchmark supplies."""

from __future__ import annotations

import pytest

from codem_ray.execution.executor import Executor
from codem_ray.extraction.answers import extract_answer
from codem_ray.records import Job, Outcome, Problem, PromptStyle
from codem_ray.sandbox.backends import open_sandbox

pytestmark = pytest.mark.toolchain

_SUPPLIED = {
    "c": "#include <math.h>\n#include <stdlib.h>\n#include <string.h>\n",
    "cpp": "#include <algorithm>\n#include <climits>\n#include <cstring>\n#include <math.h>\n",
}


def _problem(language: str, head: str, signature: str, entry: str, checks: str) -> Problem:
    """Return a problem to which the benchmark supplies more headers than the prompt includes."""
    return Problem(
        benchmark="names",
        task_id=f"{language}/{entry}",
        language=language,
        prompt=head + signature,
        instruction="",
        tests=f"#include <assert.h>\nint main() {{\n    {checks}\n}}\n",
        context=_SUPPLIED[language] + head,
        entry_point=entry,
    )


_LENGTH = _problem(
    "cpp",
    "#include <stdio.h>\n#include <string>\nusing namespace std;\n",
    "int strlen(string str){",
    "strlen",
    'assert(strlen("") == 0); assert(strlen("abc") == 3);',
)
_DOUBLE = _problem(
    "cpp",
    "#include <vector>\nusing namespace std;\n",
    "int twice(vector<int> v){",
    "twice",
    "assert(twice({1, 2}) == 6); assert(twice({-3}) == -6);",
)
_POWER = _problem(
    "c", "#include <stdio.h>\n", "int power(int n) {", "power", "assert(power(3) == 9);"
)

# ruff: noqa: E501, ISC004
CASES = [
    (_LENGTH, "    return str.length();\n}\n", Outcome.PASSED),
    (_LENGTH, "    return 77;\n}\n", Outcome.WRONG_ANSWER),
    (_LENGTH, "```cpp\nint strlen(string s) { return 77; }\n```", Outcome.WRONG_ANSWER),
    (_LENGTH, "```cpp\nint strlen(string s) { return s.size(); }\n```", Outcome.PASSED),
    (
        _LENGTH,
        "```cpp\n#include <string>\nint strlen(std::string s) { return 77; }\n```",
        Outcome.WRONG_ANSWER,
    ),
    # The answer includes the library's function of the same name itself.
    (
        _LENGTH,
        "```cpp\n#include <bits/stdc++.h>\nusing namespace std;\n"
        "int strlen(string s) { return 77; }\n```",
        Outcome.WRONG_ANSWER,
    ),
    (
        _LENGTH,
        "```cpp\n#include <bits/stdc++.h>\nusing namespace std;\n"
        "int strlen(const string &s) { return s.size(); }\n```",
        Outcome.PASSED,
    ),
    (
        _LENGTH,
        "```cpp\n#include <cstring>\n#include <string>\n"
        "size_t strlen(std::string s) { return std::strlen(s.c_str()); }\n```",
        Outcome.PASSED,
    ),
    # With the headers that the benchmark supplies, its tests would call the library's function.
    (_LENGTH, "    return INT_MAX;\n}\n", Outcome.COMPILE_ERROR),
    # A header that only the benchmark supplies.
    (_DOUBLE, "    return INT_MAX * 0 + 2 * std::accumulate(0);\n}\n", Outcome.COMPILE_ERROR),
    (_DOUBLE, "    sort(v.begin(), v.end());\n    return INT_MAX;\n}\n", Outcome.WRONG_ANSWER),
    (
        _DOUBLE,
        "    sort(v.begin(), v.end());\n    int s = 0;\n    for (int x : v) s += x;\n"
        "    return INT_MAX ? 2 * s : 0;\n}\n",
        Outcome.PASSED,
    ),
    # With <algorithm>, `count` would be ambiguous.
    (
        _DOUBLE,
        "```cpp\n#include <vector>\nusing namespace std;\nint count = 0;\n"
        "int twice(vector<int> v) { count = 0; for (int x : v) count += 2 * x; return count; }\n```",
        Outcome.PASSED,
    ),
    # With <math.h>, the two functions would conflict.
    (
        _POWER,
        "```c\n#include <stdio.h>\nint pow(int a, int b, int c) { return a * b * c; }\n"
        "int power(int n) { return pow(n, n, 1); }\n```",
        Outcome.PASSED,
    ),
    (
        _POWER,
        '```c\n#include <stdio.h>\nint power(int n) { return *strdup("\\t"); }\n```',
        Outcome.PASSED,
    ),
]


@pytest.fixture(scope="module")
def executor() -> Executor:
    return Executor(open_sandbox("bubblewrap"))


def test_answers_get_the_verdict_of_their_own_headers(executor: Executor) -> None:
    jobs = [
        Job(
            problem=problem,
            answer=extract_answer(
                problem,
                text,
                PromptStyle.INSTRUCTION if text.startswith("```") else PromptStyle.COMPLETION,
            ),
        )
        for problem, text, _ in CASES
    ]
    verdicts = executor.execute(jobs)
    found = [(text, verdict.outcome) for (_, text, _), verdict in zip(CASES, verdicts, strict=True)]
    assert found == [(text, outcome) for _, text, outcome in CASES]
