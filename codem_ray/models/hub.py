"""Looks up a model on the Hugging Face hub: that it exists, that it may be read, and its config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codem_ray.errors import ConfigError, ModelLoadError
from codem_ray.models.inspect import read_json_object

HUB_TIMEOUT_SECONDS = 20.0


def check_hub_model(name: str, *, key: str, revision: str | None) -> None:
    """Refuse a model that is neither in the hub's cache nor on the hub, or that is gated.

    Messages name `key`, the model's key in the sweep file.

    Raises:
        ConfigError: There is no such model or revision.
        ModelLoadError: The model is gated, or the hub cannot be reached.
    """
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


def hub_commit(name: str, revision: str | None) -> str:
    """Return the commit that a revision of a hub id names now; without a network, in the cache.

    Raises ModelLoadError if neither the hub nor its cache knows it.
    """
    import httpx
    from huggingface_hub import HfApi, try_to_load_from_cache

    try:
        commit = HfApi().model_info(name, revision=revision, timeout=HUB_TIMEOUT_SECONDS).sha
    except (httpx.HTTPError, OSError) as error:
        cached = try_to_load_from_cache(name, "config.json", revision=revision)
        if isinstance(cached, str):
            # The cache keeps a model's files in snapshots/COMMIT.
            return Path(cached).parent.name
        raise ModelLoadError(
            f"the commit of {name!r} ({revision or 'main'}) cannot be read from the hub: {error}"
        ) from error
    if commit is None:
        raise ModelLoadError(f"the hub gives no commit for {name!r} ({revision or 'main'})")
    return str(commit)


def model_folder(path: str, revision: str | None) -> Path:
    """Return a local model's folder, or that of a hub id in this node's cache, which is filled.

    With a commit as the revision, a complete cache needs no network.

    Processes of one node download a file once: huggingface_hub locks it meanwhile.
    """
    folder = Path(path).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download

    return Path(
        snapshot_download(path, revision=revision, allow_patterns=["*.safetensors", "*.json"])
    )


def model_config(path: str, *, revision: str | None = None) -> dict[str, Any]:
    """Read the config.json of a local folder, or of a hub id through the hub's cache.

    Raises ModelLoadError if there is none, or if it is damaged.
    """
    config = model_json(path, "config.json", revision=revision)
    if config is None:
        raise ModelLoadError(
            f"{path} has no config.json: it is not a whole model; an adapter must be merged into "
            "its base first (merge_and_unload, then save_pretrained)"
        )
    return config


def model_json(path: str, file: str, *, revision: str | None = None) -> dict[str, Any] | None:
    """Read a JSON file of a local folder or a hub id; None if there is no such file."""
    folder = Path(path).expanduser()
    if folder.is_dir():
        return read_json_object(folder / file) if (folder / file).is_file() else None
    import httpx
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    try:
        return read_json_object(Path(hf_hub_download(path, file, revision=revision)))
    except EntryNotFoundError:
        return None
    except (httpx.HTTPError, OSError) as error:
        raise ModelLoadError(f"{file} of {path!r} cannot be fetched: {error}") from error
