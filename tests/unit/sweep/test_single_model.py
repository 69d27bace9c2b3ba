"""Defaults for scoring one model."""

from __future__ import annotations

import pytest

from codem_ray.errors import ConfigError
from codem_ray.sweep.single_model import benchmarks_of_targets, default_max_new_tokens


def test_default_completion_length_fits_a_short_context() -> None:
    assert default_max_new_tokens("starter") == 128
    assert default_max_new_tokens("org/model") == 512


def test_targets_without_published_data_use_the_starter_kit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CODEM_RAY_DATA", raising=False)
    assert benchmarks_of_targets(["py", "go"]) == ["starter-python", "starter-go"]
    with pytest.raises(ConfigError, match="cobol"):
        benchmarks_of_targets(["cobol"])
