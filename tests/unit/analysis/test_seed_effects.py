"""The variance between training seeds in intervals and tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from planted_study import planted_losses
from scipy import stats
from synthetic_results import make_results

from codem_ray.analysis import headline_cells, transfer_matrix
from codem_ray.analysis.intervals import Interval, SeedNoise, widened
from codem_ray.analysis.paired import sign_flip_p_value
from codem_ray.analysis.scores import cells_by_key
from codem_ray.analysis.seed_effects import SeedEffects, seed_effects
from codem_ray.records import PromptStyle


def effects_of(rows: pd.DataFrame) -> SeedEffects:
    found = seed_effects(cells_by_key(rows))
    assert found is not None
    return found


def mean_effects(**options: object) -> SeedEffects:
    found = [
        effects_of(planted_losses(lambda s, t: 0.0, seeds=3, number=number, **options))  # type: ignore[arg-type]
        for number in range(4)
    ]
    return SeedEffects(
        shared=float(np.mean([one.shared for one in found])),
        own=float(np.mean([one.own for one in found])),
        degrees=found[0].degrees,
    )


def test_variance_between_seeds_is_estimated_without_the_chance_of_problems() -> None:
    effects = mean_effects(seed_deviation=0.3, noise=1.0)
    assert effects.total**0.5 == pytest.approx(0.3, abs=0.06)
    assert effects.shared < 0.3 * effects.total
    assert effects.degrees == 7 * 2
    assert mean_effects(seed_deviation=0.0, noise=1.0).total < 0.1**2


def test_what_the_targets_of_a_seed_have_in_common_is_told_apart() -> None:
    rows = planted_losses(lambda s, t: 0.0, seeds=5, noise=0.1)
    generator = np.random.default_rng(2)
    models = rows.groupby(["source", "seed"]).ngroup()
    rows["loss"] += generator.normal(0, 0.3, models.max() + 1)[models]
    effects = effects_of(rows)
    assert effects.shared**0.5 == pytest.approx(0.3, abs=0.1)
    assert effects.own < 0.1 * effects.shared


def test_one_seed_has_no_variance_and_changes_nothing() -> None:
    rows = make_results(sources=("base", "c", "go"), targets=("c", "go"), num_problems=20)
    assert seed_effects(cells_by_key(rows)) is None


def test_intervals_and_tests_of_pooled_cells_hold_the_variance_between_seeds() -> None:
    def pooled(seed_deviation: float) -> tuple[float, float, float]:
        rows = planted_losses(
            lambda s, t: 0.15,
            sources=("python", "java", "c", "go"),
            targets=("python", "java", "c"),
            seeds=2,
            seed_deviation=seed_deviation,
            num_problems=60,
        )
        cells = headline_cells(transfer_matrix(rows, baseline_style=PromptStyle.INSTRUCTION))
        tuned = [cell for cell in cells if cell.source != "base"]
        assert {cell.seed for cell in tuned} == {"all"}
        return (
            float(np.mean([(c.gain_ci_high or 0) - (c.gain_ci_low or 0) for c in tuned])),
            float(np.mean([(c.ci_high or 0) - (c.ci_low or 0) for c in tuned])),
            float(np.mean([(c.p_value or 0) <= 0.001 for c in tuned])),
        )

    (gain_width, width, share), (wide_gain, wide, wide_share) = pooled(0.0), pooled(0.3)
    assert wide_gain > 5 * gain_width
    assert wide > 1.5 * width
    assert share == 1.0
    assert wide_share < 0.2


def test_noise_of_seeds_is_added_in_quadrature_on_both_sides() -> None:
    noise = SeedNoise(0.04, 1_000_000)
    low, high = widened(Interval(-0.1, 0.4), 0.1, noise, 0.95)
    half = 1.96 * 0.2
    assert low == pytest.approx(0.1 - np.hypot(0.2, half), abs=1e-3)
    assert high == pytest.approx(0.1 + np.hypot(0.3, half), abs=1e-3)
    assert widened(Interval(-0.1, 0.4), 0.1, SeedNoise(0.0, 3), 0.95) == (-0.1, 0.4)


@pytest.mark.parametrize("step", [1.0, 0.0391])
def test_p_value_with_noise_is_that_of_sign_patterns_plus_noise(step: float) -> None:
    generator = np.random.default_rng(3)
    values = step * generator.integers(-1, 4, 20) + (0 if step == 1.0 else 0.001 * np.arange(20))
    noise = SeedNoise((0.4 * step) ** 2, 9)
    groups = [""] * len(values)
    found = sign_flip_p_value(values.tolist(), groups, noise=noise)
    flips = generator.choice([-1.0, 1.0], (200_000, len(values))) @ values / len(values)
    drawn = flips + stats.t.rvs(9, size=len(flips), random_state=5) * 0.4 * step
    assert found == pytest.approx(np.mean(np.abs(drawn) >= abs(values.mean())), abs=0.004)
    assert sign_flip_p_value(values.tolist(), groups) < found


def test_noise_of_seeds_never_lowers_a_p_value() -> None:
    for passed in range(9):
        values = [1.0] * passed + [-1.0] * 4 + [0.0] * 12
        plain = sign_flip_p_value(values, [""] * len(values))
        noisy = sign_flip_p_value(values, [""] * len(values), noise=SeedNoise(1e-6, 9))
        assert noisy >= plain
