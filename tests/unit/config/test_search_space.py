"""Search spaces that are refused, with the nearest key or the next step."""

from __future__ import annotations

import pytest
from planned_sweeps import make_sweep, plan_of

from codem_ray.errors import ConfigError

LEARNING_RATES = {"training.learning_rate": [1e-5, 2e-5]}


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"space": {"training.learning_rat": [1, 2]}}, "did you mean 'training.learning_rate'"),
        ({"space": {"learning_rate": [1, 2]}}, "did you mean 'training.learning_rate'"),
        ({"space": {"generation.seed": [1, 2]}}, "cannot be searched; .* data.pairs"),
        ({"space": {"training.schedule": ["cosine", "cosin"]}}, "cannot be 'cosin': Input should"),
        ({"space": {"training.learning_rate": [1e-5]}}, "nothing to compare"),
        ({"space": {"training.learning_rate": [1e-5, "1e-5"]}}, "twice"),
        ({"space": {"training.learning_rate": {"low": 2, "high": 1}}}, "low must be smaller"),
        (
            {"space": {"training.learning_rate": {"low": 0, "high": 1, "log": True}}},
            "low above 0",
        ),
        ({"space": {"training.epochs": {"low": 1, "high": 2}}}, "method is grid: list its values"),
        ({"space": LEARNING_RATES, "samples": 3}, "remove samples"),
        ({"space": LEARNING_RATES, "method": "random"}, "samples is missing"),
        ({"scheduler": "asha"}, "space is empty"),
        ({"space": {"data.mixture": [None, {"python": 2}]}}, r"changes nothing in python.*mixed"),
        ({"space": {"data.mixture": [None, {"cobol": 2}]}}, "changes nothing in python"),
        ({"space": LEARNING_RATES, "grace_period": 1.5}, "grace_period"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(
    search: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        make_sweep(search=search)


def test_a_space_of_a_sweep_that_trains_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="the sweep trains none"):
        make_sweep(search={"space": LEARNING_RATES}, sources=["base"])


def test_a_key_that_changes_no_weights_is_refused_by_the_plan() -> None:
    with pytest.raises(ConfigError, match=r"micro_batch_sequences trains the same weights"):
        plan_of(search={"space": {"training.micro_batch_sequences": [1, 2]}})


def test_a_setting_whose_batch_does_not_divide_is_refused_by_the_plan() -> None:
    with pytest.raises(ConfigError, match=r"python batch_sequences=5: .*multiple of 2"):
        plan_of(search={"space": {"training.batch_sequences": [4, 5]}})


def test_a_budget_of_tokens_and_searched_pairs_exclude_each_other() -> None:
    changes: dict[str, object] = {"data.pairs": None, "data.target_tokens": 1000}
    with pytest.raises(ConfigError, match="set only one of them"):
        make_sweep(search={"space": {"data.pairs": [10, 20]}}, **changes)
