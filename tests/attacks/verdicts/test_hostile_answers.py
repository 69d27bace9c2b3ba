"""Answers that try to pass without being right, judged with the real tools in the real sandbox.

Each file in the folders beside this module is such an answer. Its first line names the kind of
attack and describes it. The second line names the problem that it does not solve (problems.py) and
the expected outcome. The test requires exactly this outcome, because an attack that fails to
compile by mistake tests nothing. Files called residual_... succeed, as
docs/explanation/threat-model.md explains.

All attacks take minutes: `make attack` runs them, `make check` runs every sixth.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from attack_ledger import Ledger
from problems import PROBLEMS

from codem_ray.execution.executor import Executor
from codem_ray.languages import LANGUAGES
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.sandbox.backends import open_sandbox

pytestmark = [pytest.mark.attack, pytest.mark.toolchain]

_HEAD = re.compile(
    r"\S+ (?P<kind>[^:\n]+): [^\n]+\n"
    r"\S+ problem (?P<problem>\w+), expects (?P<outcomes>\w+(?: or \w+)*)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """One hostile answer."""

    language: str
    name: str
    kind: str
    problem: str
    expected: frozenset[Outcome]
    """Several if the speed of the machine decides which limit the answer reaches first."""
    answer: str

    @property
    def is_residual(self) -> bool:
        """Whether the threat model lists it among the attacks that succeed."""
        return self.name.startswith("residual_")


def _read(path: Path) -> Attack:
    text = path.read_text(encoding="utf-8")
    head = _HEAD.match(text)
    assert head, f"{path.name}: the first two lines must state the attack and its outcome"
    return Attack(
        language=path.parent.name,
        name=path.stem,
        kind=head["kind"],
        problem=head["problem"],
        expected=frozenset(map(Outcome, head["outcomes"].split(" or "))),
        answer=text,
    )


ATTACKS = [
    _read(path)
    for language in PROBLEMS
    for path in sorted(Path(__file__).with_name(language).iterdir())
    if path.suffix == LANGUAGES[language].extension
]
# Python and JavaScript need no compiler, so every run of the tests includes all of their attacks.
SAMPLED = [
    attack
    for number, attack in enumerate(ATTACKS)
    if number % 6 == 0 or attack.language in ("python", "javascript")
]
SAMPLE = {(attack.language, attack.name) for attack in SAMPLED}
SAMPLE_PROBLEMS = {(attack.language, attack.problem) for attack in SAMPLED}
CONTROLS = [(language, name) for language, targets in PROBLEMS.items() for name in targets]


def parameter(*values: object, name: str, is_sampled: bool) -> ParameterSet:
    """Return one case, marked slow when only `make attack` runs it."""
    return pytest.param(*values, id=name, marks=() if is_sampled else pytest.mark.slow)


def of_attacks(*, is_residual: bool) -> pytest.MarkDecorator:
    """Return the parametrization over attacks."""
    cases = [
        parameter(
            attack,
            name=f"{attack.language}-{attack.name}",
            is_sampled=(attack.language, attack.name) in SAMPLE,
        )
        for attack in ATTACKS
        if attack.is_residual is is_residual
    ]
    return pytest.mark.parametrize("attack", cases)


class Judged:
    """Verdicts by language; each language is judged in one call when it is first used."""

    def __init__(self, selected: set[tuple[str, str]]) -> None:
        self._selected = selected
        limits = {
            name: dataclasses.replace(spec.limits, cpu_seconds=2.0, wall_seconds=8.0)
            for name, spec in LANGUAGES.items()
        }
        self._executor = Executor(open_sandbox("bubblewrap"), limits=limits, num_threads=2)
        self._verdicts: dict[str, dict[str, Verdict]] = {}

    def of(self, language: str) -> dict[str, Verdict]:
        """Return the verdicts of the attacks by name, of the right answers by `right NAME`."""
        if language not in self._verdicts:
            if missing := missing_toolchains([LANGUAGES[language]]):
                pytest.skip("; ".join(map(str, missing)))
            self._verdicts[language] = self._judge(language)
        return self._verdicts[language]

    def _judge(self, language: str) -> dict[str, Verdict]:
        targets = PROBLEMS[language]
        problems = {name: target.problem(language, name) for name, target in targets.items()}
        jobs = {}
        for name, target in targets.items():
            if (language, f"right {name}") in self._selected:
                jobs[f"right {name}"] = Job(problem=problems[name], answer=target.right)
        for attack in ATTACKS:
            if attack.language == language and (language, attack.name) in self._selected:
                if targets[attack.problem].is_counted:
                    self._expect_checks(problems[attack.problem])
                jobs[attack.name] = Job(problem=problems[attack.problem], answer=attack.answer)
        return dict(zip(jobs, self._executor.execute(list(jobs.values())), strict=True))

    def _expect_checks(self, problem: Problem) -> None:
        """Expect as many checks as the problem's reference does."""
        answer = problem.prompt + (problem.reference or "")
        (verdict,) = self._executor.execute([Job(problem=problem, answer=answer)])
        if verdict.outcome is Outcome.PASSED:
            self._executor.expected_checks[problem.digest()] = verdict.checks_done


@pytest.fixture(scope="session")
def judged(request: pytest.FixtureRequest) -> Judged:
    """Return the verdicts on all attacks and right answers of this session's tests."""
    selected = set()
    for item in request.session.items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if isinstance(attack := params.get("attack"), Attack):
            selected.add((attack.language, attack.name))
        elif {"language", "right"} <= set(params):
            selected.add((params["language"], f"right {params['right']}"))
    return Judged(selected)


@of_attacks(is_residual=False)
def test_attack_does_not_pass(attack: Attack, judged: Judged, ledger: Ledger) -> None:
    verdict = judged.of(attack.language)[attack.name]
    ledger.record(
        language=attack.language,
        kind=attack.kind,
        outcome=verdict.outcome,
        is_passed=verdict.outcome is Outcome.PASSED,
    )
    assert verdict.outcome in attack.expected, verdict.message


@of_attacks(is_residual=True)
def test_residual_forgery_is_as_documented(attack: Attack, judged: Judged, ledger: Ledger) -> None:
    verdict = judged.of(attack.language)[attack.name]
    ledger.record(
        language=attack.language,
        kind=f"residual: {attack.kind}",
        outcome=verdict.outcome,
        is_passed=verdict.outcome is Outcome.PASSED,
        is_residual=True,
    )
    assert verdict.outcome in attack.expected, verdict.message


@pytest.mark.parametrize(
    ("language", "right"),
    [parameter(*one, name="-".join(one), is_sampled=one in SAMPLE_PROBLEMS) for one in CONTROLS],
)
def test_right_answer_passes_the_attacked_problem(
    language: str, right: str, judged: Judged
) -> None:
    verdict = judged.of(language)[f"right {right}"]
    assert verdict.outcome is Outcome.PASSED, verdict.message


def test_there_are_attacks_of_every_language() -> None:
    counts = Counter(attack.language for attack in ATTACKS)
    assert min(counts[language] for language in PROBLEMS) >= 10, counts
    assert all(attack.problem in PROBLEMS[attack.language] for attack in ATTACKS)
