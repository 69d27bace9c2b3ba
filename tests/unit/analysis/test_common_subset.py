"""Languages are compared on the problems that all of them have, and on no others."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd
import pytest
from synthetic_results import make_row

from codem_ray.analysis import ALL_TARGETS, CommonScore, common_csv, common_subset
from codem_ray.records import Outcome, ProblemResult, PromptStyle

PASSED, WRONG = Outcome.PASSED, Outcome.WRONG_ANSWER
STYLE = PromptStyle.COMPLETION


def row(source: str, target: str, number: int, *, passes: bool, **fields: object) -> ProblemResult:
    made = make_row(source, target, number, style=STYLE, outcome=PASSED if passes else WRONG)
    return ProblemResult(
        **asdict(made)
        | {"group": f"{target}/{number}", "common_id": f"HumanEval/{number}"}
        | fields
    )


def frame(rows: list[ProblemResult]) -> pd.DataFrame:
    return pd.DataFrame([asdict(one) for one in rows])


def results() -> list[ProblemResult]:
    # Python has problems 0 to 9, Java 2 to 11: alone, each looks equally hard for base.
    rows = []
    for source, bonus in (("base", 0), ("java", 2)):
        rows += [row(source, "python", n, passes=n < 5 + bonus) for n in range(10)]
        rows += [row(source, "java", n, passes=n < 7 + bonus) for n in range(2, 12)]
    return rows


def by_place(scores: list[CommonScore]) -> dict[tuple[str, str], CommonScore]:
    return {(one.source, one.target): one for one in scores}


def test_only_shared_problems_count_and_means_are_taken_over_targets() -> None:
    found = by_place(common_subset(frame(results())))
    assert list(found) == [(s, t) for s in ("base", "java") for t in ("python", "java", "all")]
    for one in found.values():
        assert (one.problem_set, one.problems, one.targets) == ("HumanEval", 8, 2)
    assert found["base", "python"].pass_at_k == pytest.approx(3 / 8)
    assert found["base", "java"].pass_at_k == pytest.approx(5 / 8)
    assert found["base", "all"].pass_at_k == pytest.approx(4 / 8)
    assert found["base", "all"].gain is None
    gains = {target: found["java", target].gain for target in ("python", "java", "all")}
    assert gains == pytest.approx({"python": 2 / 8, "java": 2 / 8, "all": 2 / 8})
    mean = found["java", "all"]
    assert mean.gain_ci_low is not None
    assert mean.gain_ci_high is not None
    assert mean.gain_ci_low <= 2 / 8 <= mean.gain_ci_high
    assert mean.ci_low < mean.pass_at_k < mean.ci_high


def test_a_problem_quarantined_or_not_run_in_one_language_is_left_out_everywhere() -> None:
    rows = results()
    changed = [
        ProblemResult(
            **asdict(one)
            | ({"is_quarantined": True} if one.task_id == "java/3" else {})
            | ({"outcome": Outcome.NOT_RUN} if one.task_id == "python/4" else {})
        )
        for one in rows
    ]
    found = by_place(common_subset(frame(changed)))
    assert {one.problems for one in found.values()} == {6}
    assert found["base", "python"].pass_at_k == pytest.approx(1 / 6)


def test_a_model_without_results_on_a_target_is_left_out_and_removes_no_problem() -> None:
    rows = [one for one in results() if (one.source, one.target) != ("java", "python")]
    found = by_place(common_subset(frame(rows)))
    assert {source for source, _ in found} == {"base"}
    assert found["base", "all"].problems == 8


def test_targets_without_common_problems_are_ignored() -> None:
    pages = [row(s, "html", n, passes=True, common_id="") for s in ("base", "java") for n in (1, 2)]
    assert common_subset(frame([*results(), *pages])) == common_subset(frame(results()))
    assert common_subset(frame(pages)) == []
    only = [one for one in results() if one.target == "python"]
    assert common_subset(frame(only)) == []
    assert common_subset(frame(results()).drop(columns="common_id")) == []


def test_csv_has_a_row_per_model_and_target_and_one_for_the_mean() -> None:
    lines = common_csv(common_subset(frame(results()))).splitlines()
    assert lines[0].startswith(
        "problem_set,source,target,benchmark,prompt_style,k,targets,problems"
    )
    assert len(lines) == 7
    assert lines[3].startswith("HumanEval,base,all,,completion,1,2,8,0.5,")


def test_means_over_targets_hold_the_variance_between_seeds() -> None:
    def mean_width(num_passed: dict[int, int]) -> float:
        rows = [one for one in results() if one.source == "base"]
        for seed, passed in num_passed.items():
            for target in ("python", "java"):
                rows += [
                    row("java", target, n, passes=n < passed, seed=seed, trial_id=f"java-{seed}")
                    for n in range(12)
                ]
        score = by_place(common_subset(frame(rows)))["java", ALL_TARGETS]
        assert score.gain_ci_low is not None
        assert score.gain_ci_high is not None
        return score.gain_ci_high - score.gain_ci_low

    assert mean_width({0: 11, 1: 3}) > 1.2 * mean_width({0: 7, 1: 7})
