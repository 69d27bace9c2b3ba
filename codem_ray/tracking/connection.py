"""Connections to an MLflow server or database."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from codem_ray.errors import StorageError, TrackingError

_SQLITE = "sqlite:///"
_OPTIONS = re.compile(r"\?\w+=[^?/]*$")
"""Options of SQLAlchemy after a path, as in `mlflow.db?timeout=60`."""
_QUIET = {
    # Standard output carries results, so MLflow prints no progress bars and links there.
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    # Whole operations are retried (retries.py), so single requests are not.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
}
_UNAVAILABLE_STATUS = {408, 429, 500, 502, 503, 504}
"""HTTP status of a server, or of MLflow's client for a database, that may answer later."""


_CAUSE = re.compile(r"Caused by (\w+)")
"""What MLflow's client says, at the end of a long line, of a server that it cannot reach."""


class ServerUnavailableError(TrackingError):
    """The server or database does not answer at the moment."""


def absolute_uri(uri: str) -> str:
    """Return the URI for MLflow, with an absolute path because Ray workers change their directory.

    The path of a sqlite URI in a sweep file is a plain path; here it is escaped.
    """
    if uri.startswith(_SQLITE):
        path = _OPTIONS.sub("", uri.removeprefix(_SQLITE))
        options = uri.removeprefix(_SQLITE + path)
        return _escaped(str(Path(path).expanduser().resolve())) + options
    if "://" not in uri and uri != "databricks":
        raise StorageError(
            f"tracking.uri {uri!r} is not a URI: write sqlite:////path/to/mlflow.db or "
            "https://host:port"
        )
    return uri


def _escaped(path: str) -> str:
    from sqlalchemy.engine import URL, make_url

    uri = str(URL.create("sqlite", database=path))
    # SQLAlchemy escapes a path from 2.1 on; a "?" cannot be written before that.
    if make_url(uri).database != path:
        raise StorageError(
            f"the path of MLflow's database, {path}, cannot have a `?`: set tracking.uri, as in "
            "sqlite:////path/to/mlflow.db, or install SQLAlchemy 2.1"
        )
    return uri


def database_path(uri: str) -> Path | None:
    """Return the file of a sqlite URI from `absolute_uri`, or None for another kind of store."""
    if not uri.startswith(_SQLITE):
        return None
    from sqlalchemy.engine import make_url

    return Path(make_url(uri).database or "")


@contextlib.contextmanager
def tracking_errors(action: str, uri: str) -> Iterator[None]:
    """Raise MLflow's errors as a TrackingError with the next step; keep standard output clean."""
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
        if cause := _CAUSE.search(str(error)):
            reason = f"the server does not answer ({cause[1]})"
        kind = (
            ServerUnavailableError
            if _is_unavailable(error, is_server=path is None)
            else TrackingError
        )
        raise kind(f"cannot {action} in MLflow at {uri}: {reason}; {advice}") from error


def _is_unavailable(error: Exception, *, is_server: bool) -> bool:
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import OperationalError

    if not is_server:
        # Of a file's errors, which have one status in MLflow, only this one passes by itself.
        return "database is locked" in str(error)
    if isinstance(error, MlflowException):
        # MLflow's client raises an "internal error" of its own if it cannot connect.
        return error.get_http_status_code() in _UNAVAILABLE_STATUS
    return isinstance(error, RequestException | OperationalError | ConnectionError)


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
