"""The transfer matrix and comparisons of losses."""

from __future__ import annotations

import math
import random
from dataclasses import asdict

import pandas as pd
import pytest
from scipy import stats

from codem_ray.analysis import MatrixCell, baseline_style, headline_cells
from codem_ray.analysis import transfer_matrix as matrix_of
from codem_ray.analysis.comparison import compare
from codem_ray.errors import DataError
from codem_ray.records import LossResult, Metric, PromptStyle

STYLE = PromptStyle.INSTRUCTION


def frame(losses: dict[str, list[float]], *, target: str = "go", group: str = "") -> pd.DataFrame:
    rows = [
        LossResult(
            trial_id=source,
            source=source,
            seed=0,
            target=target,
            benchmark=f"loss-{target}",
            benchmark_digest="d",
            prompt_style=STYLE,
            task_id=str(number),
            group=group,
            loss=loss,
            tokens=0 if math.isnan(loss) else 9,
            is_left_out=math.isnan(loss),
            is_limited=False,
        )
        for source, values in losses.items()
        for number, loss in enumerate(values)
    ]
    return pd.DataFrame([asdict(row) for row in rows])


def cells_of(rows: pd.DataFrame) -> dict[str, MatrixCell]:
    cells = matrix_of(rows, baseline_style=baseline_style(Metric.LOSS, PromptStyle.COMPLETION))
    return {cell.source: cell for cell in headline_cells(cells)}


def test_a_lower_loss_is_a_positive_gain_in_nats() -> None:
    cells = cells_of(frame({"base": [2.0, 3.0, 4.0], "go": [1.0, 1.5, 4.5]}))
    go = cells["go"]
    assert (go.metric, go.k, go.samples, go.problems) == (Metric.LOSS, None, 1, 3)
    assert go.value == pytest.approx(7 / 3)
    assert go.baseline == pytest.approx(3)
    assert go.gain == pytest.approx((1 + 1.5 - 0.5) / 3)
    assert (go.better, go.worse) == (2, 1)
    assert cells["base"].gain is None


def test_intervals_of_losses_agree_with_student_t_and_are_not_cut_at_one() -> None:
    numbers = random.Random(1)
    base = [numbers.gauss(5, 0.8) for _ in range(60)]
    tuned = [loss - numbers.gauss(2.0, 0.5) for loss in base]
    cells = cells_of(frame({"base": base, "go": tuned}))
    differences = [a - b for a, b in zip(base, tuned, strict=True)]
    for low, high, values in (
        (cells["go"].ci_low, cells["go"].ci_high, tuned),
        (cells["go"].gain_ci_low, cells["go"].gain_ci_high, differences),
    ):
        mean, error = sum(values) / len(values), stats.sem(values)
        expected = stats.t.interval(0.95, len(values) - 1, mean, error)
        assert (low, high) == pytest.approx(expected, abs=0.1 * error)
    assert cells["go"].p_adjusted == pytest.approx(1e-5)


def test_answers_that_one_model_leaves_out_are_in_no_paired_gain() -> None:
    cells = cells_of(frame({"base": [2.0, 3.0, 9.0], "go": [1.0, 2.0, math.nan]}))
    assert (cells["go"].problems, cells["go"].baseline, cells["go"].gain) == (2, 2.5, 1.0)
    assert not cells["go"].incomplete


def test_losses_of_one_group_have_no_interval() -> None:
    go = cells_of(frame({"base": [2.0, 3.0], "go": [1.0, 1.5]}, group="g"))["go"]
    assert (go.value, go.gain) == (1.25, 1.25)
    assert (go.ci_low, go.ci_high, go.gain_ci_low, go.gain_ci_high) == (None,) * 4


def test_an_answer_that_is_listed_twice_is_refused() -> None:
    rows = frame({"base": [2.0, 3.0]})
    with pytest.raises(DataError, match=r"contain 0, sample 0, twice"):
        matrix_of(pd.concat([rows, rows]))


def test_comparisons_of_losses_count_lower_as_better() -> None:
    before = frame({"base": [2.0, 3.0, 4.0], "go": [2.0, 3.0, 4.0]})
    after = frame({"base": [2.0, 3.0, 4.0], "go": [0.5, 1.0, 4.5]})
    (cell,) = (cell for cell in compare(before, after).cells if cell.place.source == "go")
    assert cell.difference == pytest.approx((1.5 + 2.0 - 0.5) / 3)
    assert (cell.better_a, cell.better_b, cell.k) == (("2",), ("0", "1"), None)
