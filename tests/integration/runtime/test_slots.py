"""Slots that trials wait for and release."""

from __future__ import annotations

import pytest

from codem_ray.errors import ResourceError
from codem_ray.runtime.slots import Slots

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_session")]


def test_a_slot_is_held_by_one_trial_until_it_is_released() -> None:
    slots = Slots("training", 1)
    with slots.holding("a", timeout_seconds=5):
        with slots.holding("a", timeout_seconds=5):
            pass
        with slots.holding("a", timeout_seconds=5), pytest.raises(ResourceError, match="b waited"):
            slots.holding("b", timeout_seconds=0.1).__enter__()
    with slots.holding("b", timeout_seconds=5):
        slots.release("b")
        with slots.holding("c", timeout_seconds=5):
            pass
