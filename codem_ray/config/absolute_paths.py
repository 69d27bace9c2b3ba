"""Makes the relative paths of a sweep absolute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codem_ray.config.sources import ExternalModel
from codem_ray.config.sweep_file import Sweep

_SQLITE = "sqlite:///"


def with_absolute_paths(sweep: Sweep) -> Sweep:
    """Return the sweep with paths made absolute, relative to the working directory.

    Ray's workers change directory, so a relative path must not leave this process. Benchmarks and
    corpora may be names instead of paths; their readers resolve them.
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
        "storage": sweep.storage.model_copy(update={"path": _absolute_folder(sweep.storage.path)}),
    }
    uri = sweep.tracking.uri
    if uri is not None and uri.startswith(_SQLITE):
        uri = _SQLITE + _absolute_folder(uri.removeprefix(_SQLITE))
        changes["tracking"] = sweep.tracking.model_copy(update={"uri": uri})
    return sweep.model_copy(update=changes)


def _absolute_model(path: str) -> str:
    """Return the absolute path of a model's folder; hub ids and other names stay as they are."""
    if "://" in path or path == "starter":
        return path
    folder = Path(path).expanduser()
    is_path = folder.is_dir() or path.startswith(("./", "../", "~")) or path in {".", ".."}
    return str(folder.resolve()) if is_path else path


def _absolute_folder(path: str) -> str:
    return path if "://" in path else str(Path(path).expanduser().resolve())
