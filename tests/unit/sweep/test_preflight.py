"""Checks before a sweep starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from planned_sweeps import make_sweep, plan_of

from codem_ray.errors import ConfigError, EnvironmentLackError, ModelLoadError
from codem_ray.generation import engine
from codem_ray.storage import Storage
from codem_ray.sweep import preflight
from codem_ray.sweep.placement import NodeView
from codem_ray.sweep.preflight import check_models


def test_missing_and_incomplete_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sources: ext: model"):
        plan_of(sources=["base", {"name": "ext", "model": str(tmp_path / "gone")}])
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    with pytest.raises(ModelLoadError, match=r"no \*\.safetensors"):
        plan_of(base_model__path=str(tmp_path / "model"))


def test_the_length_of_training_is_checked_only_if_something_is_trained() -> None:
    long = {"data.max_tokens": 2048, "generation.max_new_tokens": 128}
    check_models(make_sweep(**long, sources=["base"]), is_offline=True)
    with pytest.raises(ConfigError, match=r"data\.max_tokens is 2048"):
        check_models(make_sweep(**long, sources=["base", "python"]), is_offline=True)
    with pytest.raises(ConfigError, match=r"data\.max_tokens is 2048"):
        plan_of(data__max_tokens=2048)


@pytest.mark.parametrize("uri", ["foo://x", "mlflow.db"])
def test_a_tracking_uri_without_a_store_is_refused(uri: str) -> None:
    with pytest.raises(ConfigError, match=r"tracking\.uri is .*sqlite:////path"):
        plan_of(tracking__uri=uri)


@pytest.mark.parametrize("uri", ["sqlite:////a/b.db", "https://host:5000", "mysql+pymysql://h/d"])
def test_tracking_uris_of_mlflow_are_accepted(uri: str) -> None:
    assert plan_of(tracking__uri=uri).trials


def test_an_engine_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    sweep = make_sweep(**{"generation.engine": "vllm"})
    with pytest.raises(EnvironmentLackError, match=r"vllm, which needs vllm: pip install"):
        preflight.check_environment(
            sweep,
            targets=[],
            storage=Storage(str(tmp_path)),
            nodes=[NodeView(node_id="a", total={"CPU": 8.0}, free={})],
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"generation.tensor_parallel": 2, "resources.gpus_per_worker": 1},
            r"generation\.tensor_parallel is 2, but the engine transformers .*to vllm$",
        ),
        (
            {"generation.max_model_len": 600, "generation.engine": "transformers"},
            r"generation\.max_model_len is 600, but the engine transformers does not support",
        ),
        (
            {"generation.tensor_parallel": 2, "generation.engine": "vllm"},
            r"tensor_parallel is 2, but resources\.gpus_per_worker is 0",
        ),
    ],
)
def test_keys_that_an_engine_cannot_obey_are_refused_by_plan(
    settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        plan_of(**{key.replace(".", "__"): value for key, value in settings.items()})


def test_keys_of_vllm_are_accepted_for_vllm() -> None:
    assert plan_of(
        generation__engine="vllm",
        generation__tensor_parallel=2,
        generation__gpu_memory_utilization=0.8,
        generation__max_model_len=2000,
        resources__gpus_per_worker=1,
    ).trials


def test_a_length_without_room_for_prompts_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"max_model_len is 512, which leaves no room"):
        make_sweep(**{"generation.max_model_len": 512, "generation.max_new_tokens": 512})
