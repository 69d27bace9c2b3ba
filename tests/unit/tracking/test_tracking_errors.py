"""Errors of MLflow: which ones are transient."""

from __future__ import annotations

import sqlite3

import pytest

pytest.importorskip("mlflow", reason="the light install has no MLflow")

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INTERNAL_ERROR,
    INVALID_PARAMETER_VALUE,
    TEMPORARILY_UNAVAILABLE,
)
from requests.exceptions import ConnectionError as NoConnection
from sqlalchemy.exc import OperationalError

from codem_ray.errors import TrackingError
from codem_ray.tracking.connection import ServerUnavailableError, tracking_errors

SERVER, POSTGRES, FILE = "http://host:5000", "postgresql://host/mlflow", "sqlite:////x/mlflow.db"


@pytest.mark.parametrize(
    ("uri", "error", "kind"),
    [
        (SERVER, MlflowException("failed with exception", INTERNAL_ERROR), ServerUnavailableError),
        (SERVER, NoConnection("refused"), ServerUnavailableError),
        (SERVER, MlflowException("wrong", INVALID_PARAMETER_VALUE), TrackingError),
        (POSTGRES, OperationalError("select 1", {}, Exception("closed")), ServerUnavailableError),
        (
            FILE,
            MlflowException("(sqlite3) database is locked", TEMPORARILY_UNAVAILABLE),
            ServerUnavailableError,
        ),
        (
            FILE,
            MlflowException("attempt to write a readonly database", TEMPORARILY_UNAVAILABLE),
            TrackingError,
        ),
        (FILE, OperationalError("x", {}, sqlite3.OperationalError("disk is full")), TrackingError),
    ],
)
def test_an_error_of_mlflow_is_one_sentence_and_known_as_transient_or_not(
    uri: str, error: Exception, kind: type[TrackingError]
) -> None:
    with pytest.raises(TrackingError) as raised, tracking_errors("log scores", uri):
        raise error
    assert type(raised.value) is kind
    assert str(raised.value).startswith(f"cannot log scores in MLflow at {uri}: ")


def test_the_reason_of_a_server_that_cannot_be_reached_is_short() -> None:
    error = MlflowException(
        "API request to http://host:5000/api failed with exception HTTPConnectionPool(host='host', "
        "port=5000): Max retries exceeded (Caused by NewConnectionError('refused'))",
        INTERNAL_ERROR,
    )
    with pytest.raises(TrackingError) as raised, tracking_errors("log scores", SERVER):
        raise error
    assert "5000: the server does not answer (NewConnectionError); check that" in str(raised.value)
