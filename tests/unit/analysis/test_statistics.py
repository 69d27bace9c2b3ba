"""Scores, intervals and paired tests against known values."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from statistics import stdev

import numpy as np
import pytest
from scipy import stats

from codem_ray.analysis import (
    IntervalSettings,
    adjust_p_values,
    bootstrap_interval,
    paired_gain,
    pass_at_k,
    score_interval,
    smallest_detectable_gain,
    wilson,
)
from codem_ray.analysis.paired import sign_flip_p_value, smallest_detectable_shift
from codem_ray.errors import ConfigError


def test_pass_at_k_is_the_share_of_k_sample_subsets_with_a_pass() -> None:
    for n, c, k in [(5, 2, 1), (6, 1, 3), (7, 7, 2), (4, 0, 4), (6, 4, 3)]:
        subsets = list(itertools.combinations([True] * c + [False] * (n - c), k))
        assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, subsets)) / len(subsets))


@pytest.mark.parametrize(("n", "c", "k"), [(3, 1, 4), (3, 1, 0), (3, 4, 1), (0, 0, 1), (3, -1, 1)])
def test_impossible_pass_at_k_is_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ConfigError):
        pass_at_k(n, c, k)


@pytest.mark.parametrize(("passed", "n"), [(0, 25), (1, 25), (13, 25), (164, 164), (55, 164)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_interval_of_independent_problems_is_that_of_wilson(
    passed: int, n: int, confidence: float
) -> None:
    scores = [1.0] * passed + [0.0] * (n - passed)
    expected = stats.binomtest(passed, n).proportion_ci(confidence, method="wilson")
    assert score_interval(
        scores, [""] * n, IntervalSettings(confidence=confidence)
    ) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_interval_at_the_ends_has_width_and_counts_groups_not_problems(score: float) -> None:
    groups = [f"family-{number % 8}" for number in range(25)]
    assert score_interval([score] * 25, groups) == wilson(score * 8, 8)
    low, high = score_interval([score] * 25, groups)
    assert high - low > 0.3


def test_interval_of_equal_groups_has_width() -> None:
    low, high = score_interval([1.0, 0.0] * 4, [str(number // 2) for number in range(8)])
    assert high - low > 0.2


def test_grouped_interval_is_wider_than_that_of_independent_problems() -> None:
    scores = [float(number // 5 % 2) for number in range(50)]
    grouped = score_interval(scores, [str(number // 5) for number in range(50)])
    alone = score_interval(scores, [""] * 50)
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)


def test_problems_without_a_group_are_independent() -> None:
    scores = [0.0, 0.5, 1.0, 0.25, 0.75]
    assert bootstrap_interval(scores, [""] * 5) == bootstrap_interval(scores, list("abcde"))


def test_bootstrap_is_seeded_and_near_the_t_interval() -> None:
    scores = np.random.default_rng(1).random(40)
    settings = IntervalSettings(resamples=20_000)
    low, high = bootstrap_interval(scores.tolist(), [""] * 40, settings)
    assert (low, high) == bootstrap_interval(
        scores.tolist(), [""] * 40, IntervalSettings(resamples=20_000)
    )
    half = stats.t.ppf(0.975, 39) * scores.std(ddof=1) / 40**0.5
    assert low == pytest.approx(scores.mean() - half, abs=0.01)
    assert high == pytest.approx(scores.mean() + half, abs=0.01)


def test_grouped_interval_has_about_the_nominal_coverage() -> None:
    generator = np.random.default_rng(7)
    groups = [str(number // 3) for number in range(24)]
    hits = 0
    for _ in range(300):
        skill = generator.beta(2, 2, size=8).repeat(3)
        scores = (generator.random(24) < skill).astype(float).tolist()
        low, high = score_interval(scores, groups, IntervalSettings(resamples=400))
        hits += low <= 0.5 <= high
    assert 0.92 <= hits / 300 <= 0.99


def test_interval_of_no_problem_is_refused() -> None:
    with pytest.raises(ConfigError):
        wilson(0, 0)


def test_gain_is_the_mean_difference_with_counts_of_better_and_worse() -> None:
    gain = paired_gain([1, 1, 1, 0, 0], [0, 0, 1, 0, 1], [""] * 5)
    assert (gain.gain, gain.better, gain.worse) == (pytest.approx(0.2), 2, 1)
    assert gain.low <= 0.2 <= gain.high


@pytest.mark.parametrize(("better", "worse"), [(10, 2), (5, 5), (0, 7), (30, 12), (1, 0)])
def test_p_value_is_that_of_mcnemars_exact_test_for_independent_problems(
    better: int, worse: int
) -> None:
    differences = [1.0] * better + [-1.0] * worse + [0.0] * 30
    expected = stats.binomtest(better, better + worse, 0.5).pvalue
    assert sign_flip_p_value(differences, [""] * len(differences)) == pytest.approx(expected)


def test_grouped_p_value_is_that_of_all_sign_flips_of_whole_groups() -> None:
    generator = np.random.default_rng(3)
    differences = generator.integers(-1, 2, size=30).astype(float)
    groups = [str(number % 9) for number in range(30)]
    sums = np.array([differences[group::9].sum() for group in range(9)])
    flips = np.array(list(itertools.product([1, -1], repeat=9))) @ sums
    expected = (np.abs(flips) >= abs(sums.sum())).mean()
    assert sign_flip_p_value(differences.tolist(), groups) == pytest.approx(expected)


def test_p_value_of_scores_without_a_small_denominator_is_close_to_the_exact_one() -> None:
    differences = [0.1234567, -0.04567, 0.3456, 0.2111, 0.0777, -0.0123, 0.19191, 0.0456]
    flips = np.array(list(itertools.product([1, -1], repeat=8))) @ np.array(differences)
    expected = (np.abs(flips) >= abs(sum(differences))).mean()
    assert sign_flip_p_value(differences, [""] * 8) == pytest.approx(expected, abs=0.005)


def test_identical_models_have_no_gain_p_one_and_an_interval_with_width() -> None:
    gain = paired_gain([1.0, 0.0] * 20, [1.0, 0.0] * 20, [""] * 40)
    assert (gain.gain, gain.p_value, gain.better, gain.worse) == (0.0, 1.0, 0, 0)
    assert -0.2 < gain.low < -0.02
    assert 0.02 < gain.high < 0.2


def test_gain_of_unequal_numbers_of_problems_is_refused() -> None:
    with pytest.raises(ConfigError, match="same problems"):
        paired_gain([1.0], [1.0, 0.0], [""])


def test_holm_matches_a_worked_example_and_stays_monotone() -> None:
    assert adjust_p_values([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjust_p_values([0.9, 0.8]) == [1.0, 1.0]
    assert adjust_p_values([]) == []


def test_detectable_gain_is_eleven_points_at_164_problems_and_sixteen_corrected() -> None:
    assert smallest_detectable_gain(164) == pytest.approx(0.109, abs=0.001)
    assert smallest_detectable_gain(164, comparisons=72) == pytest.approx(0.164, abs=0.003)


def test_detectable_gain_has_the_nominal_power() -> None:
    gain = smallest_detectable_gain(164)
    assert gain is not None
    generator = np.random.default_rng(5)
    counts = generator.multinomial(164, [(0.25 + gain) / 2, (0.25 - gain) / 2, 0.75], size=2000)
    found = [stats.binomtest(int(b), int(b + c)).pvalue <= 0.05 for b, c, _ in counts[:, :3]]
    # The exact test is conservative, so its power is a little below that of the formula.
    assert 0.72 <= np.mean(found) <= 0.83


def test_detectable_gain_of_few_problems_exceeds_the_discordant_share_or_is_none() -> None:
    gain = smallest_detectable_gain(25)
    assert gain is not None
    assert gain > 0.25
    assert smallest_detectable_gain(2) is None


def test_analysis_is_imported_quickly_and_without_heavy_packages() -> None:
    code = (
        "import sys, json, time; started = time.process_time(); import codem_ray.analysis;"
        "print(json.dumps([time.process_time() - started, sorted(sys.modules)]))"
    )
    seconds, modules = json.loads(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    )
    heavy = {"numpy", "pandas", "scipy", "ray", "torch", "mlflow", "transformers", "matplotlib"}
    assert not heavy & set(modules)
    assert seconds < 0.2


def test_one_pass_in_one_family_raises_the_upper_end_of_the_interval() -> None:
    groups = [f"family-{number % 8}" for number in range(25)]
    assert score_interval([1.0] + [0.0] * 24, groups).high > score_interval([0.0] * 25, groups).high


def test_few_groups_get_the_width_of_students_t() -> None:
    scores = np.linspace(0, 1, 8)
    low, high = bootstrap_interval(scores.tolist(), [""] * 8, IntervalSettings(resamples=20_000))
    error = scores.std(ddof=1) / 8**0.5
    # 1.96 of these errors is the normal half-width; Student's t with 7 degrees asks for 2.36.
    assert 2.2 < (high - low) / 2 / error < 2.5


def test_detectable_shift_agrees_with_mcnemar_for_single_samples() -> None:
    differences = [1.0] * 21 + [-1.0] * 20 + [0.0] * 123
    single = smallest_detectable_gain(164, 41 / 164)
    shift = smallest_detectable_shift(164, stdev(differences))
    assert single is not None
    assert shift == pytest.approx(single, abs=0.002)
    # Only the spread of the differences counts: with a small one a small shift is detectable.
    assert smallest_detectable_shift(164, 0.1) == pytest.approx(0.0219, abs=1e-4)
    assert smallest_detectable_shift(3, 1.0) is None
