"""Makes the relative paths of a sweep absolute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codem_ray.config.model_sections import BUNDLED_MODELS
from codem_ray.config.sources import ExternalModel
from codem_ray.config.sweep_file import Sweep
from codem_ray.errors import ConfigError

_SQLITE = "sqlite:///"


def expand_home(path: str) -> str:
    """Return a path with `~` or `~user` replaced by the home folder.

    Raises ConfigError if there is no such user.
    """
    if not path.startswith("~"):
        # A `Path` would drop the "./" that tells a folder from a hub id.
        return path
    try:
        return str(Path(path).expanduser())
    except RuntimeError as error:
        raise ConfigError(f"{path}: {error}: there is no such user; write ./{path}") from error


def with_absolute_paths(sweep: Sweep) -> Sweep:
    """Return the sweep with paths made absolute, relative to the working directory.

    Ray's workers change directory, so a relative path must not leave this process. Benchmarks and
    corpora may be names instead of paths; their readers resolve them, but for `~`.
    """
    changes: dict[str, Any] = {
        "base_model": sweep.base_model.model_copy(
            update={"path": _absolute_model(sweep.base_model.path)}
        ),
        "sources": tuple(
            source.model_copy(update={"model": _absolute_model(source.model)})
            if isinstance(source, ExternalModel)
            else source
            for source in sweep.sources
        ),
        "evaluation": sweep.evaluation.model_copy(
            update={"benchmarks": tuple(map(expand_home, sweep.evaluation.benchmarks))}
        ),
        "storage": sweep.storage.model_copy(update={"path": _absolute_folder(sweep.storage.path)}),
    }
    uri = sweep.tracking.uri
    if uri is not None and uri.startswith(_SQLITE):
        uri = _SQLITE + _absolute_folder(uri.removeprefix(_SQLITE))
        changes["tracking"] = sweep.tracking.model_copy(update={"uri": uri})
    return sweep.model_copy(update=changes)


def _absolute_model(path: str) -> str:
    """Return the absolute path of a model's folder; hub ids and other names stay as they are."""
    if "://" in path or path in BUNDLED_MODELS:
        return path
    folder = Path(expand_home(path))
    is_path = folder.is_dir() or path.startswith(("./", "../", "~")) or path in {".", ".."}
    return str(folder.resolve()) if is_path else path


def _absolute_folder(path: str) -> str:
    return path if "://" in path else str(Path(expand_home(path)).resolve())
