"""Real code models' architectures, tiny and random, are tuned, exported, loaded and resumed."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_architectures import ENDS_AFTER, REAL, Tuned, tune, write_real_model

from codem_ray.models.check import check_base_model

# peft says so of experts, to which `all-linear` adds no adapters.
pytestmark = pytest.mark.filterwarnings("ignore:The following .*_pattern keys:RuntimeWarning")

FAST = {"StarCoder", "SmolLM"}
"""Models that are tried in every run of the tests."""
NAMES = [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in REAL]


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["full", "lora"])
def tuned(
    request: pytest.FixtureRequest, name: str, tmp_path_factory: pytest.TempPathFactory
) -> Tuned:
    result = tune(tmp_path_factory.mktemp(request.param), name, request.param)
    print(name, request.param, result)
    return result


def test_the_base_model_is_accepted(name: str, tmp_path: Path) -> None:
    check_base_model(str(write_real_model(tmp_path, name)), is_trained=True)


def test_its_documents_are_packed(tuned: Tuned) -> None:
    assert tuned.obstacle == ""


def test_the_export_alone_writes_what_the_trained_model_wrote(tuned: Tuned) -> None:
    assert tuned.generations_equal
    assert tuned.has_changed


def test_a_fine_tune_that_is_broken_off_twice_ends_with_the_same_weights(tuned: Tuned) -> None:
    assert tuned.resumes == (2 * ENDS_AFTER,)
    assert tuned.resume_difference == 0
