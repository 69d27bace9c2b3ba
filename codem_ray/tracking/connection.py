"""Connections to an MLflow server or database."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from codem_ray.errors import StorageError

_SQLITE = "sqlite:///"
_QUIET = {
    # Standard output carries results, so MLflow prints no progress bars and links there.
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}


def absolute_uri(uri: str) -> str:
    """Return the URI with an absolute path, because Ray workers change their directory."""
    if uri.startswith(_SQLITE):
        return _SQLITE + str(Path(uri.removeprefix(_SQLITE)).expanduser().resolve())
    if "://" not in uri and uri != "databricks":
        raise StorageError(
            f"tracking.uri {uri!r} is not a URI: write sqlite:////path/to/mlflow.db or "
            "https://host:port"
        )
    return uri


def database_path(uri: str) -> Path | None:
    """Return the file of a sqlite URI, or None for another kind of store."""
    return Path(uri.removeprefix(_SQLITE)) if uri.startswith(_SQLITE) else None


@contextlib.contextmanager
def tracking_errors(action: str, uri: str) -> Iterator[None]:
    """Raise MLflow's errors as a StorageError with the next step; keep standard output clean."""
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    path = database_path(uri)
    advice = (
        f"check that {path.parent} is writable and has space, that {path.name} is a database of "
        "this MLflow version, or set tracking.uri elsewhere"
        if path is not None
        else "check that the server runs and that tracking.uri is right; the sweep's own files are "
        "complete, and the same command logs what is missing"
    )
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (MlflowException, RequestException, SQLAlchemyError, OSError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise StorageError(f"cannot {action} in MLflow at {uri}: {reason}; {advice}") from error


@contextlib.contextmanager
def active(uri: str) -> Iterator[None]:
    """Set MLflow's process-wide tracking URI inside the block and restore it afterwards."""
    import mlflow

    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)


def exclusive(uri: str) -> FileLock:
    """Return a lock that lets one process of this host at a time look up and create entries."""
    name = f"codem_ray-mlflow-{os.getuid()}-{hashlib.sha256(uri.encode()).hexdigest()[:16]}.lock"
    return FileLock(Path(tempfile.gettempdir()) / name)


def quiet_environment() -> None:
    """Switch off MLflow's progress bars, links and telemetry unless the user has set them."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
