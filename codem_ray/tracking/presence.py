"""Whether an MLflow store still holds runs that were logged to it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence

from codem_ray.tracking.connection import (
    absolute_uri,
    database_path,
    exclusive,
    quiet_environment,
)

_ONE_SHORT_TRY = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "5", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
"""A check does not wait for a server that is down."""
_UNAVAILABLE_SECONDS = 60.0
"""How long a server that did not answer counts as unavailable, without another request."""
_unavailable_since: dict[str, float] = {}
"""When each server did not answer last, by URI."""


def holds_runs(uri: str, run_ids: Sequence[str]) -> bool:
    """Whether all runs exist and are not deleted.

    True for a server that does not answer, because logging to it will report the failure. False
    for a database file that is missing or cannot be read.
    """
    uri = absolute_uri(uri)
    path = database_path(uri)
    if path is not None and not path.is_file():
        return False
    if time.monotonic() - _unavailable_since.get(uri, -_UNAVAILABLE_SECONDS) < _UNAVAILABLE_SECONDS:
        return True
    quiet_environment()
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    with _environment(_ONE_SHORT_TRY):
        try:
            # Opening a sqlite file may migrate it, and two processes at once would race.
            with exclusive(uri):
                client = MlflowClient(tracking_uri=uri)
                runs = [client.get_run(run_id) for run_id in run_ids]
        except (MlflowException, SQLAlchemyError) as error:
            is_absent = getattr(error, "error_code", "") == "RESOURCE_DOES_NOT_EXIST"
            if path is None and not is_absent:
                _unavailable_since[uri] = time.monotonic()
            return path is None and not is_absent
    return all(run.info.lifecycle_stage == "active" for run in runs)


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
