"""Which checkpoint a fine-tune goes on from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codem_ray.training.checkpoint_names import CheckpointForm, CheckpointName, parse_name
from codem_ray.training.checkpoint_store import FoundCheckpoint
from codem_ray.training.resume import choose
from codem_ray.training.universal_checkpoint import needs_conversion, obstacle

TWO = CheckpointForm(ranks=2, zero_stage=2, optimizer="adamw")


def found(step: int, form: CheckpointForm = TWO) -> FoundCheckpoint:
    name = CheckpointName(step=step, ranks=form.ranks, attempt="0123abcd")
    return FoundCheckpoint(name=name, form=form)


def test_names_say_step_ranks_and_attempt() -> None:
    name = CheckpointName(step=120, ranks=16, attempt="0123abcd")
    assert str(name) == "step-00000120-of-16-0123abcd"
    assert parse_name(str(name)) == name
    assert parse_name(".staging") is None


def test_the_newest_checkpoint_is_used_without_a_word() -> None:
    choice = choose([found(8), found(4)], [], TWO)
    assert choice.found == found(8)
    assert choice.notes == ()


def test_a_damaged_checkpoint_is_named_with_the_step_that_is_used_instead() -> None:
    choice = choose([found(4)], ["step-8 is damaged"], TWO)
    assert choice.found == found(4)
    assert choice.notes == ("the checkpoint step-8 is damaged", "training goes on from step 4")


@pytest.mark.parametrize("stages", [(1, 1), (2, 2), (3, 3), (1, 2), (2, 1)])
@pytest.mark.parametrize("other", [1, 3])
def test_another_number_of_workers_needs_a_conversion(stages: tuple[int, int], other: int) -> None:
    written = replace(TWO, zero_stage=stages[0])
    wanted = replace(TWO, zero_stage=stages[1], ranks=other)
    assert needs_conversion(written, wanted)
    assert obstacle(written, wanted) == ""
    assert choose([found(8, written)], [], wanted).found == found(8, written)


def test_stage_0_is_loaded_by_any_number_of_workers() -> None:
    undivided = replace(TWO, zero_stage=0)
    assert not needs_conversion(undivided, replace(undivided, ranks=4))


@pytest.mark.parametrize(
    ("written", "wanted", "reason"),
    [
        (TWO, replace(TWO, zero_stage=0), "from 1 to 2 or from 2 to 1 only"),
        (replace(TWO, zero_stage=3), TWO, "at ZeRO stage 3, and this attempt trains by 2 workers"),
        (replace(TWO, optimizer="sgd"), replace(TWO, optimizer="sgd", ranks=1), "is sgd"),
    ],
)
def test_a_checkpoint_that_cannot_be_used_is_named_with_the_reason(
    written: CheckpointForm, wanted: CheckpointForm, reason: str
) -> None:
    choice = choose([found(8, written)], [], wanted)
    assert choice.found is None
    assert "the checkpoint of step 8 cannot be used" in choice.notes[0]
    assert reason in choice.notes[0]
    assert choice.notes[1] == "training starts at step 0"
