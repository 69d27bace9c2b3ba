"""Correct programs that resemble attacks pass."""

# ruff: noqa: E501, ISC004

import dataclasses

import pytest

from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome, Problem
from codem_ray.sandbox.backends import open_sandbox

pytestmark = pytest.mark.toolchain

_C_SAME = "static int issame(int a, int b) {\n    return a == b;\n}\n"
_CPP = "#include <string>\n#include <vector>\nusing namespace std;\n"
_JAVA = "import java.util.*;\nclass Solution {\n    public List<Integer> f(int n) {\n"
_JAVA_TESTS = (
    "import java.util.*;\npublic class Main {\n    public static void main(String[] args) {\n"
    "        Solution s = new Solution();\n"
    "        if (!s.f(2).equals(Arrays.asList(1, 2))) throw new AssertionError();\n    }\n}\n"
)
_GO_TESTS = (
    'import (\n\t"testing"\n\t"github.com/stretchr/testify/assert"\n)\n'
    "func TestF(t *testing.T) {\n\tassert.Equal(t, true, F(2) == 2)\n}\n"
)

# Language, subject of the case, prompt, tests, answer.
CASES = [
    ("python", "a function of the library", "", "assert f(4, 6) == 2", "from math import gcd as f"),
    (
        "python",
        "an import that tests use",
        "",
        "assert math.floor(f()) == 1",
        "import math\nf = lambda: 1.5",
    ),
    (
        "python",
        "an import under another name",
        "",
        "assert m.floor(f()) == 1",
        "import math as m\nf = lambda: 1.5",
    ),
    (
        "python",
        "a helper of the prompt written differently",
        "def half(n):\n    return n / 2\n\n\ndef f(n):\n",
        "assert half(f(2)) == 2",
        "half = lambda n: n * 0.5\n\ndef f(n):\n    return 2 * n",
    ),
    (
        "python",
        "an iterator that ends",
        "",
        "it = f()\nassert next(it) == 1\nassert next(it, 7) == 7\nassert list(f()) == [1]",
        "def f():\n    yield 1",
    ),
    (
        "python",
        "StopIteration that tests expect",
        "",
        "try:\n    f()\nexcept StopIteration as e:\n    done = True\nassert done",
        "def f():\n    raise StopIteration",
    ),
    (
        "javascript",
        "an object of a class",
        "",
        "const a = f(); console.assert(a.n === 1); a.n = 2; console.assert(a.get() === 2)",
        "class A { constructor() { this.n = 1 } get() { return this.n } }; const f = () => new A()",
    ),
    (
        "javascript",
        "an object with a then that is data",
        "",
        "require('assert').deepStrictEqual(f(), { if: 1, then: 2 })",
        "const f = () => ({ if: 1, then: 2 })",
    ),
    (
        "c",
        "functions named as the system's calls",
        "",
        "int main() { assert(f(1) == 3); }",
        "#include <assert.h>\nint write(int n) { return n + 1; }\nint read(int n) { return n + 1; }\n"
        "int f(int n) { return read(write(n)); }",
    ),
    (
        "c",
        "macros that tests and answer share",
        "#define SIZE 3\nint f(int n) {\n",
        "#include <assert.h>\n#include <limits.h>\n#include <stdlib.h>\n#include <string.h>\n"
        'int main() { assert(f(SIZE) == 3 && f(1) < INT_MAX && NULL == 0 && !strcmp("a", "a")); }',
        "#include <limits.h>\n#define SIZE 3\n#ifndef NULL\n#define NULL ((void *)0)\n#endif\n"
        "#define MAX(a, b) ((a) > (b) ? (a) : (b))\nint f(int n) { return MAX(n, 0); }",
    ),
    (
        "c",
        "a function of the answer named as one of the tests",
        "",
        f"#include <assert.h>\n{_C_SAME}int main() {{ assert(issame(f(1), 1)); }}",
        f"{_C_SAME}int f(int n) {{ return issame(n, n) ? n : 0; }}",
    ),
    (
        "cpp",
        "an overload of the function that is asked for",
        f"{_CPP}vector<int> f(vector<int> a){{\n",
        "#include <cassert>\nint main() { vector<int> b = f({1}); assert (f({1}) == b && b[0] == 2); }",
        f"{_CPP}vector<int> f(vector<int> a, int n) {{ for (int &x : a) x *= n; return a; }}\n"
        "vector<int> f(const vector<int> &a) { return f(a, 2); }",
    ),
    (
        "cpp",
        "a type of the answer with an equality of its own",
        f"{_CPP}string f(string a){{\n",
        '#include <cassert>\nint main() { assert (f("a") == "aa"); }',
        f"{_CPP}struct P {{ string s; }};\nbool operator==(const P &a, const P &b) "
        "{ return a.s == b.s; }\nstring f(string a) { return P{a} == P{a} ? a + a : a; }",
    ),
    (
        "java",
        "public after another modifier",
        _JAVA,
        _JAVA_TESTS,
        "import java.util.*;\nfinal public class Solution {\n    public List<Integer> f(int n) {"
        " return Arrays.asList(1, n); }\n}",
    ),
    (
        "java",
        "public after an annotation and a comment, indented",
        _JAVA,
        _JAVA_TESTS,
        'import java.util.*;\n  @SuppressWarnings("unchecked") /* c */ public class Solution {\n'
        "    public List<Integer> f(int n) { return Arrays.asList(1, n); }\n}",
    ),
    (
        "java",
        "a text block that reads like code",
        _JAVA,
        _JAVA_TESTS,
        'import java.util.*;\nclass Solution {\n    String t = """\npublic class X {}\npackage a;\n\n'
        '""";\n    public List<Integer> f(int n) { return Arrays.asList('
        't.equals("public class X {}\\npackage a;\\n\\n") ? 1 : 0, n); }\n}',
    ),
    (
        "java",
        "a subclass of a list that is declared by its class",
        _JAVA,
        _JAVA_TESTS,
        "import java.util.*;\nclass Solution {\n    public Vector<Integer> f(int n) {"
        " return new Vector<>(List.of(1, n)) {}; }\n}",
    ),
    (
        "java",
        "a view of a part of a list",
        _JAVA,
        _JAVA_TESTS,
        "import java.util.*;\nclass Solution {\n    public List<Integer> f(int n) { return "
        "Collections.unmodifiableList(new ArrayList<>(List.of(0, 1, n)).subList(1, 3)); }\n}",
    ),
    (
        "java",
        "a list made as an inner class",
        _JAVA,
        _JAVA_TESTS,
        f"{_JAVA}        return new ArrayList<>() {{{{ add(1); add(2); }}}};\n    }}\n}}",
    ),
    (
        "java",
        "a view of a list",
        _JAVA,
        _JAVA_TESTS,
        f"{_JAVA}        return Collections.unmodifiableList(Arrays.asList(1, 2, 3).subList(0, 2));"
        "\n    }\n}",
    ),
    (
        "java",
        "a class named as one of the library",
        _JAVA,
        _JAVA_TESTS,
        f"{_JAVA}        return new Stack(2).all();\n    }}\n}}\nclass Stack {{\n    int n;\n"
        "    Stack(int n) { this.n = n; }\n    List<Integer> all() { return List.of(1, n); }\n}",
    ),
    (
        "go",
        "a text that reads like declarations",
        "",
        _GO_TESTS,
        'package main\n\nfunc F(n int) int {\n\ts := `\nimport "os"\npackage main\n`\n'
        "\tif len(s) != 26 {\n\t\treturn 0\n\t}\n\treturn n\n}",
    ),
    (
        "go",
        "an import of the tests that it does not use",
        "",
        _GO_TESTS,
        'package main\n\nimport (\n\t"testing"\n\t"github.com/stretchr/testify/assert"\n)\n\n'
        "func F(n int) int { return n }",
    ),
    (
        "go",
        "functions named like builtins of later versions",
        "",
        _GO_TESTS,
        "func max(a, b int) int {\n\tif a > b {\n\t\treturn a\n\t}\n\treturn b\n}\n"
        "func F(n int) int {\n\tlen := max(n, 1)\n\treturn len\n}",
    ),
]


@pytest.fixture(scope="module")
def executor() -> Executor:
    limits = {
        name: dataclasses.replace(spec.limits, cpu_seconds=5.0) for name, spec in LANGUAGES.items()
    }
    return Executor(open_sandbox("bubblewrap"), limits=limits, num_threads=2)


@pytest.mark.parametrize("language", dict.fromkeys(case[0] for case in CASES))
def test_honest_programs_pass(executor: Executor, language: str) -> None:
    if missing := missing_toolchains([LANGUAGES[language]]):
        pytest.skip("; ".join(map(str, missing)))
    cases = [case for case in CASES if case[0] == language]
    jobs = [
        Job(
            problem=Problem(
                benchmark="unit",
                task_id=about,
                language=language,
                prompt=prompt,
                instruction="",
                tests=tests,
                entry_point="f",
            ),
            answer=answer,
        )
        for _, about, prompt, tests, answer in cases
    ]
    verdicts = executor.execute(jobs)
    failed = {
        job.problem.task_id: (verdict.outcome, verdict.message)
        for job, verdict in zip(jobs, verdicts, strict=True)
        if verdict.outcome is not Outcome.PASSED
    }
    assert failed == {}
