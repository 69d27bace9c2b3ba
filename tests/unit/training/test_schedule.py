"""Steps, batches and learning rates."""

import pytest
from pydantic import ValidationError

from codem_ray.config import TrainingConfig
from codem_ray.training.schedule import lr_at, rows_of_rank, steps_of, total_steps


def training(**changes: object) -> TrainingConfig:
    return TrainingConfig.model_validate({"batch_sequences": 4, "warmup_steps": 2, **changes})


def test_total_steps_rounds_a_started_batch_up() -> None:
    assert total_steps(10, training(epochs=3)) == 8
    assert total_steps(1, training(epochs=0.1)) == 1
    assert total_steps(12, training(epochs=0.7)) == 3


def test_warm_up_rises_to_the_peak_and_cosine_falls_towards_zero() -> None:
    config = training(learning_rate=1.0)
    rates = [lr_at(step, 10, config) for step in range(10)]
    assert rates[:3] == [0.5, 1.0, 1.0]
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert 0 < rates[-1] < 0.05


@pytest.mark.parametrize(("schedule", "expected"), [("constant", 1.0), ("linear", 0.5)])
def test_other_schedules_halfway(schedule: str, expected: float) -> None:
    assert lr_at(5, 8, training(learning_rate=1.0, schedule=schedule)) == pytest.approx(expected)


OPTIONS = {
    "cosine": {},
    "linear": {},
    "constant": {},
    "cosine_with_min_lr": {"min_lr_rate": 0.2},
    "cosine_with_restarts": {"num_cycles": 2},
    "polynomial": {"power": 2.0, "lr_end": 0.01},
    "inverse_sqrt": {"timescale": 3},
}


@pytest.mark.parametrize("schedule", OPTIONS)
def test_schedules_decay_as_those_of_transformers(schedule: str) -> None:
    import torch
    from transformers import get_scheduler

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    theirs = get_scheduler(
        schedule,
        optimizer,
        num_warmup_steps=0,
        num_training_steps=20,
        scheduler_specific_kwargs=OPTIONS[schedule],
    )
    config = training(
        learning_rate=0.5, warmup_steps=3, schedule=schedule, schedule_options=OPTIONS[schedule]
    )
    for step in range(20):
        expected = theirs.get_last_lr()[0]
        assert lr_at(3 + step, 23, config) == pytest.approx(expected, abs=1e-12)
        optimizer.step()
        theirs.step()


def test_a_stable_schedule_decays_in_its_last_steps_only() -> None:
    config = training(
        learning_rate=1.0,
        schedule="warmup_stable_decay",
        schedule_options={"decay_share": 0.2, "min_lr_ratio": 0.5},
    )
    rates = [lr_at(step, 12, config) for step in range(12)]
    assert rates[2:11] == [1.0] * 9
    assert rates[11] == pytest.approx(0.75)


def test_an_option_that_a_schedule_does_not_have_is_refused() -> None:
    with pytest.raises(ValidationError, match="power is not an option of the schedule linear: it"):
        training(schedule="linear", schedule_options={"power": 2.0})
    with pytest.raises(ValidationError, match="its options are power, lr_end"):
        training(schedule="polynomial", schedule_options={"num_cycles": 2.0})


def test_every_epoch_holds_every_row_once_and_in_another_order() -> None:
    steps = list(steps_of((8,), training(epochs=2), seed=1))
    rows = [row for step in steps for row in step.rows]
    assert sorted(rows[:8]) == sorted(rows[8:]) == list(range(8))
    assert rows[:8] != rows[8:]


def test_a_batch_wraps_into_the_next_epoch() -> None:
    steps = list(steps_of((3,), training(epochs=4), seed=0))
    assert [len(step.rows) for step in steps] == [4, 4, 4]
    rows = [row for step in steps for row in step.rows]
    assert all(sorted(rows[at : at + 3]) == [0, 1, 2] for at in range(0, 12, 3))


def test_resuming_yields_the_same_remaining_steps() -> None:
    config = training(epochs=2.5)
    everything = list(steps_of((7, 5), config, seed=3))
    for start in range(len(everything)):
        assert list(steps_of((7, 5), config, seed=3, start=start)) == everything[start:]


def test_phases_follow_each_other_with_their_own_warm_up() -> None:
    steps = list(steps_of((8, 4), training(epochs=2, learning_rate=1.0), seed=0))
    assert [step.phase for step in steps] == [0, 0, 0, 0, 1, 1]
    assert steps[4].lr == 0.5


@pytest.mark.parametrize(("world_size", "micro"), [(1, 1), (1, 4), (2, 1), (2, 2), (4, 1)])
def test_ranks_share_out_the_same_global_batch(world_size: int, micro: int) -> None:
    rows = (5, 3, 8, 1)
    shared = [
        row
        for rank in range(world_size)
        for part in rows_of_rank(rows, rank=rank, world_size=world_size, micro=micro)
        for row in part
    ]
    assert sorted(shared) == sorted(rows)
