"""Steps at which held-out losses are measured, and the rule of patience."""

from __future__ import annotations

import pytest

from codem_ray.config import TrainingConfig
from codem_ray.training.heldout_schedule import (
    compared_steps,
    evaluation_steps,
    is_out_of_patience,
)
from codem_ray.training.training_key import training_key


@pytest.mark.parametrize(
    ("steps", "every", "heldout_rows", "expected"),
    [
        (100, 30, 10, {30, 60, 90, 100}),
        (100, 200, 10, {100}),
        (100, None, 10, {20, 40, 60, 80, 100}),
        # Two cost 2 x 100 of 15 % of 1,600 rows.
        (100, None, 100, {50, 100}),
        (100, None, 10_000, {100}),
        (3, None, 1, {1, 2, 3}),
    ],
)
def test_evaluations_are_evenly_spaced_and_cost_a_twentieth_of_the_training(
    steps: int, every: int | None, heldout_rows: int, expected: set[int]
) -> None:
    found = evaluation_steps(
        steps, every=every, training_rows=16 * steps, heldout_rows=heldout_rows
    )
    assert found == expected


def test_a_search_compares_before_the_last_step_only() -> None:
    assert compared_steps(20, (0.1, 0.3, 0.9, 1.0)) == {2, 6, 18}
    assert compared_steps(3, (0.1, 0.3)) == {1}


@pytest.mark.parametrize(
    ("losses", "patience", "expected"),
    [
        ([3, 2, 1], 1, False),
        ([3, 2, 2], 1, True),
        ([3, 2, 2.5, 1], 2, False),
        ([3, 2, 2.5, 2.5], 2, True),
        ([3, 4], 2, False),
        ([3, 4, 5, 6], None, False),
        # A later improvement does not undo a rise that is out of reach, but starts anew.
        ([3, 4, 2, 2.5], 2, False),
    ],
)
def test_patience_ends_after_so_many_losses_without_an_improvement(
    losses: list[float], patience: int | None, expected: bool
) -> None:
    assert is_out_of_patience(losses, patience) is expected


def test_the_steps_between_evaluations_are_in_the_trial_id_with_patience_only() -> None:
    plain = training_key(TrainingConfig())
    assert training_key(TrainingConfig(eval_steps=7)) == plain
    patient = training_key(TrainingConfig(patience=2))
    assert patient != plain
    assert training_key(TrainingConfig(patience=2, eval_steps=7)) != patient
