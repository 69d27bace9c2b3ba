"""Two sets of outcomes are compared problem by problem."""

from __future__ import annotations

import pandas as pd
import pytest
from planted_study import planted_losses
from scipy import stats
from synthetic_results import make_results

from codem_ray.analysis.comparison import compare
from codem_ray.analysis.paired import smallest_detectable_gain
from codem_ray.errors import ConfigError, DataError
from codem_ray.records import Outcome


def frame(passes: str, *, sample: int = 0, first: int = 0, **changes: object) -> pd.DataFrame:
    """One row per letter: `1` passed, `0` failed, `?` infrastructure error, `q` quarantined."""
    outcomes = {"1": Outcome.PASSED, "?": Outcome.INFRASTRUCTURE_ERROR}
    rows = [
        {
            "trial_id": "t",
            "source": "",
            "seed": 0,
            "target": "java",
            "benchmark": "b",
            "benchmark_digest": "d",
            "prompt_style": "completion",
            "task_id": f"P/{number}",
            "group": "",
            "sample": sample,
            "outcome": outcomes.get(letter, Outcome.WRONG_ANSWER),
            "is_quarantined": letter == "q",
        }
        | changes
        for number, letter in enumerate(passes, start=first)
    ]
    return pd.DataFrame(rows)


def test_p_value_equals_mcnemars_exact_test() -> None:
    a, b = "1" * 10 + "0" * 14 + "1" * 3 + "0" * 9, "1" * 10 + "0" * 14 + "0" * 3 + "1" * 9
    [cell] = compare(frame(a), frame(b)).cells
    assert cell.p_value == pytest.approx(stats.binomtest(3, 12).pvalue)
    assert cell.difference == pytest.approx(6 / 36)
    assert (cell.score_a, cell.score_b) == (pytest.approx(13 / 36), pytest.approx(19 / 36))
    assert cell.better_a == ("P/24", "P/25", "P/26")
    assert len(cell.better_b) == 9
    assert cell.low < cell.difference < cell.high
    assert cell.detectable == smallest_detectable_gain(36, 12 / 36)
    assert cell.is_single
    assert not cell.is_incomplete


def test_swapping_the_sides_negates_the_difference() -> None:
    a, b = frame("110100"), frame("011111")
    [there], [back] = compare(a, b).cells, compare(b, a).cells
    assert there.difference == -back.difference
    assert (there.better_a, there.p_value) == (back.better_b, back.p_value)


def test_equal_sets_have_no_difference_and_an_interval_with_width() -> None:
    [cell] = compare(frame("1101"), frame("1101")).cells
    assert (cell.difference, cell.p_value) == (0, 1)
    assert cell.low < 0 < cell.high


def test_problems_missing_from_one_side_are_named_and_left_out() -> None:
    compared = compare(frame("1100"), frame("?0q01"))
    [cell] = compared.cells
    assert (cell.problems, cell.missing_a, cell.missing_b) == (2, ("P/4",), ("P/2",))
    assert (cell.unjudged_a, cell.unjudged_b) == ((), ("P/0",))
    assert compared.is_incomplete


def test_different_versions_of_a_benchmark_are_refused() -> None:
    with pytest.raises(DataError, match=r"b: different versions .* digest d in A, e in B"):
        compare(frame("10"), frame("10", benchmark_digest="e"))
    with pytest.raises(DataError, match="b: only A has it; c: only B has it"):
        compare(frame("10"), frame("10", benchmark="c", benchmark_digest="e"))


def test_a_benchmark_with_another_name_and_the_same_problems_is_compared() -> None:
    [cell] = compare(frame("10"), frame("11", benchmark="file")).cells
    assert (cell.place.benchmark, cell.better_b) == ("b", ("P/1",))


def test_each_benchmark_is_a_cell_and_p_values_are_corrected_for_their_number() -> None:
    a, b = frame("00000000"), frame("11111111")
    two = [pd.concat([one, one.assign(benchmark="c", benchmark_digest="x")]) for one in (a, b)]
    both = pd.concat([two[1], frame("1", benchmark="only", benchmark_digest="o")])
    compared = compare(two[0], both)
    assert [cell.place.benchmark for cell in compared.cells] == ["b", "c"]
    assert [cell.p_adjusted for cell in compared.cells] == [2 * 2**-7] * 2
    assert {cell.detectable for cell in compared.cells} == {
        smallest_detectable_gain(8, 1.0, comparisons=2)
    }
    assert [place.benchmark for place in compared.not_compared] == ["only"]


def test_samples_are_compared_by_pass_at_k() -> None:
    a = pd.concat([frame("10"), frame("00", sample=1)])
    b = pd.concat([frame("11"), frame("01", sample=1)])
    [first], [second] = compare(a, b).cells, compare(a, b, k=2).cells
    assert (first.score_a, first.score_b, first.is_single) == (0.25, 0.75, False)
    assert (second.score_a, second.score_b) == (0.5, 1.0)
    with pytest.raises(ConfigError, match="pass@3 needs 3 completions of each problem; A has 2"):
        compare(a, b, k=3)


def test_sweeps_are_compared_cell_by_cell_with_seeds_averaged() -> None:
    a = make_results(sources=["base", "java"], targets=["c", "go"], seeds=(0, 1))
    b = make_results(sources=["base", "java", "go"], targets=["c", "go"], seeds=(2, 3))
    compared = compare(a, b)
    # Two styles of base and one of java, on two targets.
    assert len(compared.cells) == 6
    assert {place.source for place in compared.not_compared} == {"go"}
    assert all(cell.groups == 8 for cell in compared.cells)
    java = next(c for c in compared.cells if c.place[:2] == ("java", "starter-go"))
    own = b[(b.source == "java") & (b.benchmark == "starter-go")]
    assert java.score_b == pytest.approx((own.outcome == "passed").mean())


def test_seeds_count_unless_both_sides_are_the_same_models() -> None:
    def losses(number: int) -> pd.DataFrame:
        rows = planted_losses(
            lambda s, t: 0.1, seeds=2, seed_deviation=0.2, num_problems=60, number=number
        )
        return rows[rows.source != "base"]

    a, b = losses(1), losses(2)
    b["task_id"] = a["task_id"].to_numpy()
    same, others = compare(a, b), compare(a, b.assign(trial_id="other " + b["trial_id"]))
    for one, other in zip(same.cells, others.cells, strict=True):
        assert one.difference == other.difference
        assert other.high - other.low > 1.5 * (one.high - one.low)
        assert other.p_value > one.p_value
