"""Paired comparison of two models on the same problems: gain, interval, p-value, power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from codem_ray.analysis.intervals import (
    DEFAULT_INTERVALS,
    EQUAL,
    NO_SEED_NOISE,
    Interval,
    IntervalSettings,
    SeedNoise,
    bootstrap_interval,
    group_sums,
    widened,
    wilson,
)
from codem_ray.errors import ConfigError
from codem_ray.records import Metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_POWER = 0.8
_NUM_FLIPS = 99_999
_FLIPS_PER_BATCH = 10_000
_MAX_DENOMINATOR = 64
"""Largest common denominator of the scores for which the p-value is exact."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gain:
    """How much better a model is than a baseline on the same problems."""

    gain: float
    """Mean difference: a fraction of 1, or nats per token."""
    low: float
    """Minus infinity for losses of a single group, which do not bound the gain."""
    high: float
    p_value: float
    """Two-sided, for the hypothesis of no difference."""
    better: int
    """Problems on which the model is better than the baseline."""
    worse: int


def paired_gain(
    scores: Sequence[float],
    baseline: Sequence[float],
    groups: Sequence[str],
    settings: IntervalSettings = DEFAULT_INTERVALS,
    metric: Metric = Metric.PASS_AT_K,
    noise: SeedNoise = NO_SEED_NOISE,
) -> Gain:
    """Compare the scores of two models on the same problems, in the same order.

    The gain is positive if the model is better: if its loss is lower. `noise` is the variance
    of the seeds over which the scores were averaged.
    """
    if not len(scores) == len(baseline) == len(groups):
        raise ConfigError(
            f"paired scores need the same problems: {len(scores)}, {len(baseline)} "
            f"and {len(groups)} groups"
        )
    if not scores:
        raise ConfigError("a gain needs at least one problem that both models were scored on")
    differences = [
        0.0 if abs(a - b) < EQUAL else metric.sign * (a - b)
        for a, b in zip(scores, baseline, strict=True)
    ]
    mean = sum(differences) / len(differences)
    largest = metric.largest_gain
    interval = gain_interval(differences, groups, settings, largest)
    low, high = widened(interval, mean, noise, settings.confidence)
    return Gain(
        gain=mean,
        low=max(-largest, low),
        high=min(largest, high),
        p_value=sign_flip_p_value(differences, groups, seed=settings.seed, noise=noise),
        better=sum(difference > 0 for difference in differences),
        worse=sum(difference < 0 for difference in differences),
    )


def gain_interval(
    differences: Sequence[float],
    groups: Sequence[str],
    settings: IntervalSettings,
    largest: float = 1.0,
) -> Interval:
    """Return the interval of the mean of differences, resampled by whole groups.

    `largest` limits the size of a difference. Without a limit, one group gives no finite interval.
    """
    mean = sum(differences) / len(differences)
    num_groups = len(group_sums(differences, groups)[0])
    if num_groups >= 2:
        low, high = bootstrap_interval(differences, groups, settings)
        if high - low > EQUAL or largest == inf:
            return Interval(max(-largest, min(low, mean)), min(largest, max(high, mean)))
    # All n groups agree. Up to this share of all groups may still differ, although none of n did.
    unseen = wilson(0, num_groups, settings.confidence).high * largest
    return Interval(max(-largest, mean - unseen), min(largest, mean + unseen))


def sign_flip_p_value(
    differences: Sequence[float],
    groups: Sequence[str],
    *,
    seed: int = 0,
    noise: SeedNoise = NO_SEED_NOISE,
) -> float:
    """Return the two-sided p-value of a sign-flip permutation test over groups.

    The p-value is exact while scores have a common denominator of at most 64: the distribution of
    all sign patterns is computed by convolution. For independent problems with scores of 0 or 1 it
    equals that of McNemar's exact test. Otherwise it is estimated from 99,999 seeded sign patterns
    and the observed one. The noise of seeds, a Student's t variable, is added to the sum of each
    pattern. It smooths the steps of the distribution for few problems, so the p-value without noise
    is a lower limit.
    """
    import numpy as np

    signed, _ = group_sums(differences, groups)
    sums = np.abs(signed[np.abs(signed) > EQUAL])
    if len(sums) == 0:
        return 1.0
    observed = abs(float(signed.sum()))
    spread = len(differences) * noise.variance**0.5
    for denominator in range(1, _MAX_DENOMINATOR + 1):
        scaled = sums * denominator
        if np.allclose(scaled, np.rint(scaled), rtol=0, atol=1e-9):
            weights = [int(value) for value in np.rint(scaled)]
            totals, probabilities = _flip_distribution(weights)
            limit = round(observed * denominator)
            return _p_value(totals, probabilities, limit, spread * denominator, noise.degrees)
    generator = np.random.default_rng(seed)
    found = [np.array([observed])]
    for start in range(0, _NUM_FLIPS, _FLIPS_PER_BATCH):
        size = min(_NUM_FLIPS - start, _FLIPS_PER_BATCH)
        bits = generator.integers(0, 256, size=(size, -(-len(sums) // 8)), dtype=np.uint8)
        is_positive = np.unpackbits(bits, axis=1, count=len(sums)).astype(np.float64)
        found.append(2 * (is_positive @ sums) - sums.sum())
    totals = np.concatenate(found)
    probabilities = np.full(len(totals), 1 / len(totals))
    return _p_value(totals, probabilities, observed, spread, noise.degrees)


def _p_value(
    totals: NDArray[np.float64],
    probabilities: NDArray[np.float64],
    limit: float,
    spread: float,
    degrees: int,
) -> float:
    """Return the probability that a total, with or without noise, is at least as extreme."""
    import numpy as np
    from scipy import stats

    p_value = float(probabilities[np.abs(totals) >= limit - 1e-9].sum())
    if spread > 0:
        noise = stats.t(degrees)
        above = noise.sf((limit - totals) / spread)
        below = noise.cdf((-limit - totals) / spread)
        p_value = max(p_value, float(probabilities @ (above + below)))
    return min(1.0, p_value)


def _flip_distribution(
    weights: Sequence[int],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the possible sums of weights with random signs, and their probabilities."""
    import numpy as np

    # probabilities[i]: probability that the weights with a positive sign sum to i.
    total = sum(weights)
    probabilities = np.zeros(total + 1)
    probabilities[0] = 1.0
    for weight in weights:
        shifted = np.zeros_like(probabilities)
        shifted[weight:] = probabilities[: total + 1 - weight]
        probabilities = (probabilities + shifted) / 2
    return np.arange(-total, total + 1, 2, dtype=np.float64), probabilities


def adjust_p_values(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for multiple comparisons (Holm 1979), in the given order."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def lowest_p_value(num_groups: int, comparisons: int = 1) -> float:
    """Return the smallest p-value that a sign-flip test can yield, adjusted; it may exceed 1.

    The test is most significant if all groups agree: two of the 2^n sign patterns are as extreme.
    """
    return comparisons * 2.0 ** (1 - num_groups)


def smallest_detectable_gain(
    num_problems: int,
    discordant_share: float = 0.25,
    alpha: float = 0.05,
    comparisons: int = 1,
) -> float | None:
    """Return the smallest gain that a paired test on single samples detects with 80 % power.

    The gain is a fraction of 1; None if even a gain of 100 points is not detected. It solves
    `sqrt(n) d = z_a sqrt(s) + z_b sqrt(s - d^2)` (Connor 1987, McNemar's test) for d, where s is
    the share of problems whose outcome differs and alpha is divided by the number of comparisons.
    The gain cannot exceed s, so s is raised to d where necessary. For grouped problems, pass the
    number of groups for a conservative answer.
    """
    z_alpha, z_power = _quantiles(num_problems, alpha, comparisons)
    if sqrt(num_problems) < z_alpha or lowest_p_value(num_problems, comparisons) > alpha:
        return None
    # Both cases, s >= d and s = d, lead to the same quadratic equation: in d / sqrt(s), or sqrt(d).
    spread = sqrt(num_problems + z_power**2 - z_alpha**2)
    root = (sqrt(num_problems) * z_alpha + z_power * spread) / (num_problems + z_power**2)
    return root * max(root, sqrt(discordant_share))


def smallest_detectable_shift(
    num_problems: int,
    deviation: float,
    alpha: float = 0.05,
    comparisons: int = 1,
    largest: float = 1.0,
) -> float | None:
    """Return the smallest gain that a paired test on several samples detects with 80 % power.

    None if even the `largest` possible gain is not detected. It solves
    `sqrt(n) d = (z_a + z_b) s`, where s is the standard deviation of the differences between the
    problems, which a shift of all problems leaves unchanged. If all differences are equal, they
    say nothing about other problems, and the answer is `smallest_detectable_gain` for s = 0.
    """
    if deviation <= EQUAL:
        return smallest_detectable_gain(num_problems, 0.0, alpha, comparisons)
    gain = sum(_quantiles(num_problems, alpha, comparisons)) * deviation / sqrt(num_problems)
    return gain if gain <= largest else None


def _quantiles(num_problems: int, alpha: float, comparisons: int) -> tuple[float, float]:
    """Return the normal quantiles of the two-sided adjusted level and of the power."""
    if num_problems < 1 or comparisons < 1:
        raise ConfigError(
            f"num_problems and comparisons must be at least 1, not {num_problems}, {comparisons}"
        )
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / comparisons / 2), normal.inv_cdf(_POWER)
