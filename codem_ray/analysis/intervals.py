"""Confidence intervals of a mean over problems that may be grouped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

from codem_ray.errors import ConfigError
from codem_ray.records import Metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAX_BATCH_COUNTS = 4_000_000
"""Resamples are drawn in batches of at most this many counts, which limits memory to 32 MB."""
_MIN_GROUPS = 3
"""Groups with a pass, and groups with a failure, that a bootstrap needs."""
EQUAL = 1e-12
"""Scores that differ by less count as equal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalSettings:
    """How confidence intervals are computed."""

    confidence: float = 0.95
    resamples: int = 2000
    """Number of bootstrap samples."""
    seed: int = 0


DEFAULT_INTERVALS = IntervalSettings()


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


class SeedNoise(NamedTuple):
    """Variance that seeds add to an estimate."""

    variance: float = 0.0
    degrees: int = 1
    """Degrees of freedom of the variance."""


NO_SEED_NOISE = SeedNoise()
"""For an estimate from one seed of each model: it is about these models only."""


def widened(interval: Interval, mean: float, noise: SeedNoise, confidence: float) -> Interval:
    """Return an interval of a mean, widened by the noise of seeds, which is independent of it."""
    if noise.variance <= 0:
        return interval
    from scipy import stats

    half = float(stats.t.ppf(0.5 + confidence / 2, noise.degrees)) * noise.variance**0.5
    return Interval(
        mean - hypot(mean - interval.low, half), mean + hypot(interval.high - mean, half)
    )


def wilson(num_passed: float, num_problems: float, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval of a proportion (Wilson 1927); it always has a width."""
    if num_problems <= 0:
        raise ConfigError("an interval needs at least one problem")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = num_passed / num_problems
    scale = 1 + z * z / num_problems
    centre = (share + z * z / (2 * num_problems)) / scale
    half = z / scale * (share * (1 - share) / num_problems + z * z / (4 * num_problems**2)) ** 0.5
    # For no pass or no failure the exact bound is 0 or 1; rounding must not move it.
    low = 0.0 if share <= 0 else max(0.0, centre - half)
    high = 1.0 if share >= 1 else min(1.0, centre + half)
    return Interval(low, high)


def group_sums(
    values: Sequence[float], groups: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sum and the size of each group; a problem with an empty name is its own group."""
    import numpy as np

    if len(values) != len(groups):
        raise ConfigError(f"{len(values)} values but {len(groups)} groups")
    codes = group_codes(groups)
    sums, sizes = np.zeros(max(codes, default=-1) + 1), np.zeros(max(codes, default=-1) + 1)
    np.add.at(sums, codes, np.asarray(values, dtype=np.float64))
    np.add.at(sizes, codes, 1.0)
    return sums, sizes


def group_codes(groups: Sequence[str]) -> list[int]:
    """Return the number of each problem's group, in order of appearance."""
    index: dict[str, int] = {}
    # "\0" occurs in no group name, so the key of a nameless problem is unique.
    keys = (group or f"\0{position}" for position, group in enumerate(groups))
    return [index.setdefault(key, len(index)) for key in keys]


def bootstrap_interval(
    values: Sequence[float], groups: Sequence[str], settings: IntervalSettings = DEFAULT_INTERVALS
) -> Interval:
    """Return the grouped bootstrap interval of the mean of `values`.

    Whole groups are drawn with replacement. The percentiles are widened to match Student's t with
    n - 1 degrees of freedom for n groups (Hesterberg 2015, arXiv 1411.5279, section 4.3). With
    eight groups, the plain percentile interval would cover about 88 % instead of 95 %. The interval
    has no width if all groups have the same mean; `score_interval` handles that case.
    """
    import numpy as np
    from scipy import stats

    sums, sizes = group_sums(values, groups)
    num_groups = len(sums)
    if num_groups < 2:
        raise ConfigError("a bootstrap needs at least two groups")
    t = float(stats.t.ppf(0.5 + settings.confidence / 2, num_groups - 1))
    tail = float(stats.norm.sf(t * (num_groups / (num_groups - 1)) ** 0.5))
    generator = np.random.default_rng(settings.seed)
    shares = np.full(num_groups, 1 / num_groups)
    means: list[NDArray[np.float64]] = []
    remaining = settings.resamples
    while remaining > 0:
        size = min(remaining, max(1, _MAX_BATCH_COUNTS // num_groups))
        counts = generator.multinomial(num_groups, shares, size=size)
        means.append((counts @ sums) / (counts @ sizes))
        remaining -= size
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return Interval(float(low), float(high))


def score_interval(
    scores: Sequence[float], groups: Sequence[str], settings: IntervalSettings = DEFAULT_INTERVALS
) -> Interval:
    """Return the interval of a mean of per-problem scores in [0, 1].

    Independent problems with scores of 0 or 1 get Wilson's interval, all others the grouped
    bootstrap. If fewer than three groups have a pass, or fewer than three a failure, resamples are
    too much alike to show the tails. Wilson's interval over groups instead of problems is used
    then, which is deliberately wide.
    """
    sums, sizes = group_sums(scores, groups)
    total = float(sums.sum())
    if bool((sizes == 1).all()) and all(score in (0, 1) for score in scores):
        return wilson(total, len(scores), settings.confidence)
    mean = total / len(scores)
    num_passing, num_failing = int((sums > EQUAL).sum()), int((sizes - sums > EQUAL).sum())
    if min(num_passing, num_failing) >= _MIN_GROUPS:
        low, high = bootstrap_interval(scores, groups, settings)
        if high - low > EQUAL:
            # With few resamples of skewed scores, the mean can lie just outside the percentiles.
            return Interval(max(0.0, min(low, mean)), min(1.0, max(high, mean)))
    return wilson(mean * len(sums), len(sums), settings.confidence)


def value_interval(
    metric: Metric,
    values: Sequence[float],
    groups: Sequence[str],
    settings: IntervalSettings = DEFAULT_INTERVALS,
    noise: SeedNoise = NO_SEED_NOISE,
) -> Interval | None:
    """Return the interval of a mean of scores or losses; None for losses of one group."""
    mean = sum(values) / len(values)
    if metric is Metric.PASS_AT_K:
        interval = score_interval(values, groups, settings)
        low, high = widened(interval, mean, noise, settings.confidence)
        return Interval(max(0.0, low), min(1.0, high))
    if len(group_sums(values, groups)[0]) < 2:
        return None
    low, high = bootstrap_interval(values, groups, settings)
    interval = Interval(min(low, mean), max(high, mean))
    return widened(interval, mean, noise, settings.confidence)
