"""The variance between training seeds, pooled over the matrix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from codem_ray.analysis.cells import Cell
from codem_ray.analysis.intervals import NO_SEED_NOISE, SeedNoise, group_codes
from codem_ray.analysis.scores import PooledKey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedEffects:
    """Variance components of the effect that a training seed has on the score of a cell."""

    shared: float
    """Variance of the part that all targets of a trained model share."""
    own: float
    """Variance of the part that differs between targets."""
    degrees: int
    """Sum of the numbers of seeds minus one, over the sources."""

    @property
    def total(self) -> float:
        """Variance of a cell between seeds."""
        return self.shared + self.own

    def noise(self, num_seeds: int, num_targets: int = 1) -> SeedNoise:
        """Return the noise of a mean over seeds, and over targets of the same models."""
        if num_seeds < 2:
            return NO_SEED_NOISE
        return SeedNoise((self.shared + self.own / num_targets) / num_seeds, self.degrees)


def seed_effects(cells: Mapping[PooledKey, Sequence[Cell]], k: int = 1) -> SeedEffects | None:
    """Estimate the components by the method of moments; None if no source has two seeds.

    The variance of a cell's mean between seeds also contains the randomness of which problems each
    seed solves. That part is estimated from the groups of problems and subtracted. The covariance
    of two targets between the seeds of a source has no such part and estimates what they share.
    """
    by_source: dict[tuple[str, str], list[Sequence[Cell]]] = defaultdict(list)
    for key, seeds in cells.items():
        if len(seeds) > 1:
            by_source[key.source, key.prompt_style].append(seeds)
    variances: list[float] = []
    covariances: list[float] = []
    degrees = 0
    for members in by_source.values():
        deviations: list[dict[int, float]] = []
        for seeds in members:
            sums, sizes = _sums_by_seed_and_group(seeds, k)
            total = sizes.sum()
            concentration = float((sizes**2).sum() / total**2) if total else 1.0
            if concentration > 1 - 1e-9:
                continue  # In one group, the seed's effect cannot be separated from chance.
            means = sums.sum(axis=1) / total
            chance = sums.var(axis=0, ddof=1).sum() / total**2
            variances.append(float((means.var(ddof=1) - chance) / (1 - concentration)))
            values = (means - means.mean()).tolist()
            deviations.append({cell.seed: value for cell, value in zip(seeds, values, strict=True)})
        for one, other in combinations(deviations, 2):
            if len(both := one.keys() & other.keys()) > 1:
                product = sum(one[seed] * other[seed] for seed in both)
                covariances.append(product / (len(both) - 1))
        degrees += max((len(seeds) - 1 for seeds in members), default=0)
    if not variances:
        return None
    total_variance = max(0.0, sum(variances) / len(variances))
    covariance = sum(covariances) / len(covariances) if covariances else 0.0
    shared = min(max(0.0, covariance), total_variance)
    return SeedEffects(shared=shared, own=total_variance - shared, degrees=degrees)


def _sums_by_seed_and_group(
    seeds: Sequence[Cell], k: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sums of scores [seed, group] and sizes [group], on the problems of all seeds."""
    import numpy as np

    first, *others = (cell.scores(k) for cell in seeds)
    shared = set(first).intersection(*others)
    problems = [task for task in first if task in shared]
    if not problems:
        return np.zeros((len(seeds), 0)), np.zeros(0)
    codes = group_codes([seeds[0].groups[task] for task in problems])
    sums = np.zeros((max(codes, default=-1) + 1, len(seeds)))
    np.add.at(sums, codes, [[one[task] for one in (first, *others)] for task in problems])
    return sums.T, np.bincount(codes).astype(np.float64)
