"""The settings that a search compares, and the trials that they become."""

from __future__ import annotations

import math

import pytest
from planned_sweeps import make_sweep, plan_of

from codem_ray.errors import ConfigError
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.search_settings import searched_rows, settings_of, short_names
from codem_ray.sweep.sweep_plan import TrialKind

RATES = {"training.learning_rate": [1e-3, "3e-3"]}


def test_a_grid_has_a_row_for_each_source_and_combination() -> None:
    space = RATES | {"data.mixture": [None, {"python": 2, "go": 1}]}
    rows = searched_rows(make_sweep(search={"space": space}, sources=["python", "mixed"]))
    assert [row.name for row in rows] == [
        "python learning_rate=0.001",
        "python learning_rate=0.003",
        "mixed learning_rate=0.001 mixture=null",
        "mixed learning_rate=0.001 mixture=python:2+go:1",
        "mixed learning_rate=0.003 mixture=null",
        "mixed learning_rate=0.003 mixture=python:2+go:1",
    ]


def test_keys_that_end_alike_are_named_whole() -> None:
    keys = dict.fromkeys(("training.lora.dropout", "training.dropout", "data.pairs"))
    assert list(short_names(keys).values()) == [
        "training.lora.dropout",
        "training.dropout",
        "pairs",
    ]


def test_random_draws_are_those_of_their_seed_within_the_range_and_shared_by_sources() -> None:
    space = {
        "training.learning_rate": {"low": 1e-5, "high": 1e-2, "log": True},
        "data.pairs": {"low": 10, "high": 50},
        "training.schedule": ["cosine", "constant"],
    }
    search = {"space": space, "method": "random", "samples": 20}
    sweep = make_sweep(search=search, sources=["python", "union"])
    drawn = settings_of(sweep, "python")
    assert drawn == settings_of(make_sweep(search=search), "python")
    assert drawn != settings_of(make_sweep(search={**search, "seed": 1}), "python")
    rates = [setting["training.learning_rate"] for setting in drawn]
    assert all(1e-5 <= rate <= 1e-2 for rate in rates)
    # Uniform in the logarithm: about half are below the geometric mean.
    assert 4 <= sum(rate < math.sqrt(1e-5 * 1e-2) for rate in rates) <= 16
    assert all(isinstance(setting["data.pairs"], int) for setting in drawn)
    # `union` takes all pairs, so its settings differ in the other keys alone.
    assert settings_of(sweep, "union") == [
        {key: value for key, value in setting.items() if key != "data.pairs"} for setting in drawn
    ]


def test_a_setting_is_the_trial_of_a_sweep_with_these_values() -> None:
    plan = plan_of(search={"space": RATES | {"data.pairs": [20, 30]}})
    trained = [trial for trial in plan.trials if trial.kind is TrialKind.TRAINED]
    # Plans are keys, and a mapping has no hash.
    assert len(set(trained)) == len({trial.trial_id for trial in trained}) == 4
    plain = plan_of(training__learning_rate=3e-3, data__pairs=20)
    (alone,) = (trial for trial in plain.trials if trial.kind is TrialKind.TRAINED)
    (same,) = (trial for trial in trained if trial.trial_id == alone.trial_id)
    assert same.source == "python learning_rate=0.003 pairs=20"
    assert (same.pairs, same.pairs_source, alone.source) == (20, "python", "python")


def test_packed_tokens_are_those_of_the_setting() -> None:
    inputs = plan_offline(make_sweep(search={"space": {"data.pairs": [20, 30]}}))
    keys = inputs.tokens_keys
    assert set(keys) == {"python pairs=20", "python pairs=30"}
    assert keys["python pairs=20"] != keys["python pairs=30"]
    plain = plan_offline(make_sweep(**{"data.pairs": 20}))
    assert plain.tokens_keys["python"] == keys["python pairs=20"]


def test_a_grid_of_too_many_settings_is_refused() -> None:
    space = {
        "training.learning_rate": [n * 1e-6 for n in range(1, 101)],
        "training.epochs": list(range(1, 12)),
    }
    with pytest.raises(ConfigError, match=r"1100 settings of python.*random"):
        plan_of(search={"space": space})
