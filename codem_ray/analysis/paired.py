"""Paired gains over a baseline on the same problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from codem_ray.analysis.intervals import bootstrap_interval, group_sums, wilson
from codem_ray.errors import ConfigError

_PERMUTATIONS = 99_999
_MAX_SCALE = 64
"""Largest denominator of a score for which the permutation test is exact."""
_EQUAL = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class Gain:
    """What a tuned model wins or loses against the baseline."""

    gain: float
    """Mean difference, as a fraction of 1."""
    low: float
    high: float
    p_value: float
    """Two-sided, of no difference."""
    better: int
    """Problems that it scores higher than the baseline."""
    worse: int


def paired_gain(
    scores: Sequence[float],
    baseline: Sequence[float],
    groups: Sequence[str],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Gain:
    """Compare two score lists of the same problems in the same order."""
    if not len(scores) == len(baseline) == len(groups):
        raise ConfigError(
            f"paired scores need the same problems: {len(scores)}, {len(baseline)} "
            f"and {len(groups)} groups"
        )
    if not scores:
        raise ConfigError("a gain needs at least one problem that both models were scored on")
    differences = [
        0.0 if abs(a - b) < _EQUAL else a - b for a, b in zip(scores, baseline, strict=True)
    ]
    mean = sum(differences) / len(differences)
    low, high = gain_interval(differences, groups, mean, confidence, resamples, seed)
    return Gain(
        gain=mean,
        low=low,
        high=high,
        p_value=sign_flip_p_value(differences, groups, seed=seed),
        better=sum(difference > 0 for difference in differences),
        worse=sum(difference < 0 for difference in differences),
    )


def gain_interval(
    differences: Sequence[float],
    groups: Sequence[str],
    mean: float,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the interval of the mean of differences in [-1, 1], by whole groups."""
    num_groups = len(group_sums(differences, groups)[0])
    if num_groups >= 2:
        low, high = bootstrap_interval(
            differences, groups, confidence=confidence, resamples=resamples, seed=seed
        )
        if high - low > _EQUAL:
            return max(-1.0, min(low, mean)), min(1.0, max(high, mean))
    # All groups agree. What none of n groups showed can still hold for this share of all groups.
    unseen = wilson(0, num_groups, confidence).high
    return max(-1.0, mean - unseen), min(1.0, mean + unseen)


def sign_flip_p_value(
    differences: Sequence[float], groups: Sequence[str], *, seed: int = 0
) -> float:
    """Return the two-sided p-value of a sign-flip permutation test over groups.

    Exact (the whole distribution, by convolution) while scores have a denominator of at most 64;
    then it equals McNemar's exact test where every problem is a group of its own and scores are 0
    or 1. Else from 99,999 seeded flips, with the observed one counted in.
    """
    import numpy as np

    sums, _ = group_sums(differences, groups)
    sums = np.abs(sums[np.abs(sums) > _EQUAL])
    if len(sums) == 0:
        return 1.0
    signed, _ = group_sums(differences, groups)
    observed = abs(float(signed.sum()))
    for scale in range(1, _MAX_SCALE + 1):
        scaled = sums * scale
        if np.allclose(scaled, np.rint(scaled), rtol=0, atol=1e-9):
            weights = [int(value) for value in np.rint(scaled)]
            return _exact_p_value(weights, round(observed * scale))
    generator = np.random.default_rng(seed)
    hits = 1
    left = _PERMUTATIONS
    while left > 0:
        size = min(left, 10_000)
        flips = generator.integers(0, 2, size=(size, len(sums))) * 2 - 1
        hits += int((np.abs(flips @ sums) >= observed - 1e-9).sum())
        left -= size
    return hits / (_PERMUTATIONS + 1)


def _exact_p_value(weights: Sequence[int], observed: int) -> float:
    import numpy as np

    # chances[i]: chance that the weights whose sign is plus sum up to i.
    total = sum(weights)
    chances = np.zeros(total + 1)
    chances[0] = 1.0
    for weight in weights:
        moved = np.zeros_like(chances)
        moved[weight:] = chances[: total + 1 - weight]
        chances = (chances + moved) / 2
    statistic = np.abs(2 * np.arange(total + 1) - total)
    return min(1.0, float(chances[statistic >= observed].sum()))


def adjust_p_values(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def smallest_detectable_shift(
    num_problems: int,
    deviation: float,
    power: float = 0.8,
    alpha: float = 0.05,
    comparisons: int = 1,
) -> float | None:
    """Return the gain, as a fraction of 1, that a paired test finds with the given power.

    For scores that are shares of several samples: `sqrt(n) d = (z_a + z_b) s` with s the standard
    deviation of the differences of the problems, which a shift of all of them leaves as it is.
    None: not even a gain of 100 points is found. Where no difference differs from another nothing
    says how far the next would be, and `smallest_detectable_gain` without discordance stands in.
    """
    if deviation <= _EQUAL:
        return smallest_detectable_gain(num_problems, 0.0, power, alpha, comparisons)
    if num_problems < 1 or comparisons < 1:
        raise ConfigError(
            f"num_problems and comparisons must be at least 1, not {num_problems}, {comparisons}"
        )
    normal = NormalDist()
    z = normal.inv_cdf(1 - alpha / comparisons / 2) + normal.inv_cdf(power)
    gain = z * deviation / sqrt(num_problems)
    return gain if gain <= 1 else None


def smallest_detectable_gain(
    num_problems: int,
    discordant_share: float = 0.25,
    power: float = 0.8,
    alpha: float = 0.05,
    comparisons: int = 1,
) -> float | None:
    """Return the gain, as a fraction of 1, that a paired test finds with the given power.

    Solves `sqrt(n) d = z_a sqrt(s) + z_b sqrt(s - d^2)` (Connor 1987, McNemar's test) for d, with
    alpha divided by the number of comparisons. A gain cannot exceed the share s of problems whose
    outcome differs, so s grows to d where it must. None: not even a gain of 100 points is found.
    With grouped problems pass the number of groups for a cautious answer.
    """
    if num_problems < 1 or comparisons < 1:
        raise ConfigError(
            f"num_problems and comparisons must be at least 1, not {num_problems}, {comparisons}"
        )
    z_alpha = NormalDist().inv_cdf(1 - alpha / comparisons / 2)
    z_power = NormalDist().inv_cdf(power)

    def excess(gain: float) -> float:
        share = max(discordant_share, gain)
        needed = z_alpha * sqrt(share) + z_power * sqrt(max(0.0, share - gain * gain))
        return sqrt(num_problems) * gain - needed

    if excess(1.0) < 0:
        return None
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if excess(middle) >= 0 else (middle, high)
    return high
