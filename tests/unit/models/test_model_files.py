"""Resolving, checking and inspecting a model before it is loaded."""

import json
import struct
from pathlib import Path

import pytest

from codem_ray.config import BUNDLED_MODELS, BaseModelConfig
from codem_ray.errors import ConfigError, ModelLoadError
from codem_ray.models.check import check_base_model, check_model_files
from codem_ray.models.digest import model_digest
from codem_ray.models.inspect import model_shape
from codem_ray.models.resolve import resolve_base_model
from codem_ray.starter.assets import MODELS


def model(folder: Path, *, config: object = None, cut: int = 0) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(
        json.dumps(config or {"hidden_size": 4, "num_hidden_layers": 2})
    )
    header = json.dumps(
        {"w": {"dtype": "F32", "shape": [4, 3], "data_offsets": [0, 48]}, "__metadata__": {}}
    ).encode()
    data = struct.pack("<Q", len(header)) + header + bytes(48 - cut)
    (folder / "model.safetensors").write_bytes(data)
    (folder / "tokenizer.json").write_text("{}")
    return folder


def test_shape_is_read_from_headers(tmp_path: Path) -> None:
    shape = model_shape(str(model(tmp_path / "m")))
    assert shape is not None
    assert (shape.parameters, shape.hidden_size, shape.num_layers) == (12, 4, 2)
    assert model_shape("someone/some-model") is None


def test_unusable_models_are_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none does not exist: check sources: ext: model"):
        check_base_model(str(tmp_path / "none"), key="sources: ext: model")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelLoadError, match=r"no config\.json"):
        check_base_model(str(tmp_path / "empty"))
    pickled = model(tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(ModelLoadError, match="pickled"):
        check_base_model(str(pickled))
    with pytest.raises(ModelLoadError, match="cut off"):
        check_base_model(str(model(tmp_path / "cut", cut=8)))
    own_code = model(tmp_path / "code", config={"auto_map": {}})
    with pytest.raises(ModelLoadError, match="trust_remote_code"):
        check_base_model(str(own_code))
    no_tokenizer = model(tmp_path / "no-tokenizer")
    (no_tokenizer / "tokenizer.json").unlink()
    with pytest.raises(ModelLoadError, match=r"no tokenizer \(tokenizer\.json"):
        check_model_files(str(no_tokenizer))
    broken = model(tmp_path / "broken")
    (broken / "config.json").write_text("{")
    with pytest.raises(ModelLoadError, match="cannot be read"):
        check_base_model(str(broken))


def test_digest_follows_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first, second = model(tmp_path / "a"), model(tmp_path / "b")
    assert model_digest(str(first)) == model_digest(str(second))
    with (second / "model.safetensors").open("ab") as stream:
        stream.write(b"x")
    assert model_digest(str(first)) != model_digest(str(second))
    assert model_digest("a/b", revision="1") != model_digest("a/b", revision="2")


def test_a_hub_id_is_kept_and_a_folder_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model(tmp_path / "m")
    monkeypatch.chdir(tmp_path)
    assert resolve_base_model(BaseModelConfig(path="m")) == str(tmp_path / "m")
    assert resolve_base_model(BaseModelConfig(path="org/name")) == "org/name"


@pytest.mark.parametrize("name", BUNDLED_MODELS)
def test_the_name_of_a_bundled_model_is_its_folder(name: str) -> None:
    folder = resolve_base_model(BaseModelConfig(path=name))
    check_base_model(folder)
    assert folder == str(MODELS[name]())


def test_bundled_models_differ() -> None:
    folders = {resolve_base_model(BaseModelConfig(path=name)) for name in BUNDLED_MODELS}
    assert len({model_digest(folder) for folder in folders}) == len(BUNDLED_MODELS) == len(MODELS)


def test_an_unknown_model_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelLoadError, match=r"'nothere' is not a folder in .* hub's cache"):
        check_base_model("nothere")
    with pytest.raises(ConfigError, match=r"neither a folder nor a hub id"):
        check_base_model(" ")
