"""What every training method does, on a small model of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from local_ranks import train_locally
from recorded_training import MODELS, STEPS, recorded_spec
from safetensors.torch import load_file

from codem_ray.config import GenerationConfig
from codem_ray.generation.engine import ModelSpec, Request
from codem_ray.generation.engine_registry import load_engine
from codem_ray.models.adapters import is_adapter, load_causal_model, merge_adapter
from codem_ray.models.check import check_model_files
from codem_ray.training.method_registry import METHODS
from codem_ray.training.training_spec import TrainingSpec

TOLERANCE = 1e-5
IDS = torch.arange(2, 60)[None]


@pytest.fixture(scope="module", params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    """Each method that can train here."""
    spec = METHODS[request.param]
    if missing := spec.missing_packages():
        pytest.skip(f"{', '.join(missing)}: not installed")
    if spec.needs_gpu and not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    return spec.name


@pytest.fixture(scope="module", params=MODELS)
def trained(
    request: pytest.FixtureRequest, method: str, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, TrainingSpec]:
    """Fine-tunes of one model by one method, by their label."""
    root, name = tmp_path_factory.mktemp(method), request.param
    settings: dict[str, dict[str, Any]] = {
        "whole": {"checkpoint_every_steps": 8},
        "halved": {"micro_batch_sequences": 2},
        "zero-3": {"zero_stage": 3},
    }
    specs = {
        label: recorded_spec(root, name, label, method=method, learning_rate=5e-3, **changes)
        for label, changes in settings.items()
    }
    specs["resumed"] = replace(specs["whole"], export_folder=str(root / "resumed"))
    facts = dict(zip(specs, train_locally(list(specs.values()), workers=1), strict=True))
    assert {fact["steps"] for fact in facts.values()} == {STEPS}
    assert facts["resumed"]["resumed_from_step"] == 16
    return specs


def exported(spec: TrainingSpec) -> Mapping[str, torch.Tensor]:
    """Return the weights in an export."""
    (file,) = Path(spec.export_folder).glob("*.safetensors")
    weights: Mapping[str, torch.Tensor] = load_file(file)
    return weights


def difference(one: TrainingSpec, other: TrainingSpec) -> float:
    """Return the largest difference of what two models compute."""
    first, second = (load_causal_model(spec.export_folder).eval() for spec in (one, other))
    with torch.no_grad():
        return float((first(IDS).logits - second(IDS).logits).abs().max())


def test_the_export_is_a_model_that_differs_from_its_base(
    trained: Mapping[str, TrainingSpec],
) -> None:
    spec = trained["whole"]
    check_model_files(spec.export_folder)
    base = load_causal_model(spec.base_model).eval()
    tuned = load_causal_model(spec.export_folder).eval()
    with torch.no_grad():
        assert (tuned(IDS).logits - base(IDS).logits).abs().max() > 0.01


def test_the_export_writes_completions(trained: Mapping[str, TrainingSpec]) -> None:
    folder = trained["whole"].export_folder
    engine = load_engine(ModelSpec(path=folder, num_threads=1, precision="fp32"), "transformers")
    config = GenerationConfig(max_new_tokens=8)
    (completion,) = engine.complete([Request(task_id="t", prompt="def f(")], config)
    assert completion.completion_tokens > 0


def test_micro_batches_and_zero_stages_change_no_output(
    trained: Mapping[str, TrainingSpec],
) -> None:
    for label in ("halved", "zero-3"):
        assert difference(trained["whole"], trained[label]) < 100 * TOLERANCE, label


def test_a_resumed_fine_tune_ends_with_the_same_weights(
    trained: Mapping[str, TrainingSpec],
) -> None:
    whole, resumed = exported(trained["whole"]), exported(trained["resumed"])
    assert whole.keys() == resumed.keys()
    for name, weight in whole.items():
        assert torch.equal(weight, resumed[name]), name


def test_an_adapter_is_small_and_answers_like_the_merged_model(
    trained: Mapping[str, TrainingSpec], method: str, tmp_path: Path
) -> None:
    spec = trained["whole"]
    assert is_adapter(spec.export_folder) is METHODS[method].exports_adapter
    if not METHODS[method].exports_adapter:
        return
    merged = merge_adapter(Path(spec.export_folder), tmp_path / "merged")
    check_model_files(str(merged), is_trained=True)
    assert difference(spec, replace(spec, export_folder=str(merged))) == 0
