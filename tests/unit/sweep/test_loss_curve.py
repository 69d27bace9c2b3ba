"""The training curve in the facts of an export."""

from __future__ import annotations

import pytest

from codem_ray.errors import StorageError
from codem_ray.sweep.sweep_report import _loss_curve


def test_points_without_a_loss_are_left_out() -> None:
    curve = [{"step": 1, "loss": 2.5, "lr": 0.1}, {"step": 2, "lr": 0.1}]
    assert _loss_curve("java", {"curve": curve}) == [(1, 2.5)]
    assert _loss_curve("java", {}) == []


@pytest.mark.parametrize("curve", [None, [3], [{"loss": 1.0}], [{"step": None, "loss": 1.0}]])
def test_damaged_curve_is_named_with_its_trial(curve: object) -> None:
    with pytest.raises(StorageError, match=r"training curve of java .* is damaged .*: remove the"):
        _loss_curve("java", {"curve": curve})
