"""The mean gain over cells and its interval."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd
import pytest
from synthetic_results import make_row

from codem_ray.analysis import MeanGain, mean_gain
from codem_ray.records import Outcome, ProblemResult, PromptStyle
from codem_ray.report.findings import is_between_programming_languages

ASKED = PromptStyle.INSTRUCTION


def rows_of(source: str, target: str, pattern: str, **fields: object) -> list[ProblemResult]:
    """Make a row for each letter: p passed, w wrong."""
    rows = []
    for number, letter in enumerate(pattern):
        outcome = Outcome.PASSED if letter == "p" else Outcome.WRONG_ANSWER
        made = make_row(source, target, number, style=ASKED, outcome=outcome)
        own = {"group": "", "common_id": f"HumanEval/{number}"}
        rows.append(ProblemResult(**asdict(made) | own | fields))
    return rows


def found(*parts: list[ProblemResult], style: PromptStyle = ASKED) -> MeanGain | None:
    frame = pd.DataFrame([asdict(row) for rows in parts for row in rows])
    return mean_gain(frame, is_between_programming_languages, baseline_style=style)


def mean(*parts: list[ProblemResult]) -> MeanGain:
    gain = found(*parts)
    assert gain is not None
    return gain


BASE = [rows_of("base", "go", "wwww"), rows_of("base", "c", "wwww"), rows_of("base", "html", "ww")]


def test_cells_between_programming_languages_have_equal_weights_and_others_none() -> None:
    own = rows_of("go", "go", "pppp"), rows_of("go", "html", "pp"), rows_of("html", "c", "pppp")
    mixed = rows_of("mixed", "c", "pppp")
    gain = mean(*BASE, *own, mixed, rows_of("go", "c", "pwww"), rows_of("c", "go", "ppp"))
    assert (gain.cells, gain.sources, gain.targets) == (2, 2, 2)
    assert gain.gain == pytest.approx((1 / 4 + 3 / 3) / 2)
    assert gain.low < gain.gain <= gain.high


def test_the_same_problem_in_more_languages_does_not_narrow_the_interval() -> None:
    pattern = "ppwwpwwpwwpp"
    base = [rows_of("base", target, "w" * 12) for target in ("go", "c", "cpp", "java")]
    one = mean(*base, rows_of("go", "c", pattern))
    same = [rows_of("go", target, pattern) for target in ("c", "cpp", "java")]
    assert mean(*base, *same).high == pytest.approx(one.high)
    apart = [
        rows_of(source, target, pattern, common_id="")
        for source, target in (("base", "c"), ("go", "c"), ("go", "cpp"), ("go", "java"))
    ]
    bases = [rows_of("base", target, "w" * 12, common_id="") for target in ("cpp", "java")]
    apart[0] = rows_of("base", "c", "w" * 12, common_id="")
    assert mean(*apart, *bases).high < one.high


def test_seeds_are_averaged_before_they_are_compared() -> None:
    second = rows_of("go", "c", "wwww", seed=1, trial_id="another")
    gain = mean(*BASE, rows_of("go", "c", "ppww"), second)
    assert (gain.cells, gain.gain) == (1, pytest.approx(1 / 4))


def test_there_is_no_mean_gain_without_base_in_that_style() -> None:
    rows = rows_of("go", "c", "pppp")
    assert found(*BASE, rows, style=PromptStyle.COMPLETION) is None
    assert found(*BASE, rows_of("mixed", "c", "pppp")) is None
