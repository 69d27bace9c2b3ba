"""Models whose config and weights do not fit together are refused before training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_models import write_tiny_model

from codem_ray.errors import ModelLoadError
from codem_ray.models.check import check_base_model


def change(folder: Path, **settings: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"intermediate_size": 128}, r"weights have another shape .*\[32, 64\] instead of"),
        ({"hidden_act": "silly"}, "cannot make this model of its config.json: KeyError: 'silly'"),
        ({"attention_bias": True}, r"lacks \d+ of its weights \(model\.layers\.0\..*bias"),
    ],
)
def test_a_config_that_does_not_fit_the_weights_is_refused(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    folder = write_tiny_model(tmp_path / "model", "Llama")
    change(folder, **settings)
    with pytest.raises(ModelLoadError, match=message):
        check_base_model(str(folder), is_trained=True)


@pytest.mark.parametrize("name", ["Llama", "OPT", "Falcon"])
def test_a_model_that_fits_is_accepted_whatever_its_own_choices(tmp_path: Path, name: str) -> None:
    folder = write_tiny_model(tmp_path / "model", name)
    change(folder, attn_implementation="flash_attention_2", dtype="bfloat16")
    (folder / "generation_config.json").write_text('{"temperature": 0.6, "top_k": "many"}')
    check_base_model(str(folder), is_trained=True)
