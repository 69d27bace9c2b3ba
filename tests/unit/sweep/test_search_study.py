"""Settings that Optuna chooses: reproducible, within the space, near the best, kept in storage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from planned_sweeps import make_sweep

from codem_ray.config import Setting, Sweep
from codem_ray.storage import Storage
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.search_results import SettingResult
from codem_ray.sweep.search_settings import row_name
from codem_ray.sweep.search_study import ask_more, read_asked

pytest.importorskip("optuna", reason="Optuna comes with the training installation")

RATE, SCHEDULE = "training.learning_rate", "training.schedule"
SPACE = {RATE: {"low": 1e-6, "high": 1e-1, "log": True}, SCHEDULE: ["cosine", "constant"]}


def searched(samples: int = 12, space: Any = None, **changes: Any) -> Sweep:
    search = {"space": space or SPACE, "method": "optuna", "samples": samples}
    return make_sweep(search=search, sources=["python"], **changes)


def loss_of(setting: Setting) -> float:
    """Return a loss that is lowest at a learning rate of 1e-3 with a constant schedule."""
    return abs(math.log10(setting[RATE]) + 3) + (setting[SCHEDULE] == "cosine")


def results_of(sweep: Sweep, settings: Sequence[Setting], state: str = "") -> list[SettingResult]:
    return [
        SettingResult(
            source="python",
            setting=row_name(sweep, "python", setting).removeprefix("python "),
            state=state or ("trained" if loss_of(setting) < 2 else "stopped early"),
            loss=loss_of(setting),
            metric="training loss",
            step=10,
            steps=20,
        )
        for setting in settings
    ]


def test_later_settings_are_nearer_to_the_best_ones(tmp_path: Path) -> None:
    sweep, storage = searched(40), Storage(str(tmp_path))
    asked = ask_more(storage, sweep, {}, ())
    sizes = [len(asked["python"])]
    while True:
        more = ask_more(storage, sweep, asked, results_of(sweep, asked["python"]))
        if more == asked:
            break
        asked = more
        sizes.append(len(asked["python"]))
    assert sizes == [10, 20, 30, 40]
    losses = [loss_of(setting) for setting in asked["python"]]
    assert sum(losses[-10:]) < 0.6 * sum(losses[:10])
    assert all(1e-6 <= setting[RATE] <= 1e-1 for setting in asked["python"])
    # Another run makes the same choices.
    again = ask_more(Storage(str(tmp_path / "again")), sweep, {}, ())
    assert again["python"] == asked["python"][:10]


def test_choices_are_kept_and_are_trials_of_the_plan(tmp_path: Path) -> None:
    sweep = searched(**{"storage.path": str(tmp_path)})
    storage = Storage(str(tmp_path / "planned"))
    assert read_asked(storage, sweep) == {}
    assert "optuna chooses 12 settings" in " ".join(plan_offline(sweep).plan.notes)
    assert plan_offline(sweep).plan.trials == ()
    asked = ask_more(storage, sweep, {}, ())
    assert read_asked(storage, sweep) == asked
    assert [trial.setting for trial in plan_offline(sweep).plan.trials] == asked["python"]
    assert read_asked(storage, make_sweep()) is None


def test_a_space_with_fewer_settings_than_samples_ends_when_all_are_chosen(tmp_path: Path) -> None:
    space = {SCHEDULE: ["cosine", "constant"], "training.epochs": [1, 2]}
    sweep, storage = searched(12, space), Storage(str(tmp_path))
    asked = ask_more(storage, sweep, {}, ())
    for _ in range(4):
        results = [
            SettingResult(
                source="python",
                setting=row_name(sweep, "python", setting).removeprefix("python "),
                state="diverged" if number else "trained",
                loss=None if number else 1.0,
                metric="training loss",
                step=0,
                steps=20,
            )
            for number, setting in enumerate(asked["python"])
        ]
        asked = ask_more(storage, sweep, asked, results)
    settings = asked["python"]
    assert len(settings) <= 4
    assert all(setting not in settings[:number] for number, setting in enumerate(settings))


def test_settings_that_failed_are_not_chosen_again(tmp_path: Path) -> None:
    sweep, storage = searched(8), Storage(str(tmp_path))
    asked = ask_more(storage, sweep, {}, ())
    more = ask_more(storage, sweep, asked, results_of(sweep, asked["python"], "not trained yet"))
    assert len(more["python"]) == 4
    assert more["python"][:2] == asked["python"]
