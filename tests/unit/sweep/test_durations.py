"""Estimates of a sweep's hours and cost."""

from __future__ import annotations

import pytest

from codem_ray.cli.main import main
from codem_ray.config import load_sweep
from codem_ray.sweep.durations import SweepTime, estimate_time


def estimate(*overrides: str, name: str = "starter-full", **changes: int) -> SweepTime:
    numbers = {
        "parameters": 2_500_000,
        "num_trained": 9,
        "trained_tokens": 400_000,
        "completions": 2_200,
        "answers": 0,
    }
    return estimate_time(load_sweep(name, list(overrides)), **(numbers | changes))


def test_time_is_near_what_ten_trials_of_the_starter_model_took() -> None:
    # Measured: 8 to 10 minutes on two cores.
    time = estimate("resources.workers=2")
    assert time.device == "core"
    assert 6 < 60 * time.hours < 18
    assert time.device_hours == pytest.approx(2 * time.hours)


def test_trials_of_one_worker_cost_less_because_their_process_is_warm() -> None:
    one, two = (estimate(f"resources.workers={workers}") for workers in (1, 2))
    core_hours = 2 * two.training_hours - one.training_hours
    assert core_hours == pytest.approx(9 * (2 * 30 - 6) / 3600)


def test_time_grows_with_tokens_answers_and_completions() -> None:
    plain = estimate()
    assert estimate(trained_tokens=800_000_000).training_hours > 10 * plain.training_hours
    assert estimate(answers=10_000_000).generation_hours > plain.generation_hours
    assert estimate(completions=0).execution_hours == 0


def test_gpus_share_training_and_count_in_the_cost() -> None:
    one, eight = (
        estimate(
            f"resources.workers={workers}",
            "resources.gpus_per_worker=1",
            parameters=7_000_000_000,
            trained_tokens=10**9,
        )
        for workers in (1, 8)
    )
    assert (one.device, eight.device) == ("GPU", "GPU")
    assert one.training_hours == pytest.approx(8 * eight.training_hours, rel=0.05)
    assert eight.device_hours > eight.training_hours * 8
    faster = estimate("generation.engine=vllm", "resources.gpus_per_worker=1")
    assert faster.generation_hours < estimate("resources.gpus_per_worker=1").generation_hours


def test_plan_prints_hours_and_the_cost_at_a_price(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "starter-full", "--price", "2.5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("time          ~") and "training" in line for line in lines)
    assert any("core hours" in line and "at 2.5 an hour" in line for line in lines)
