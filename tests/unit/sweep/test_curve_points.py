"""Points of a training curve."""

from __future__ import annotations

from typing import Any

import pytest

from codem_ray.sweep.curve_points import MAX_POINTS, curve_points, is_kept


def report(node: str, steps: range, total: int, **system: float) -> dict[str, Any]:
    return {
        "recent": [
            {"step": step, "time": 100.0 + step, "loss": 1.0 / step, "lr": 1e-4 / step}
            for step in steps
        ],
        "steps": total,
        "tokens_per_second": 7.0,
        "figures": {"target_share": 0.5, "seconds/data": 2.0},
        "memory": {"memory_megabytes": float(ord(node))},
        "node": node,
        "system": system,
    }


def test_each_step_of_a_short_fine_tune_has_its_own_time() -> None:
    points = curve_points([report("a", range(3, 6), 9, cpu=50.0)])
    assert [(point["step"], point["time"]) for point in points] == [(3, 103), (4, 104), (5, 105)]
    assert "tokens_per_second" not in points[0]
    assert points[-1]["tokens_per_second"] == 7.0
    assert points[-1]["system/cpu"] == 50.0


def test_figures_are_stored_with_the_last_kept_step_and_memory_is_the_largest() -> None:
    first, last = curve_points([report(node, range(1, 3), 9) for node in ("a", "z", "b")])
    assert "target_share" not in first
    assert (last["target_share"], last["seconds/data"]) == (0.5, 2.0)
    assert last["memory_megabytes"] == ord("z")


def test_a_kept_step_keeps_its_own_learning_rate() -> None:
    (point,) = curve_points([report("a", range(1000, 1002), 2000)])
    assert (point["step"], point["lr"]) == (1000, 1e-4 / 1000)


def test_every_step_with_a_held_out_loss_is_kept() -> None:
    latest = report("a", range(1001, 1005), 100_000)
    latest["recent"][1] |= {"heldout_loss": 2.0, "heldout_loss/c": 2.0}
    (point,) = curve_points([latest])
    assert (point["step"], point["heldout_loss/c"]) == (1002, 2.0)
    assert point["target_share"] == 0.5


def test_ranks_of_one_node_share_its_load_and_several_nodes_are_named() -> None:
    first = report("a", range(1, 2), 9, cpu=50.0, gpu_0=1.0)
    second = report("a", range(1, 2), 9, cpu=50.0, gpu_1=2.0)
    (point,) = curve_points([first, second])
    assert {name for name in point if name.startswith("system/")} == {
        "system/cpu",
        "system/gpu_0",
        "system/gpu_1",
    }
    other = report("b", range(1, 2), 9, cpu=10.0)
    (point,) = curve_points([first, other])
    assert (point["system/a/cpu"], point["system/b/cpu"]) == (50.0, 10.0)


@pytest.mark.parametrize("steps", [1, 2, 499, 500, 501, 12345])
def test_a_long_curve_keeps_its_ends_and_about_as_many_steps_as_allowed(steps: int) -> None:
    kept = [step for step in range(1, steps + 1) if is_kept(step, steps)]
    assert (kept[0], kept[-1]) == (1, steps)
    assert len(kept) == len(set(kept)) <= MAX_POINTS + 2
    assert steps > MAX_POINTS or len(kept) == steps


def test_a_report_without_a_kept_step_adds_no_point() -> None:
    assert curve_points([report("a", range(2, 3), 5000)]) == []
