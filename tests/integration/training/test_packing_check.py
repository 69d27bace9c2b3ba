"""The measurement that tells whether documents can be packed, and the choices that follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from built_tokens import build_tokens
from example_pairs import make_pair
from tiny_models import tiny_config, write_tiny_model

from codem_ray.errors import ModelLoadError
from codem_ray.models.generation_settings import make_saveable, reduced_generation_config
from codem_ray.models.tokenizer import load_tokenizer
from codem_ray.tokens.packed_rows import load_tokens
from codem_ray.training import packing_check
from codem_ray.training.loss import target_loss_sum
from codem_ray.training.model_form import model_form
from codem_ray.training.packing_check import (
    TOLERANCE,
    measure_architecture,
    measure_packing,
)
from codem_ray.training.tiny_config import tiny_settings

PAIRS = [make_pair(n, f"add {n}", f"def f(a): return a + {n}" * (1 + n % 3)) for n in range(9)]


@pytest.mark.parametrize(
    ("name", "is_packable"),
    [("Llama", True), ("GPTBigCode", True), ("OPT", False), ("LFM2", False), ("Mamba", False)],
)
def test_leaking_architectures_are_found(name: str, is_packable: bool) -> None:
    measure = measure_packing(tiny_config(name, vocab_size=258))
    assert (not measure.obstacle) is is_packable
    assert measure.padding is not None
    assert measure.padding < TOLERANCE


def test_large_configs_are_measured_on_a_small_model() -> None:
    seventy_billion = transformers.LlamaConfig(
        hidden_size=8192,
        intermediate_size=28672,
        num_hidden_layers=80,
        num_attention_heads=64,
        num_key_value_heads=8,
        vocab_size=128256,
    )
    settings = next(iter(tiny_settings(seventy_billion.to_dict())))
    assert (settings["num_hidden_layers"], settings["num_key_value_heads"]) == (2, 2)
    assert not measure_packing(seventy_billion).obstacle


def test_a_small_model_keeps_every_kind_of_layer() -> None:
    kinds = [*["conv"] * 5, "full_attention"] * 3
    config = transformers.Lfm2Config(num_hidden_layers=18, layer_types=kinds)
    settings = next(iter(tiny_settings(config.to_dict())))
    assert settings["layer_types"] == kinds[:6]
    assert measure_packing(config).obstacle


def test_a_check_that_cannot_see_a_leak_does_not_call_packing_exact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packing_check, "VISIBLE", 100.0)
    obstacle = measure_packing(tiny_config("Llama", vocab_size=258)).obstacle
    assert obstacle.startswith("a leak made on purpose")


def test_a_model_that_sees_what_it_predicts_is_refused(tmp_path: Path) -> None:
    transformers.BertConfig(
        vocab_size=258, hidden_size=32, num_hidden_layers=2, num_attention_heads=4
    ).save_pretrained(tmp_path)
    with pytest.raises(ModelLoadError, match="sees the tokens that it has to predict"):
        measure_architecture(str(tmp_path))


@pytest.mark.parametrize(
    "config", ['{"model_type": "t5"}', '{"model_type": "nope"}', '{"model_type": "llama", "x":']
)
def test_a_config_that_is_no_causal_model_is_refused(tmp_path: Path, config: str) -> None:
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(ModelLoadError, match="makes no causal language model"):
        measure_architecture(str(tmp_path))


@pytest.mark.parametrize("name", ["OPT", "Falcon", "BioGPT", "GPTBigCode"])
def test_one_document_in_a_row_has_the_loss_that_it_has_alone(tmp_path: Path, name: str) -> None:
    folder = write_tiny_model(tmp_path / "model", name)
    build_tokens(
        PAIRS,
        tmp_path / "rows",
        tokenizer=load_tokenizer(str(folder)),
        template="{{ instruction }}:",
        max_tokens=128,
        is_packed=False,
    )
    rows = load_tokens(tmp_path / "rows")
    assert rows.facts.rows == rows.facts.pairs == len(PAIRS)
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder)
    fits = not measure_packing(model.config).obstacle
    assert fits is (name == "GPTBigCode")
    ids, labels, positions, counts = (
        torch.from_numpy(array.copy()).long()
        for array in (rows.input_ids, rows.labels, rows.position_ids, rows.counts)
    )
    together = target_loss_sum(model, ids, labels, positions, is_packable=fits)
    alone = torch.zeros(())
    for row, length in enumerate(counts[:, 0].tolist()):
        logits = model(input_ids=ids[row : row + 1, :length]).logits[0, :-1]
        alone += torch.nn.functional.cross_entropy(
            logits, labels[row, 1:length], ignore_index=-100, reduction="sum"
        )
    assert together.item() == pytest.approx(alone.item(), rel=1e-5)


def test_the_kinds_of_attention_are_those_of_the_architecture_whatever_its_config_asks_for() -> (
    None
):
    config = tiny_config("Llama", vocab_size=258)
    config._attn_implementation = "flash_attention_2"
    form = model_form(config, trust_remote_code=False)
    assert form.supported == {"flash", "sdpa", "eager"}
    without_sdpa = transformers.GptOssConfig(num_hidden_layers=1, vocab_size=258, hidden_size=64)
    assert "sdpa" not in model_form(without_sdpa, trust_remote_code=False).supported


def test_in_half_precision_packing_is_exact_but_for_rounding_and_leaks_are_still_found() -> None:
    half = {"dtype": torch.bfloat16}
    assert not measure_packing(tiny_config("Llama", vocab_size=258), **half).obstacle
    assert (
        "change each other" in measure_packing(tiny_config("OPT", vocab_size=258), **half).obstacle
    )


@pytest.mark.parametrize(
    ("name", "changes", "is_plain"),
    [
        ("Llama", {}, True),
        ("Granite", {"logits_scaling": 8.0}, False),
        ("Gemma2", {"final_logit_softcapping": 30.0}, False),
    ],
)
def test_logits_that_are_scaled_or_capped_are_found(
    name: str, changes: dict[str, float], is_plain: bool
) -> None:
    config = getattr(transformers, f"{name}Config")(num_hidden_layers=2, vocab_size=258, **changes)
    assert measure_packing(config).has_plain_logits is is_plain


@pytest.mark.parametrize(
    "settings",
    [
        '"temperature": 0.6, "top_p": 0.9',
        '"top_k": 1',
        '"early_stopping": true',
        '"num_return_sequences": 3',
        '"max_new_tokens": -1',
        '"pad_token_id": -1',
        '"temperature": "0.6"',
    ],
)
def test_generation_settings_that_cannot_be_saved_are_reduced_to_the_special_tokens(
    tmp_path: Path, settings: str
) -> None:
    folder = write_tiny_model(tmp_path / "model", "Llama")
    (folder / "generation_config.json").write_text(f'{{"eos_token_id": [1, 7], {settings}}}')
    reduced = reduced_generation_config(str(folder))
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, generation_config=reduced)
    make_saveable(model)
    model.generation_config.save_pretrained(tmp_path / "export")
    saved = transformers.GenerationConfig.from_pretrained(tmp_path / "export")
    assert saved.eos_token_id == [1, 7]
    assert not saved.temperature


def test_generation_settings_that_can_be_saved_are_kept(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "model", "Llama")
    (folder / "generation_config.json").write_text('{"do_sample": true, "temperature": 0.6}')
    assert reduced_generation_config(str(folder)) is None
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    make_saveable(model)
    assert model.generation_config.temperature == 0.6


def test_generation_settings_in_the_config_do_not_keep_it_from_being_saved(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "model", "Llama")
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace("{", '{"temperature": 0.5, "top_k": 1,', 1))
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    make_saveable(model)
    model.config.save_pretrained(tmp_path / "export")
    model.generation_config.save_pretrained(tmp_path / "export")
