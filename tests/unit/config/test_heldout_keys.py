"""Keys that need pairs held out of all sources."""

from __future__ import annotations

import pytest

from codem_ray.config import load_sweep
from codem_ray.errors import ConfigError
from codem_ray.sweep.heldout_tokens import own_languages


@pytest.mark.parametrize(
    "key",
    ["training.patience=2", "training.eval_steps=5", "search.space={training.patience: [1, 2]}"],
)
def test_patience_and_evaluation_steps_need_held_out_pairs(key: str) -> None:
    with pytest.raises(ConfigError, match=r"no pairs are held out.*evaluation\.loss\.pairs"):
        load_sweep("quickstart", [key])
    load_sweep("quickstart", [key, "evaluation.loss={pairs: 4}"])


def test_the_loss_of_a_source_is_that_of_its_own_languages() -> None:
    sources = "sources=[base, python, go, mixed, [c, java], prose]"
    sweep = load_sweep("quickstart", [sources, "data.mixture={java: 1, python: 2}"])
    held = ("python", "java", "c")
    assert own_languages(sweep, "python", held) == ("python",)
    assert own_languages(sweep, "mixed", held) == ("python", "java")
    assert own_languages(sweep, "c-then-java", held) == ("c", "java")
    # Sources without a held-out language are measured on all.
    assert own_languages(sweep, "go", held) == own_languages(sweep, "prose", held) == held
