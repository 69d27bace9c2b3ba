"""What is known of an architecture without loading a model, and what the plan makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_folders import write_model
from planned_sweeps import plan_of

from codem_ray.errors import ModelLoadError
from codem_ray.sweep.sweep_plan import SweepPlan
from codem_ray.training import architecture
from codem_ray.training.architecture import NOT_PACKABLE, PACKABLE, expected_architecture

SOURCES = ["base", "python"]


@pytest.fixture(autouse=True)
def light_installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is measured, and no measurement of this machine is found."""
    monkeypatch.setattr(architecture, "_transformers_version", lambda: "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def plan(folder: Path, *, engine: str = "transformers", **config: object) -> SweepPlan:
    path = write_model(folder, **config)
    return plan_of(base_model__path=str(path), sources=SOURCES, generation__engine=engine)


def test_no_type_is_listed_twice() -> None:
    assert not PACKABLE & NOT_PACKABLE


def test_a_packable_type_needs_no_note(tmp_path: Path) -> None:
    assert not any("row" in note for note in plan(tmp_path / "model").notes)


def test_a_leaking_type_trains_on_one_document_in_a_row(tmp_path: Path) -> None:
    packed = plan(tmp_path / "packed").trials[1]
    made = plan(tmp_path / "opt", model_type="opt")
    assert any("each document gets a row of its own" in note for note in made.notes)
    # 50 pairs in batches of 32 rows, for three epochs.
    assert (packed.steps, made.trials[1].steps) == (2, 5)
    assert made.trials[1].tokens == 50 * 256


def test_the_form_of_the_rows_changes_the_trial_but_not_the_untuned_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_model(tmp_path / "model")
    packed = plan_of(base_model__path=str(path), sources=SOURCES)
    monkeypatch.setattr(architecture, "PACKABLE", PACKABLE - {"llama"})
    monkeypatch.setattr(architecture, "NOT_PACKABLE", NOT_PACKABLE | {"llama"})
    unpacked = plan_of(base_model__path=str(path), sources=SOURCES)
    assert packed.trials[0].trial_id == unpacked.trials[0].trial_id
    assert packed.trials[1].trial_id != unpacked.trials[1].trial_id


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "mamba"},
        {"model_type": "new_hybrid", "layer_types": ["conv", "full_attention"]},
        {"text_config": {"model_type": "jamba", "vocab_size": 8}},
    ],
)
def test_recurrent_models_are_refused_for_an_engine_that_cannot_batch_them(
    tmp_path: Path, config: dict[str, object]
) -> None:
    with pytest.raises(ModelLoadError, match=r"recurrent layers .*set generation\.engine to vllm"):
        plan(tmp_path / "model", **config)
    notes = plan(tmp_path / "again", engine="vllm", **config).notes
    assert any("a row of its own" in note for note in notes)


def test_an_unknown_type_is_left_to_run(tmp_path: Path) -> None:
    notes = plan(tmp_path / "model", model_type="brand_new").notes
    assert any("`run` measures before training" in note and "brand_new" in note for note in notes)


def test_a_measurement_is_kept_and_outweighs_the_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(write_model(tmp_path / "model"))
    known = expected_architecture(path, revision=None, trust_remote_code=False)
    assert known.is_packable
    assert not known.is_measured
    cached = architecture._cache_file(architecture.model_config(path))
    cached.parent.mkdir(parents=True)
    cached.write_text(
        '{"model_type": "llama", "is_packable": false, "is_recurrent": false, "obstacle": "x"}'
    )
    measured = expected_architecture(path, revision=None, trust_remote_code=False)
    assert measured.is_measured
    assert not measured.is_packable
    # A damaged cache is measured again.
    cached.write_text("{")
    assert expected_architecture(path, revision=None, trust_remote_code=False) == known
