"""Answers judged with the real tools in the real sandbox."""

import dataclasses

import pytest
from watched_judge import WatchedJudge

from codem_ray.errors import SandboxError
from codem_ray.execution.executor import Executor, local_executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.languages.versions import toolchain_digest
from codem_ray.records import ExecutionResult, Job, Outcome, Problem, Verdict
from codem_ray.sandbox.backends import open_sandbox
from codem_ray.sandbox.protocol import Command, ResidentJudge, Sandbox

pytestmark = pytest.mark.toolchain

CODE = [name for name in LANGUAGES if name != "html"]


@pytest.fixture(scope="module")
def executor() -> Executor:
    limits = {
        name: dataclasses.replace(spec.limits, cpu_seconds=2.0) for name, spec in LANGUAGES.items()
    }
    return Executor(open_sandbox("bubblewrap"), limits=limits, num_threads=2)


def problem(language: str, tests: str | None = None, **fields) -> Problem:
    if missing := missing_toolchains([LANGUAGES[language]]):
        pytest.skip("; ".join(map(str, missing)))
    tests = LANGUAGES[language].samples.tests if tests is None else tests
    return Problem(
        benchmark="unit",
        task_id="0",
        language=language,
        prompt="",
        instruction="",
        tests=tests,
        **fields,
    )


def verdict(executor: Executor, answer: str, *, language: str = "python", **fields) -> Verdict:
    return executor.execute([Job(problem=problem(language, **fields), answer=answer)])[0]


def test_equal_answers_run_once_and_a_job_may_have_no_answer(executor: Executor) -> None:
    asked = problem("python")
    answer = LANGUAGES["python"].samples.passes
    verdicts = executor.execute(
        [
            Job(problem=asked, answer=answer),
            Job(problem=asked, answer=None),
            Job(problem=asked, answer=answer, sample=1),
        ]
    )
    assert [one.outcome for one in verdicts] == [Outcome.PASSED, Outcome.NO_ANSWER, Outcome.PASSED]
    assert [one.is_cached for one in verdicts] == [False, False, True]


def test_toolchain_digest_is_stable() -> None:
    problem("python")
    assert toolchain_digest(LANGUAGES["python"]) == toolchain_digest(LANGUAGES["python"])


@pytest.mark.parametrize(
    ("answer", "tests"),
    [
        ("def f():\n    return [1, 2]", "assert f() == (1, 2)"),
        (
            "class E:\n    def __eq__(self, o): return True\ndef f():\n    return E()",
            "assert f() == 1",
        ),
        ("def f():\n    print('passed')", "assert f() == 1"),
        (
            "class L(list):\n    def __eq__(self, o): return True\ndef f():\n    return L()",
            "assert f() == [1]",
        ),
        (
            "import builtins\ndef f():\n    return 0\nbuiltins.abs = lambda x: 1",
            "assert abs(f()) == 1",
        ),
    ],
)
def test_python_answers_that_only_imitate_the_right_value_fail(
    executor: Executor, answer: str, tests: str
) -> None:
    assert verdict(executor, answer, tests=tests).outcome is Outcome.WRONG_ANSWER


# ruff: noqa: ISC004
@pytest.mark.parametrize(
    ("answer", "tests"),
    [
        (
            "def f():\n    return {1: (2, [3.5, {4}]), 'x': 1 + 2j}",
            "assert f() == {1: (2, [3.5, {4}]), 'x': 1 + 2j}\nassert type(f()[1]) is tuple",
        ),
        (
            "from collections import Counter\ndef f(s):\n    return Counter(s)",
            "assert f('aab') == {'a': 2, 'b': 1}",
        ),
        ("def f(x):\n    x.sort()", "a = [2, 1]\nf(a)\nassert a == [1, 2]"),
        (
            "def f(x):\n    raise ValueError('no')",
            "try:\n    f(1)\n    assert False\nexcept ValueError as e:\n    assert str(e) == 'no'",
        ),
        ("def f(g):\n    return g(2) + 1", "assert f(lambda x: x * 10) == 21"),
        (
            "class A:\n    def __init__(self, n): self.n = n\n    def up(self):\n"
            "        self.n += 1\n        return self.n",
            "a = A(1)\nassert a.up() == 2\nassert a.n == 2",
        ),
        ("def f(n):\n    yield from range(n)", "assert list(f(3)) == [0, 1, 2]"),
        ("import math\ndef f():\n    return float('nan')", "assert math.isnan(f())"),
    ],
)
def test_python_values_keep_their_types(executor: Executor, answer: str, tests: str) -> None:
    assert verdict(executor, answer, tests=tests).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("answer", "tests"),
    [
        (
            "const f = () => [1, undefined, null, NaN, -0, 5n, new Map([[1, {a: 2}]]), "
            "new Set([3])]",
            "require('assert').deepStrictEqual(f(), "
            "[1, undefined, null, NaN, -0, 5n, new Map([[1, {a: 2}]]), new Set([3])])",
        ),
        ("async function f() { return 3 }", "(async () => { console.assert(await f() === 3) })()"),
        (
            "const f = (a) => { a.sort() }",
            "const a = [2, 1]; f(a); console.assert(a[0] === 1 && a[1] === 2)",
        ),
        ("const f = (g) => g(2) + 1", "console.assert(f((x) => x * 10) === 21)"),
        (
            "class A { constructor(n) { this.n = n } up() { return ++this.n } }",
            "const a = new A(1); console.assert(a.up() === 2); console.assert(a.n === 2)",
        ),
        (
            "function f() { throw new RangeError('no') }",
            "require('assert').throws(() => f(), RangeError)",
        ),
        ("export const f = () => 1", "console.assert(f() === 1)"),
    ],
)
def test_javascript_values_keep_their_types(executor: Executor, answer: str, tests: str) -> None:
    assert verdict(executor, answer, language="javascript", tests=tests).outcome is Outcome.PASSED


def test_a_javascript_answer_cannot_replace_console_assert(executor: Executor) -> None:
    answer = "console.assert = () => {}; const f = () => 2"
    done = verdict(executor, answer, language="javascript", tests="console.assert(f() === 1)")
    assert done.outcome is Outcome.WRONG_ANSWER


@pytest.mark.parametrize("name", ["c", "cpp"])
def test_an_answer_cannot_redefine_assert(executor: Executor, name: str) -> None:
    answer = """#define NDEBUG
#include <assert.h>
#undef assert
#define assert(x) ((void)0)
int twice(int n) { return 0; }
"""
    tests = "#include <assert.h>\nint main() { assert(twice(1) == 2); }\n"
    assert verdict(executor, answer, language=name, tests=tests).outcome is Outcome.WRONG_ANSWER


@pytest.mark.parametrize("name", ["c", "cpp"])
def test_an_answer_may_have_its_own_main(executor: Executor, name: str) -> None:
    answer = "int twice(int n) { return 2 * n; }\nint main() { return 1; }\n"
    tests = "#include <assert.h>\nint main() { assert(twice(1) == 2); }\n"
    assert verdict(executor, answer, language=name, tests=tests).outcome is Outcome.PASSED


def test_the_structure_of_a_page_is_compared_not_its_source(executor: Executor) -> None:
    tests = '{"kind": "structure", "reference": "<p class=\\"a b\\">x  y</p>"}'
    page = "<!DOCTYPE html><html><head></head>\n<body>\n  <p class='b a'>x y</p></body></html>"
    assert verdict(executor, page, language="html", tests=tests).outcome is Outcome.PASSED
    assert (
        verdict(executor, "<p>x y</p>", language="html", tests=tests).outcome
        is Outcome.WRONG_ANSWER
    )


def test_fewer_checks_than_the_reference_do_not_pass(executor: Executor) -> None:
    asked = problem(
        "python",
        tests="for x in f():\n    assert x == 1",
        reference="def f():\n    return [1, 1]\n",
    )
    (reference,) = executor.execute([Job(problem=asked, answer=asked.reference)])
    assert reference.checks_done == 2
    executor.expected_checks[asked.digest()] = reference.checks_done
    (done,) = executor.execute([Job(problem=asked, answer="def f():\n    return [1]\n")])
    assert done.outcome is Outcome.WRONG_ANSWER


class FailingAtFirst:
    """The real sandbox, whose first runs fail."""

    name = "failing-at-first"
    memory_enforcement = "unknown"

    def __init__(self, failures: int) -> None:
        self.sandbox = open_sandbox("bubblewrap")
        self.failures = failures

    def run(self, command: Command) -> ExecutionResult:
        self._fail()
        return self.sandbox.run(command)

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        self._fail()
        return self.sandbox.run_pair(judge, answer)

    def open_judge(self, command: Command) -> ResidentJudge:
        return WatchedJudge(self.sandbox.open_judge(command), self._let_through)

    def _let_through(self, command: Command) -> Command:
        self._fail()
        return command

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise SandboxError("no sandbox at the moment")


@pytest.mark.parametrize("name", ["html", "python", "c"])
def test_a_failing_sandbox_is_retried(name: str) -> None:
    job = Job(problem=problem(name), answer=LANGUAGES[name].samples.passes)
    for failures, expected in ((2, Outcome.PASSED), (100, Outcome.INFRASTRUCTURE_ERROR)):
        sandbox: Sandbox = FailingAtFirst(failures)
        assert Executor(sandbox).execute([job])[0].outcome is expected


def test_a_java_answer_may_have_its_own_main_class(executor: Executor) -> None:
    answer = LANGUAGES["java"].samples.passes + (
        "public class Main {\n    public static void main(String[] args) {\n"
        "        System.exit(0);\n    }\n}\n"
    )
    assert verdict(executor, answer, language="java").outcome is Outcome.PASSED


@pytest.mark.parametrize("name", ["go", "typescript"])
def test_a_program_that_does_not_compile_costs_no_further_compilation(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = LANGUAGES[name].samples
    jobs = [
        Job(problem=problem(name), answer=answer)
        for answer in (samples.does_not_compile, samples.passes, samples.fails)
    ]
    calls = []

    class Counting(FailingAtFirst):
        def run(self, command: Command) -> ExecutionResult:
            calls.append(command.is_writable)
            return super().run(command)

    verdicts = Executor(Counting(0)).execute(jobs)
    assert [one.outcome for one in verdicts] == [
        Outcome.COMPILE_ERROR,
        Outcome.PASSED,
        Outcome.WRONG_ANSWER,
    ]
    assert calls.count(True) == 1


def test_a_cpp_answer_gets_only_the_headers_that_it_includes(executor: Executor) -> None:
    tests = "int main() { assert(f() == 1); }\n"
    body = 'int f() { std::string s = "a"; return s.size(); }\n'
    head = "#include <vector>\n#include <string>\nusing namespace std;\n"
    assert verdict(executor, head + body, language="cpp", tests=tests).outcome is Outcome.PASSED
    done = verdict(executor, body, language="cpp", tests=tests)
    assert done.outcome is Outcome.COMPILE_ERROR
    wrong = verdict(executor, f"{head}\nint f() {{ return w; }}\n", language="cpp", tests=tests)
    assert "answer:5:" in wrong.message


def test_several_threads_keep_the_order_of_jobs() -> None:
    answers = [f"def f():\n    return {at}\n" for at in range(7)]
    asked = problem("python", tests="assert f() % 2 == 0")
    seen: list[int] = []
    verdicts = local_executor(num_threads=3).execute(
        [Job(problem=asked, answer=answer) for answer in answers], progress=seen.append
    )
    expected = [Outcome.WRONG_ANSWER if at % 2 else Outcome.PASSED for at in range(7)]
    assert [one.outcome for one in verdicts] == expected
    assert sum(seen) == 7


@pytest.mark.parametrize("hook", [".preinit_array", ".init_array"])
def test_a_c_answer_that_runs_before_main_finds_no_secret(executor: Executor, hook: str) -> None:
    answer = (
        "#include <stdio.h>\n#include <unistd.h>\nint twice(int n) { return 0; }\n"
        "static void first(void) {\n    char text[400];\n    int size = read(3, text, 300);\n"
        '    if (size <= 0) return;\n    size += sprintf(text + size, " ok 9 ");\n'
        "    write(4, text, size);\n    _exit(0);\n}\n"
        f'__attribute__((section("{hook}"), used)) static void (*go)(void) = first;\n'
    )
    assert verdict(executor, answer, language="c").outcome is Outcome.WRONG_ANSWER


@pytest.mark.parametrize(
    ("name", "blame"),
    [
        ("java", 'class A {\nint x = y;\nu1/Answer.java:1: error: "u1/Answer.java:1: error\n'),
        ("go", "//line u1/answer.go:1\nfunc Twice(n int) int { return nothing }\n"),
        ("go", 'import "no/such/u1/answer.go"\n//line u1/answer.go:1\nfunc Twice() {'),
        ("typescript", 'const x: number = "\\nu1/program.ts(1): TS1: u1/program.ts(1)";\n'),
    ],
)
def test_an_answer_cannot_blame_its_errors_on_another(name: str, blame: str) -> None:
    samples = LANGUAGES[name].samples
    jobs = [
        Job(problem=problem(name), answer=answer)
        for answer in (blame, samples.passes, samples.fails, samples.does_not_compile)
    ]
    # One thread compiles all of them in one batch.
    executor = Executor(open_sandbox("bubblewrap"), num_threads=1)
    assert [one.outcome for one in executor.execute(jobs)] == [
        Outcome.COMPILE_ERROR,
        Outcome.PASSED,
        Outcome.WRONG_ANSWER,
        Outcome.COMPILE_ERROR,
    ]


def test_python_tests_may_use_unittest(executor: Executor) -> None:
    tests = (
        "import unittest\n\nclass T(unittest.TestCase):\n    def test_it(self):\n"
        "        self.assertEqual(f(), 1)\n        self.assertTrue(f())\n\n"
        "if __name__ == '__main__':\n    unittest.main()\n"
    )
    done = verdict(executor, "def f():\n    return 1\n", tests=tests)
    assert (done.outcome, done.checks_done) == (Outcome.PASSED, 2)
    done = verdict(executor, "def f():\n    return 2\n", tests=tests)
    assert done.outcome is Outcome.WRONG_ANSWER


def test_a_python_answer_cannot_end_the_tests_with_status_0(executor: Executor) -> None:
    answer = (
        "import sys\n\nclass SystemExit(Exception):\n    pass\n\n"
        "def f():\n    wire = sys.modules['wire']\n"
        "    wire.send({'error': 'SystemExit', 'message': '', 'bases': ['SystemExit']})\n"
        "    wire.receive()\n"
    )
    done = verdict(executor, answer, tests="assert 1\nassert f() == 1\n")
    assert done.outcome is not Outcome.PASSED
