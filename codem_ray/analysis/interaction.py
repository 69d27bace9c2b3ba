"""Permutation test of the interaction between sources and targets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codem_ray.analysis.gain_table import GainTable, Vector
from codem_ray.analysis.transfer_results import Interaction

_NUM_PERMUTATIONS = 1999
Labels = NDArray[np.int64]


def interaction_test(
    table: GainTable, sources: Sequence[str], targets: Sequence[str]
) -> Interaction | None:
    """Test whether the effect of a source depends on the target.

    The statistic is the sum of squares of the cells' means after subtracting those of sources and
    of targets. Without interaction, the profile of a problem over the sources does not depend on
    its target, so targets are exchanged among the problems of a group (the same problem in several
    languages), and among all problems whose group has one target. To each permutation the part of
    the seeds' variance that targets do not share is added as normal noise.

    Sources need a cell on every target; others are left out. None without two of each, or if no
    problems can be exchanged.
    """
    by_place = {(cell.source, cell.target): i for i, cell in enumerate(table.cells)}
    targets = [t for t in targets if any((s, t) in by_place for s in sources)]
    sources = [s for s in sources if all((s, t) in by_place for t in targets)]
    if len(sources) < 2 or len(targets) < 2:
        return None
    profiles, sizes, labels, strata = _units(table, by_place, sources, targets)
    kept = np.isin(labels, _exchangeable(labels, strata))
    targets = [target for number, target in enumerate(targets) if number in labels[kept]]
    if len(targets) < 2:
        return None
    order = np.flatnonzero(kept)[np.argsort(strata[kept], kind="stable")]
    profiles, sizes, labels, strata = profiles[order], sizes[order], labels[order], strata[order]
    by_target = (labels[None, :] == np.unique(labels)[:, None]).astype(np.float64)
    spread = np.zeros(len(sources))
    if table.seeds is not None:
        seeds = np.array([table.cells[by_place[s, targets[0]]].num_seeds for s in sources])
        spread = np.sqrt(np.where(seeds > 1, table.seeds.own / seeds, 0.0))
    generator = np.random.default_rng(0)
    observed = _sum_of_squares(by_target @ profiles, by_target @ sizes)
    permuted = np.empty(_NUM_PERMUTATIONS)
    for number in range(_NUM_PERMUTATIONS):
        shuffled = np.lexsort((generator.random(len(strata)), strata))
        noise = generator.standard_normal((len(targets), len(sources))) * spread
        permuted[number] = _sum_of_squares(
            by_target @ profiles[shuffled], by_target @ sizes[shuffled], noise
        )
    p_value = (1 + int((permuted >= observed - 1e-12).sum())) / (_NUM_PERMUTATIONS + 1)
    degrees = (len(sources) - 1) * (len(targets) - 1)
    return Interaction(
        p_value=p_value,
        p_adjusted=p_value,
        deviation=float(np.sqrt(max(0.0, observed - permuted.mean()) / degrees)),
        sources=tuple(sources),
        targets=tuple(targets),
        num_problems=int(sizes.sum()),
        num_permutations=_NUM_PERMUTATIONS,
    )


def _units(
    table: GainTable,
    by_place: dict[tuple[str, str], int],
    sources: Sequence[str],
    targets: Sequence[str],
) -> tuple[Vector, Vector, Labels, Labels]:
    """Return a unit per target and group: profiles [unit, source], problems, targets, strata."""
    profiles: dict[tuple[int, str], Vector] = defaultdict(lambda: np.zeros(len(sources)))
    sizes: dict[tuple[int, str], int] = defaultdict(int)
    num_targets: dict[str, set[int]] = defaultdict(set)
    for number, target in enumerate(targets):
        columns = [by_place[source, target] for source in sources]
        first, *others = (table.differences[column] for column in columns)
        for problem in (name for name in first if all(name in other for other in others)):
            group = table.groups[columns[0]][problem]
            values = np.array([table.differences[column][problem] for column in columns])
            profiles[number, group] += values - values.mean()
            sizes[number, group] += 1
            num_targets[group].add(number)
    # Stratum 0 holds the groups with one target.
    stratum = {group: i for i, group in enumerate(num_targets, 1) if len(num_targets[group]) > 1}
    return (
        np.array(list(profiles.values())).reshape(len(profiles), len(sources)),
        np.array(list(sizes.values()), dtype=np.float64),
        np.array([number for number, _ in profiles], dtype=np.int64),
        np.array([stratum.get(group, 0) for _, group in profiles], dtype=np.int64),
    )


def _exchangeable(labels: Labels, strata: Labels) -> list[int]:
    """Return the targets that share a stratum with another one."""
    targets: dict[int, set[int]] = defaultdict(set)
    for label, stratum in zip(labels.tolist(), strata.tolist(), strict=True):
        targets[stratum].add(label)
    return sorted({label for found in targets.values() if len(found) > 1 for label in found})


def _sum_of_squares(sums: Vector, sizes: Vector, noise: Vector | float = 0.0) -> float:
    """Return the interaction's sum of squares from sums of profiles, an array [target, source]."""
    means = sums / sizes[:, None] + noise
    centred = means - means.mean(axis=0) - means.mean(axis=1, keepdims=True) + means.mean()
    return float((centred**2).sum())
