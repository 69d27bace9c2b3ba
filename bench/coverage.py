"""Simulate coverage of intervals and family-wise error in matrices without effects.

    python bench/coverage.py [--folder build/coverage] [--seconds 150] [--matrices 400]

Each setting is a matrix of 9 sources on 8 targets in which no source has an effect, computed by the
functions that compute reports. Models pass a problem by chance: a logistic model of the difficulty
of the problem and the effect of the seed, half of whose variance all targets share. Over all
matrices done so far, the table counts 95 % intervals that contain zero (of cells, and of the
contrasts own and other) and matrices with any significant cell (Holm). A call stops after
`--seconds`, and the next one continues. Exits 1 if a complete setting is outside 93 to 97 %, or
above 6 %, by more than two standard errors.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from scipy.special import expit

from codem_ray.analysis.cell_relations import CellRelations
from codem_ray.analysis.cells import Cell
from codem_ray.analysis.contrasts import other_contrast, own_contrast
from codem_ray.analysis.gain_table import table_of_cells
from codem_ray.analysis.intervals import NO_SEED_NOISE, IntervalSettings
from codem_ray.analysis.paired import adjust_p_values, paired_gain, sign_flip_p_value
from codem_ray.analysis.scores import PooledKey
from codem_ray.records import Metric, PromptStyle
from codem_ray.wording import text_table

TARGETS = tuple(f"language-{number}" for number in range(8))
SOURCES = (*TARGETS, "mixed")
ALPHA, CONFIDENCE = 0.05, 0.95
_DIFFICULTY = 1.5
"""Standard deviation of the problems' difficulty, in logits."""
_NUM_INTERVALS = 2
"""Cells of a matrix whose intervals are counted; the cells of one matrix are correlated."""
_NUM_TESTED = 12
"""Cells of a matrix that are tested: those with the largest gains in standard deviations. The
others cannot have the smallest p-value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One row of the table."""

    problems: int
    seeds: int
    deviation: float
    """Standard deviation of a cell between seeds, in points."""
    mean: float = 0.0
    """Mean logit of a pass: 0 is half of the problems, -2.5 is 15 %."""
    groups: int | None = None
    """Families of problems; None: each problem is its own."""

    @property
    def name(self) -> str:
        """File name of the counts."""
        families = f"-g{self.groups}" if self.groups else ""
        return f"n{self.problems}{families}-s{self.seeds}-d{self.deviation}-m{self.mean}"


SETTINGS = (
    *(
        Setting(problems=problems, seeds=seeds, deviation=deviation)
        for problems in (25, 164)
        for seeds in (2, 3)
        for deviation in (0.0, 2.5, 5.0)
    ),
    *(
        Setting(problems=problems, seeds=seeds, deviation=2.5, mean=-2.5)
        for problems in (25, 164)
        for seeds in (2, 3)
    ),
    *(Setting(problems=108, seeds=seeds, deviation=2.5, groups=27) for seeds in (2, 3)),
)


@dataclass(kw_only=True, slots=True)
class Counts:
    """What was counted in the matrices of a setting."""

    matrices: int = 0
    cells_covered: int = 0
    own_covered: int = 0
    other_covered: int = 0
    significant: int = 0
    """Matrices with a significant cell."""
    deviations: float = 0.0
    """Sum of the estimated deviations between seeds, in points."""


@dataclass(kw_only=True, slots=True)
class SimulatedCell(Cell):
    """A cell with given scores."""

    metric: ClassVar[Metric] = Metric.PASS_AT_K
    columns: ClassVar[tuple[str, ...]] = ()
    values: dict[str, float] = field(default_factory=dict)

    @property
    def asked(self) -> Mapping[str, int]:
        """One sample of each problem."""
        return dict.fromkeys(self.values, 1)

    @property
    def is_incomplete(self) -> bool:
        """Never."""
        return False

    def scores(self, k: int) -> dict[str, float]:
        """Return the scores."""
        return self.values

    def add(self, row: object) -> None:
        """Refuse: there are no rows."""
        raise NotImplementedError


def simulate(setting: Setting, number: int) -> dict[PooledKey, list[Cell]]:
    """Return the cells of one matrix without effects."""
    generator = np.random.default_rng([number, setting.problems, setting.seeds])
    n = setting.problems
    # A probability p changes by p (1 - p) per logit.
    draws = expit(setting.mean + np.random.default_rng(0).normal(0, _DIFFICULTY, 100_000))
    deviation = setting.deviation / 100 / float((draws * (1 - draws)).mean()) / 2**0.5
    families = np.arange(n) % (setting.groups or n)
    shared = generator.normal(0, deviation, (len(SOURCES), setting.seeds))
    cells: dict[PooledKey, list[Cell]] = {}
    for target in TARGETS:
        difficulty = generator.normal(setting.mean, _DIFFICULTY, n)
        if setting.groups:
            common = generator.normal(0, 0.87 * _DIFFICULTY, setting.groups)[families]
            difficulty = setting.mean + common + (difficulty - setting.mean) / 2
        for index, source in enumerate(("base", *SOURCES)):
            seeds = 1 if source == "base" else setting.seeds
            found: list[Cell] = []
            for seed in range(seeds):
                logits = difficulty
                if source != "base":
                    logits = difficulty + shared[index - 1, seed] + generator.normal(0, deviation)
                passed = (generator.random(n) < expit(logits)).astype(np.float64).tolist()
                names = [f"{target}/{problem}" for problem in range(n)]
                found.append(
                    SimulatedCell(
                        source=source,
                        seed=seed,
                        trial_id=f"{source}-{seed}",
                        target=target,
                        benchmark=target,
                        benchmark_digest=target,
                        prompt_style=PromptStyle.INSTRUCTION,
                        groups=dict(
                            zip(names, map(str, families.tolist()), strict=True)
                            if setting.groups
                            else dict.fromkeys(names, "")
                        ),
                        values=dict(zip(names, passed, strict=True)),
                    )
                )
            cells[PooledKey(source, target, PromptStyle.INSTRUCTION)] = found
    return cells


def count(setting: Setting, number: int, counts: Counts) -> None:
    """Compute one matrix and add to the counts."""
    cells = simulate(setting, number)
    table = table_of_cells(cells, {}, PromptStyle.INSTRUCTION, 1, CONFIDENCE)
    if table is None:
        raise SystemExit("no cell has a gain over base")
    effects = table.seeds
    noise = effects.noise(setting.seeds) if effects else NO_SEED_NOISE
    differences = [list(gains.values()) for gains in table.differences]
    groups = [list(names.values()) for names in table.groups]
    statistics = [abs(np.mean(one)) / (np.std(one) + 1e-9) for one in differences]
    p_values = [1.0] * len(differences)
    for index in np.argsort(statistics)[-_NUM_TESTED:]:
        p_values[index] = sign_flip_p_value(differences[index], groups[index], noise=noise)
    counts.significant += min(adjust_p_values(p_values)) <= ALPHA
    for index in ((number + shift) % len(differences) for shift in (0, 37)):
        gain = paired_gain(
            differences[index],
            [0.0] * len(differences[index]),
            groups[index],
            IntervalSettings(confidence=CONFIDENCE, resamples=1000),
            noise=noise,
        )
        counts.cells_covered += gain.low <= 0 <= gain.high
    relations = CellRelations(table=table, languages=TARGETS, pages=(), related_pairs=())
    own, other = own_contrast(relations, ALPHA), other_contrast(relations, ALPHA)
    if own is None or other is None:
        raise SystemExit("the contrasts cannot be computed")
    counts.own_covered += own.low <= 0 <= own.high
    counts.other_covered += other.low <= 0 <= other.high
    counts.deviations += 100 * (effects.total**0.5 if effects else 0.0)
    counts.matrices += 1


def row(setting: Setting, counts: Counts) -> tuple[str, ...]:
    """Return the row of a setting."""
    n = max(1, counts.matrices)
    shares = (
        counts.cells_covered / n / _NUM_INTERVALS,
        counts.own_covered / n,
        counts.other_covered / n,
        counts.significant / n,
    )
    return (
        str(setting.problems),
        str(setting.groups or setting.problems),
        str(setting.seeds),
        f"{setting.deviation:.1f}",
        f"{setting.mean:+.1f}",
        str(counts.matrices),
        f"{counts.deviations / n:.1f}",
        *(f"{100 * share:.1f}" for share in shares),
    )


def misses(counts: Counts) -> bool:
    """Whether coverage of cells or the family-wise error misses its aim beyond chance."""
    n = counts.matrices
    covered = counts.cells_covered / n / _NUM_INTERVALS
    slack = 2 * (0.95 * 0.05 / n / _NUM_INTERVALS) ** 0.5
    error = counts.significant / n
    return (
        not 0.93 - slack <= covered <= 0.97 + slack or error > 0.06 + 2 * (0.06 * 0.94 / n) ** 0.5
    )


def main() -> int:
    """Continue the simulation for some time and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path("build/coverage"))
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--matrices", type=int, default=400)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    paths = {setting: args.folder / f"{setting.name}.json" for setting in SETTINGS}
    counts = {
        setting: Counts(**json.loads(path.read_text())) if path.exists() else Counts()
        for setting, path in paths.items()
    }
    deadline = time.monotonic() + args.seconds
    while time.monotonic() < deadline:
        # The settings take turns, so that every call shows all rows.
        setting = min(SETTINGS, key=lambda one: counts[one].matrices)
        if counts[setting].matrices >= args.matrices:
            break
        for _ in range(10):
            count(setting, counts[setting].matrices, counts[setting])
        paths[setting].write_text(json.dumps(asdict(counts[setting])))
    header = (
        "problems",
        "groups",
        "seeds",
        "deviation",
        "logit",
        "matrices",
        "estimated",
        "cells, %",
        "own, %",
        "other, %",
        "any significant, %",
    )
    print(
        text_table(header, [row(setting, counts[setting]) for setting in SETTINGS], left=0), end=""
    )
    total = Counts()
    for one in counts.values():
        for name in asdict(one):
            setattr(total, name, getattr(total, name) + getattr(one, name))
    n = max(1, total.matrices)
    print(
        f"all {total.matrices} matrices: {100 * total.cells_covered / n / _NUM_INTERVALS:.1f} % of "
        f"cells, {100 * total.own_covered / n:.1f} % of own, {100 * total.other_covered / n:.1f} % "
        f"of other covered; {100 * total.significant / n:.1f} % with a significant cell"
    )
    done = [one for one in SETTINGS if counts[one].matrices >= args.matrices]
    missed = [one.name for one in done if misses(counts[one])]
    print(f"{len(done)} of {len(SETTINGS)} settings complete; outside the aims: {missed or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
