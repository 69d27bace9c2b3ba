"""Base models that could not be trained are refused by their files alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from model_folders import (
    CONFIG,
    ROWS,
    TENSORS,
    split_weights,
    write_model,
    write_tokenizer,
    write_weights,
)
from planned_sweeps import plan_of

from codem_ray.errors import ConfigError, ModelLoadError
from codem_ray.models.check import check_model_files
from codem_ray.models.token_ids import padding_note, tokenizer_ids


def check(folder: Path, *, is_trained: bool = True) -> None:
    check_model_files(str(folder), is_trained=is_trained)


def cut(file: Path, kept: int) -> None:
    file.write_bytes(file.read_bytes()[:kept])


def add_json(folder: Path, name: str, content: object) -> None:
    (folder / name).write_text(json.dumps(content))


def write_config(folder: Path, **settings: object) -> None:
    add_json(folder, "config.json", CONFIG | settings)


def lose_a_tensor(folder: Path) -> None:
    write_weights(split_weights(folder)[1], {"other.weight": (2,)})


def rename_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.fp16.safetensors")


def lose_the_index(folder: Path) -> None:
    split_weights(folder)
    (folder / "model.safetensors.index.json").unlink()


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing shard": (
        lambda folder: split_weights(folder)[1].unlink(),
        r"lacks 1 of the 2 weight files .*model-00002-of-00002\.safetensors",
    ),
    "shard that is cut off": (
        lambda folder: cut(split_weights(folder)[1], 90),
        r"model-00002-of-00002\.safetensors is not a complete safetensors file",
    ),
    "shard of other weights": (lose_a_tensor, r"lacks 1 of the 1 weights .*model\.norm\.weight"),
    "shards without an index": (lose_the_index, r"neither model\.safetensors nor model\.saf"),
    "weights of another name": (rename_weights, r"only model\.fp16\.safetensors"),
    "index that is cut off": (
        lambda folder: (split_weights(folder), cut(folder / "model.safetensors.index.json", 20)),
        r"index\.json cannot be read",
    ),
    "index without a map": (
        lambda folder: (
            split_weights(folder),
            add_json(folder, "model.safetensors.index.json", {}),
        ),
        r"index\.json has no weight_map",
    ),
    "empty weights": (lambda folder: cut(folder / "model.safetensors", 0), r"not a complete"),
    "weights without tensors": (
        lambda folder: write_weights(folder / "model.safetensors", {}),
        r"holds no weights",
    ),
    "empty config": (lambda folder: cut(folder / "config.json", 0), r"config\.json cannot be read"),
    "tokenizer that is cut off": (
        lambda folder: cut(folder / "tokenizer.json", 30),
        r"tokenizer\.json cannot be read",
    ),
    "generation settings that are cut off": (
        lambda folder: (folder / "generation_config.json").write_text('{"eos'),
        r"generation_config\.json cannot be read",
    ),
    "end of sequence that is text": (
        lambda folder: add_json(folder, "generation_config.json", {"eos_token_id": "</s>"}),
        r"eos_token_id is '</s>' in generation_config\.json",
    ),
    "adapter beside a model": (
        lambda folder: add_json(folder, "adapter_config.json", {"peft_type": "LORA"}),
        r"is an adapter, and training starts from whole models: merge it with",
    ),
    "vocabulary beyond the embeddings": (
        lambda folder: add_json(
            folder, "tokenizer.json", {"model": {"vocab": {"a": 0, "b": ROWS}}}
        ),
        rf"token id {ROWS} .*no row in the {ROWS} embeddings",
    ),
    "unigram vocabulary beyond the embeddings": (
        lambda folder: add_json(
            folder, "tokenizer.json", {"model": {"vocab": [["a", -1.0]] * (ROWS + 1)}}
        ),
        rf"token id {ROWS} .*no row in the {ROWS} embeddings",
    ),
    "added token beyond the embeddings": (
        lambda folder: write_tokenizer(folder, {"<|im_start|>": ROWS}),
        rf"token id {ROWS} of the tokenizer \('<\|im_start\|>'\)",
    ),
    "end of sequence beyond the embeddings": (
        lambda folder: write_tokenizer(
            folder, {"<pad>": ROWS + 1}, eos_token="<pad>", pad_token="<pad>"
        ),
        rf"token id {ROWS + 1} of the tokenizer \('<pad>'\)",
    ),
    "embeddings that config.json does not describe": (
        lambda folder: write_weights(
            folder / "model.safetensors", TENSORS | {"model.embed_tokens.weight": (ROWS - 1, 4)}
        ),
        rf"vocab_size is {ROWS} in config\.json, but the embeddings have {ROWS - 1} rows",
    ),
    "tokenizer without a vocabulary": (
        lambda folder: add_json(folder, "tokenizer.json", {"model": {"vocab": {}}}),
        r"tokenizer\.json has no vocabulary",
    ),
    "fewer layers than the config has": (
        lambda folder: (
            write_weights(
                folder / "model.safetensors",
                TENSORS | {"model.layers.0.mlp.up_proj.weight": (8, 4)},
            )
            and write_config(folder, num_hidden_layers=2)
        ),
        r"weights of 1 layers, but num_hidden_layers is 2",
    ),
    "weights packed by GPTQ": (
        lambda folder: write_weights(
            folder / "model.safetensors", TENSORS | {"model.layers.0.mlp.up_proj.qweight": (8, 4)}
        ),
        r"quantised weights \(model\.layers\.0\.mlp\.up_proj\.qweight",
    ),
    "heads that do not divide the hidden size": (
        lambda folder: write_config(folder, num_attention_heads=3),
        r"the hidden size \(4\) is no multiple of the 3 attention heads",
    ),
    "key heads that do not divide the heads": (
        lambda folder: write_config(folder, num_attention_heads=4, num_key_value_heads=3),
        r"number of attention heads \(4\) is no multiple of the 3 key",
    ),
    "a number written as text": (
        lambda folder: write_config(folder, rope_parameters={"rope_theta": "10000.0"}),
        r"rope_theta is '10000\.0' in config\.json",
    ),
    "a truth value written as text": (
        lambda folder: write_config(folder, tie_word_embeddings="true"),
        r"tie_word_embeddings is 'true' in config\.json",
    ),
    "settings of a quantisation that are empty": (
        lambda folder: write_config(folder, quantization_config={}),
        r"quantised weights",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_model_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    damage, message = DAMAGE[name]
    folder = write_model(tmp_path / "model")
    check(folder)
    damage(folder)
    with pytest.raises(ModelLoadError, match=message):
        check(folder)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_size": None}, r"hidden_size is null in config\.json"),
        ({"vocab_size": "8"}, r"vocab_size is '8' in config\.json"),
        ({"num_hidden_layers": 0}, r"num_hidden_layers is 0 in config\.json"),
        ({"num_hidden_layers": True}, r"num_hidden_layers is True in config\.json"),
        ({"max_position_embeddings": None}, r"max_position_embeddings is null"),
        ({"num_key_value_heads": "2"}, r"num_key_value_heads is '2'"),
        ({"rms_norm_eps": "1e-6"}, r"rms_norm_eps is '1e-6' .* must be a number"),
        ({"pad_token_id": ROWS}, rf"pad_token_id is {ROWS} in config\.json, but vocab_size"),
        ({"eos_token_id": [1, "2"]}, r"eos_token_id is \[1, '2'\]"),
        ({"text_config": None}, r"text_config is null .* must be an object"),
        ({"quantization_config": {"quant_method": "gptq"}}, r"quantised weights \(gptq"),
    ],
)
def test_wrong_settings_are_refused_with_the_value(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ModelLoadError, match=message):
        check(write_model(tmp_path / "model", **settings))


@pytest.mark.parametrize(
    "settings",
    [
        {"num_key_value_heads": None},
        {"sliding_window": None},
        {"pad_token_id": None},
        {"pad_token_id": -1},
        {"quantization_config": None},
        {"eos_token_id": [1, 2]},
        {"initializer_range": 0.02},
    ],
)
def test_settings_that_may_be_null_or_lists_are_accepted(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    check(write_model(tmp_path / "model", **settings))


def test_a_model_that_is_only_scored_may_be_quantised_and_have_more_tokens(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", quantization_config={"quant_method": "awq"})
    write_tokenizer(folder, {"<|tool|>": ROWS})
    check(folder, is_trained=False)


def test_shards_and_a_single_file_are_accepted(tmp_path: Path) -> None:
    sharded = write_model(tmp_path / "sharded")
    split_weights(sharded)
    check(sharded)
    # transformers loads the single file and ignores an index beside it.
    both = write_model(tmp_path / "both")
    add_json(both, "model.safetensors.index.json", {"weight_map": {"w": "gone.safetensors"}})
    check(both)


def test_an_adapter_alone_is_called_an_adapter(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    write_weights(folder / "adapter_model.safetensors")
    add_json(folder, "adapter_config.json", {"base_model_name_or_path": "x/y"})
    with pytest.raises(ModelLoadError, match="is an adapter, and training starts from whole"):
        check(folder)
    with pytest.raises(ModelLoadError, match=r"is an adapter without config\.json: copy"):
        check(folder, is_trained=False)
    write_model(tmp_path / "base")
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_bytes((tmp_path / "base" / name).read_bytes())
    check(folder, is_trained=False)
    base = {"model": str(tmp_path / "base"), "digest": "0" * 16}
    add_json(folder, "adapter_base.json", base)
    with pytest.raises(ModelLoadError, match=r"is an adapter of the model .*has other files now"):
        check(folder, is_trained=False)


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json", "added_tokens.json"])
def test_added_tokens_are_found_in_every_file(tmp_path: Path, name: str) -> None:
    folder = write_model(tmp_path / "model")
    content: object = {"<extra>": ROWS}
    if name == "tokenizer_config.json":
        content = {"added_tokens_decoder": {str(ROWS): {"content": "<extra>"}}}
    if name == "tokenizer.json":
        added = [{"id": ROWS, "content": "<extra>"}]
        content = {"model": {"vocab": {"a": 0}}, "added_tokens": added}
    add_json(folder, name, content)
    assert tokenizer_ids(folder).added["<extra>"] == ROWS
    with pytest.raises(ModelLoadError, match="'<extra>'"):
        check(folder)


def test_padding_beyond_the_embeddings_is_replaced_and_the_plan_says_by_what(
    tmp_path: Path,
) -> None:
    folder = write_model(tmp_path / "model")
    assert not padding_note(folder)
    write_tokenizer(folder, {"[PAD]": ROWS}, pad_token="[PAD]")
    plan = plan_of(base_model__path=str(folder), sources=["python"])
    assert any("padding is the end of sequence '</s>' (id 1)" in note for note in plan.notes)


def test_a_plan_refuses_an_adapter_beside_a_model_that_is_scored(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    sources = ["base", {"name": "mine", "model": str(folder)}]
    assert plan_of(sources=sources).trials
    add_json(folder, "adapter_config.json", {"peft_type": "LORA"})
    with pytest.raises(ModelLoadError, match="holds both a model and an adapter"):
        plan_of(sources=sources)


def test_a_file_instead_of_a_model_folder_names_the_next_step(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    with pytest.raises(ConfigError, match=r"is the file .*: name the folder that it is in"):
        check(folder / "model.safetensors")
    converted = tmp_path / "gguf"
    converted.mkdir()
    (converted / "x.gguf").write_bytes(b"GGUF")
    with pytest.raises(ConfigError, match=r"is the GGUF file .*convert-model"):
        check(converted / "x.gguf")
    with pytest.raises(ModelLoadError, match=r"has only the GGUF file x\.gguf: convert it once"):
        check(converted)
