"""Sentinels have the signature of the reference and are wrong for every problem."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from codem_ray.errors import ReferenceGateError
from codem_ray.languages import LANGUAGES
from codem_ray.languages.sentinels import NAMES, RAISES
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.scoring.gate import validate_benchmark
from codem_ray.scoring.sentinel_answers import SentinelError, sentinels_of


def problem(language: str, prompt: str, reference: str | None, entry: str = "f") -> Problem:
    return Problem(
        benchmark="toy",
        task_id="toy/0",
        language=language,
        prompt=prompt,
        instruction="",
        tests="",
        reference=reference,
        entry_point=entry,
    )


def bodies(asked: Problem) -> dict[str, str]:
    """Return the sentinels without blanks, by name."""
    return {one.name: "".join(one.answer.split()) for one in sentinels_of(asked)}


# Language, prompt, reference, and what the answer with the first fixed value must hold.
CASES = [
    ("python", "def f(a: int) -> int:\n", "    return a + 1\n", "->int:return77"),
    ("python", "\n\ndef f(a):\n    '''Doc.'''\n", "    return a\n", "deff(a):return77"),
    ("python", "def f(a) -> List[str]:\n", "    return a\n", "return['sentinel']"),
    ("javascript", "const f = (a) => {\n", "  return a;\n}\n", "constf=(a)=>{return77;}"),
    ("javascript", "const f = a =>", " a + 1;\n", "constf=a=>{return77;}"),
    ("typescript", "function f(a: string): number {\n", None, "{return77asany;}"),
    ("typescript", "function f(): [number, string][] {\n", None, "{return[[77,'sentinel']]asany;}"),
    ("c", "int f(int a) {\n", "    return a;\n}\n", "intf(inta){return77;}"),
    ("c", "char *f(int a) {\n", "    return 0;\n}\n", 'char*f(inta){return"sentinel";}'),
    (
        "cpp",
        "#include <vector>\nstd::vector<std::vector<int>> f(int a) {\n",
        "    return {{a}};\n}\n",
        "returnstd::vector<std::vector<int>>{std::vector<int>{77}};",
    ),
    (
        "cpp",
        "#include <string>\nstd::string& f(std::string& a) {\n",
        "    return a;\n}\n",
        'return*newauto((std::string)"sentinel");',
    ),
    (
        "java",
        "class Solution {\n    public List<Integer> f(int a) {\n",
        "        return List.of(a);\n    }\n}\n",
        "returnnewjava.util.ArrayList<>(java.util.Arrays.asList(77));",
    ),
    ("go", "func f(a int) (int, []string) {\n", "    return a, nil\n}\n", 'return77,[]string{"s'),
    ("go", "func f(m int) map[rune]int {\n", "    return nil\n}\n", "returnmap[rune]int{77:77}"),
]


@pytest.mark.parametrize(("language", "prompt", "reference", "wanted"), CASES)
def test_a_sentinel_returns_a_value_of_the_result_type(
    language: str, prompt: str, reference: str | None, wanted: str
) -> None:
    found = bodies(problem(language, prompt, reference))
    assert list(found) == [*NAMES, RAISES]
    assert wanted in found[NAMES[0]]
    assert len(set(found.values())) >= 3


def test_a_function_without_result_has_two_sentinels() -> None:
    found = bodies(problem("c", "void f(int *a) {\n", "    *a = 1;\n}\n"))
    assert found == {
        NAMES[-1]: "voidf(int*a){}",
        RAISES: "voidf(int*a){__builtin_abort();}",
    }


def test_every_overload_of_the_entry_point_is_wrong() -> None:
    asked = problem(
        "java",
        "class Solution {\n    int f(int a) { return 1; }\n    int f(int a, int b) {\n",
        "        return a + b;\n    }\n}\n",
    )
    assert bodies(asked)[NAMES[0]].count("return77;") == 2


def test_every_language_of_the_package_has_sentinels() -> None:
    for name, spec in LANGUAGES.items():
        assert spec.sentinels is not None, name


def test_pages_have_an_empty_page_and_another_one() -> None:
    answers = [one.answer for one in sentinels_of(problem("html", "<!-- A -->\n", "<p>A</p>"))]
    assert len(set(answers)) == 2


def test_a_reference_without_the_function_is_a_reason() -> None:
    with pytest.raises(SentinelError, match="no function 'f'"):
        sentinels_of(problem("python", "def g():\n", "    return 1\n"))


def run_here(jobs: Sequence[Job]) -> list[Verdict]:
    """Judge Python answers in this process."""
    verdicts = []
    for job in jobs:
        names: dict[str, object] = {}
        try:
            exec(job.answer or "", names)
            exec(job.problem.tests, names)
            verdicts.append(Verdict(outcome=Outcome.PASSED, checks_done=1))
        except Exception:
            verdicts.append(Verdict(outcome=Outcome.WRONG_ANSWER))
    return verdicts


def toy(tests: str, quarantine: str | None = None) -> Problem:
    return Problem(
        benchmark="toy",
        task_id="toy/0",
        language="python",
        prompt="def f(a) -> bool:\n",
        instruction="",
        tests=tests,
        reference="    return a > 0\n",
        entry_point="f",
        quarantine=quarantine,
    )


def test_a_gate_whose_sentinels_fail_passes() -> None:
    report = validate_benchmark(
        [toy("assert f(1) is True\nassert f(-1) is False")], run_here, with_sentinels=True
    )
    report.raise_if_failed()
    assert report.sentinels_failed == dict.fromkeys((*NAMES, RAISES), 1)


def test_tests_that_a_fixed_answer_passes_fail_the_gate() -> None:
    report = validate_benchmark([toy("assert f(1) is True")], run_here, with_sentinels=True)
    assert not report.is_passed
    with pytest.raises(
        ReferenceGateError, match=r"wrong for every problem pass: toy/0 \(a value\)"
    ):
        report.raise_if_failed()


def test_quarantined_problems_have_no_sentinels() -> None:
    report = validate_benchmark(
        [toy("assert f(1) is True", "weak tests")], run_here, with_sentinels=True
    )
    report.raise_if_failed()
    assert report.without_sentinel == {"toy/0": "quarantined: weak tests"}
