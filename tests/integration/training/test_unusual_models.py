"""Fine-tunes of models whose documents cannot be packed, or whose settings cannot be saved."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import transformers
from built_tokens import build_tokens
from example_pairs import make_pair
from tiny_models import write_tiny_model

from codem_ray.models.tokenizer import load_tokenizer
from codem_ray.runtime.train import run_training
from codem_ray.training.training_spec import TrainingSpec

from .conftest import TRAINING, Kit

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_session")]


def test_a_leaking_model_trains_on_one_document_in_a_row_and_its_export_loads(
    kit: Kit, tmp_path: Path
) -> None:
    folder = write_tiny_model(tmp_path / "model", "OPT")
    (folder / "generation_config.json").write_text('{"eos_token_id": 1, "temperature": 0.6}')
    pairs = [make_pair(n, f"add {n}", f"def f(a): return a + {n}" * (1 + n % 3)) for n in range(9)]
    build_tokens(
        pairs,
        tmp_path / "tokens",
        tokenizer=load_tokenizer(str(folder)),
        template="{{ instruction }}:",
        max_tokens=128,
        is_packed=False,
    )
    spec: TrainingSpec = kit.spec(
        "opt",
        TRAINING.model_copy(update={"epochs": 1.0}),
        base_model=str(folder),
        tokens_folders=(str(tmp_path / "tokens"),),
    )
    result = run_training(spec)
    assert not result.is_packed
    assert result.attention.startswith("sdpa: no flash attention")
    # Nine documents in batches of four.
    assert result.steps == 3
    model = transformers.AutoModelForCausalLM.from_pretrained(spec.export_folder)
    base = transformers.AutoModelForCausalLM.from_pretrained(folder)
    assert not torch.equal(model.lm_head.weight, base.lm_head.weight)
    assert model.generation_config.eos_token_id == 1
    assert model.generation_config.temperature in (None, 1.0)
